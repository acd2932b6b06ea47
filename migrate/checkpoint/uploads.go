package checkpoint

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// Upload is what SaveUpload stored last for an item, and whether it did.
func (p Progress) Upload(
	ctx context.Context, itemID int64,
) (transfer.Upload, bool, error) {
	var text []byte
	err := p.reads.QueryRowContext(ctx,
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
// transferred or beyond, unless it was left behind, or may have been.
// ErrNotInPlan for an item that is not to be migrated.
func (p Progress) SaveUpload(
	ctx context.Context, itemID int64, u transfer.Upload,
) error {
	text, err := json.Marshal(u)
	if err != nil {
		return fmt.Errorf("saving the upload of item %d: %w", itemID, err)
	}
	err = p.submit(ctx, func(s *session) error {
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
func (p Progress) DropUpload(ctx context.Context, itemID int64) error {
	err := p.submit(ctx, func(s *session) error {
		_, err := s.exec(`DELETE FROM upload WHERE item_id = ?`, itemID)
		return err
	})
	if err != nil {
		return fmt.Errorf("dropping the upload of item %d: %w", itemID, err)
	}
	return nil
}

// SavedUpload is the transfer under way of one item.
type SavedUpload struct {
	Item   planner.Item
	Upload transfer.Upload
}

// Uploads streams what SaveUpload stored and nothing has forgotten since, in
// the order of the items.
func (p Progress) Uploads(ctx context.Context) iter.Seq2[SavedUpload, error] {
	row := newItemRow()
	q := seek{query: `SELECT ` + itemColumns + `, u.upload FROM upload u
		JOIN item i ON i.id = u.item_id ORDER BY u.item_id`}
	return stream(ctx, p.reads, "uploads", q,
		func(rows *sql.Rows) (SavedUpload, error) {
			var text document
			var saved SavedUpload
			dest := append(row.dest[:len(row.dest):len(row.dest)], &text)
			if err := rows.Scan(dest...); err != nil {
				return saved, err
			}
			item, err := row.value()
			if err != nil {
				return saved, err
			}
			saved.Item = item
			return saved, text.decode(&saved.Upload)
		})
}
