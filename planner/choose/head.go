package choose

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"synapse-migrate/planner"
)

// HeadAnswer is what HeadObject answered about an object.
type HeadAnswer string

// The answers. HeadNone means that it was not asked.
const (
	HeadNone HeadAnswer = ""
	HeadSeen HeadAnswer = "seen"
	// HeadGone is a 404, HeadDenied a 403, HeadRefused a 400: S3 describes
	// an object under SSE-C to nobody without its key.
	HeadGone    HeadAnswer = "gone"
	HeadDenied  HeadAnswer = "denied"
	HeadRefused HeadAnswer = "refused"
)

// HeadUnable is the answer for a file where nobody can be asked: no
// credentials look at the destination's bucket.
const HeadUnable HeadAnswer = "unable"

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
