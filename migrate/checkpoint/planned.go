package checkpoint

import (
	"context"
	"database/sql"
	"iter"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// Subfolders streams the folders of the plan that lie in one, by name; 0 is
// the destination folder. They are as they were planned, whatever a run made
// of them.
func (f *File) Subfolders(
	ctx context.Context, parentID int64,
) iter.Seq2[planner.Folder, error] {
	q := seek{args: []any{parentID}, query: plannedFolders +
		` WHERE parent_id = ? ORDER BY name`}
	return stream(ctx, f.reads, "folders", q,
		func(rows *sql.Rows) (planner.Folder, error) {
			return scanFolder(rows)
		})
}

// SavedUpload is the transfer under way of one item.
type SavedUpload struct {
	Item   planner.Item
	Upload transfer.Upload
}

// Uploads streams what SaveUpload stored and nothing has forgotten since, in
// the order of the items.
func (f *File) Uploads(ctx context.Context) iter.Seq2[SavedUpload, error] {
	row := newItemRow()
	q := seek{query: `SELECT ` + itemColumns + `, u.upload FROM upload u
		JOIN item i ON i.id = u.item_id ORDER BY u.item_id`}
	return stream(ctx, f.reads, "uploads", q,
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
