package migrate

import (
	"context"
	"fmt"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// saved is what the run file remembers of one item's unfinished transfer. It
// belongs to one worker; save is never called concurrently.
type saved struct {
	run    *run
	itemID int64
	upload transfer.Upload
	// err is the error of the last save.
	err error
}

// openSaved reads what is remembered of an item.
func (r *run) openSaved(ctx context.Context, itemID int64) (*saved, error) {
	u, _, err := r.deps.Checkpoint.Upload(ctx, itemID)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrRunFile, err)
	}
	return &saved{run: r, itemID: itemID, upload: u}, nil
}

// save remembers how far the transfer has come. The MD5 of the whole object
// stays, since those who move bytes don't know of it.
func (s *saved) save(ctx context.Context, u transfer.Upload) error {
	u.MD5 = s.upload.MD5
	s.err = s.run.keep(ctx, func(ctx context.Context) error {
		return s.run.deps.Checkpoint.SaveUpload(ctx, s.itemID, u)
	})
	if s.err == nil {
		s.upload = u
	}
	return s.err
}

// hashOnce reads an object for its MD5, unless an earlier run has done that.
func (r *run) hashOnce(ctx context.Context, o planner.Object, s *saved) (string, error) {
	if s.upload.MD5 != "" {
		return s.upload.MD5, nil
	}
	md5, err := r.hash(ctx, o)
	if err != nil {
		return "", err
	}
	s.upload.MD5 = md5
	return md5, s.save(ctx, s.upload)
}
