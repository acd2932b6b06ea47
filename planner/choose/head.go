package choose

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"synapse-migrate/planner"
)

// SortHead sorts what a HeadObject ended with. The error is one that
// asking again may cure.
func SortHead(ctx context.Context, o planner.Object, err error) (HeadAnswer, error) {
	var status interface{ HTTPStatusCode() int }
	switch {
	case err == nil:
		return HeadSeen, nil
	case ctx.Err() != nil:
		return HeadNone, ctx.Err()
	case errors.Is(err, planner.ErrNotFound):
		return HeadGone, nil
	case errors.Is(err, planner.ErrCredentials):
	case errors.Is(err, planner.ErrDenied):
		return HeadDenied, nil
	case errors.As(err, &status) && status.HTTPStatusCode() == http.StatusBadRequest:
		return HeadRefused, nil
	}
	return HeadNone, fmt.Errorf("examining %s: %w", o.Where(), err)
}
