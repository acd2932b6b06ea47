package action

import (
	"cmp"
	"context"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// saved is what the run file remembers of one item's unfinished transfer. It
// belongs to one worker; save is never called concurrently.
type saved struct {
	records Records
	itemID  int64
	upload  transfer.Upload
	// err is the error of the last save.
	err error
}

// openSaved reads what is remembered of an item.
func (d Deps) openSaved(ctx context.Context, itemID int64) (*saved, error) {
	u, err := d.Records.Upload(ctx, itemID)
	if err != nil {
		return nil, err
	}
	return &saved{records: d.Records, itemID: itemID, upload: u}, nil
}

// save remembers how far the transfer has come. The MD5 of the whole object
// stays, since those who move bytes don't know of it.
func (s *saved) save(ctx context.Context, u transfer.Upload) error {
	u.MD5 = s.upload.MD5
	if s.err = s.records.SaveUpload(ctx, s.itemID, u); s.err == nil {
		s.upload = u
	}
	return s.err
}

// openHashed is openSaved with the object's MD5. The object is read for one that
// the plan doesn't know, unless an earlier run has done that.
func (d Deps) openHashed(ctx context.Context, i planner.Item) (s *saved, md5 string, err error) {
	if s, err = d.openSaved(ctx, i.ID); err != nil {
		return nil, "", err
	}
	if md5 = cmp.Or(transfer.PlannedMD5(i), s.upload.MD5); md5 != "" {
		return s, md5, nil
	}
	if md5, err = d.hash(ctx, i.Source); err != nil {
		return nil, "", err
	}
	s.upload.MD5 = md5
	return s, md5, s.save(ctx, s.upload)
}
