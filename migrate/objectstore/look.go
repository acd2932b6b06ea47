package objectstore

import (
	"context"
	"fmt"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// Look is Head where the credentials may not list the whole bucket, as with
// those of Synapse's folders with a base key: S3 then answers 403 for an
// object that isn't there, and a listing tells which of the two it is. An
// error wraps transfer.ErrNotFound or transfer.ErrDenied.
func (s *Store) Look(ctx context.Context, bucket, key string) (planner.Detail, error) {
	d, err := s.Head(ctx, bucket, key)
	if s.absent(ctx, bucket, key, err) {
		return d, fmt.Errorf("%q: %w: not in the listing, and HeadObject was refused",
			location(bucket, key), transfer.ErrNotFound)
	}
	return d, err
}
