package objectstore

import (
	"context"
	"fmt"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// takeBack removes what was written and turns out to be something else than the
// source, and says so: the error wraps transfer.ErrMismatch. It is removed only
// where it is ours beyond doubt: written where nothing was (so that nothing
// refers to it), and still with the ETag that S3 gave to this very write, which
// S3 compares once more.
func (m *Mover) takeBack(
	ctx context.Context, req transfer.Request, there planner.Detail, wrote string,
) error {
	err := fmt.Errorf("%q: %w: %d bytes with ETag %q, sent %d",
		location(req.Bucket, req.Key), transfer.ErrMismatch,
		there.SizeBytes, there.ETag, req.Source.SizeBytes)
	if req.Replace || wrote == "" || wrote != there.ETag {
		return fmt.Errorf("%w; it stays there", err)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTimeout)
	defer cancel()
	if removing := m.destination.remove(ctx, req.Bucket, req.Key, wrote); removing != nil {
		return fmt.Errorf("%w; it stays there: %w", err, removing)
	}
	return fmt.Errorf("%w; it was removed", err)
}
