package checkpoint

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"synapse-migrate/migrate/transfer"
)

// Upload is what SaveUpload stored last for an item, and whether it did.
func (f *File) Upload(
	ctx context.Context, itemID int64,
) (transfer.Upload, bool, error) {
	var text []byte
	err := f.reads.QueryRowContext(ctx,
		`SELECT upload FROM upload WHERE item_id = ?`, itemID).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return transfer.Upload{}, false, nil
	}
	var u transfer.Upload
	if err == nil {
		err = json.Unmarshal(text, &u)
	}
	if err != nil {
		return transfer.Upload{}, false,
			fmt.Errorf("reading the upload of item %d: %w", itemID, classify(err))
	}
	return u, true, nil
}

// SaveUpload stores how far the transfer of an item has come, in place of
// what was stored before. It is forgotten when the item is recorded as
// transferred or beyond, unless it was left behind. ErrNotInPlan for an item that is not to be
// migrated.
func (f *File) SaveUpload(
	ctx context.Context, itemID int64, u transfer.Upload,
) error {
	text, err := json.Marshal(u)
	if err != nil {
		return fmt.Errorf("saving the upload of item %d: %w", itemID, err)
	}
	err = f.submit(ctx, func(s *session) error {
		n, err := s.affected(`INSERT INTO upload (item_id, upload)
			SELECT id, ? FROM state WHERE id = ?
			ON CONFLICT (item_id) DO UPDATE SET upload = excluded.upload`,
			string(text), itemID)
		if err == nil && n == 0 {
			err = ErrNotInPlan
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("saving the upload of item %d: %w", itemID, err)
	}
	return nil
}

// DropUpload forgets what SaveUpload stored; it is no error when there is
// nothing.
func (f *File) DropUpload(ctx context.Context, itemID int64) error {
	err := f.submit(ctx, func(s *session) error {
		_, err := s.exec(`DELETE FROM upload WHERE item_id = ?`, itemID)
		return err
	})
	if err != nil {
		return fmt.Errorf("dropping the upload of item %d: %w", itemID, err)
	}
	return nil
}
