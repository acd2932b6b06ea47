package access

import (
	"context"
	"errors"
	"fmt"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// Downloads asks Synapse for download URLs: what no AWS credentials reach is
// read through them. It implements
// objectstore.DownloadURLs.
type Downloads struct{ Client *synapse.Client }

// DownloadURL makes one call. Its errors are those of package transfer where
// they are the object's.
func (d Downloads) DownloadURL(ctx context.Context, of planner.Download) (string, error) {
	u, err := d.Client.DownloadURL(ctx, of.FileHandleID, of.EntityID)
	switch {
	case errors.Is(err, synapse.ErrUnauthorized):
		return "", fmt.Errorf("%w: %w", transfer.ErrCredentials, err)
	case errors.Is(err, synapse.ErrForbidden):
		return "", fmt.Errorf("%w: %w", transfer.ErrDenied, err)
	case errors.Is(err, synapse.ErrNotFound):
		return "", fmt.Errorf("%w: %w", transfer.ErrNotFound, err)
	}
	return u, err
}
