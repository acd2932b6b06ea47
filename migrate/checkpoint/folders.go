package checkpoint

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"

	"synapse-migrate/planner"
)

// folderQuery reads folders with the entity that a run made of them.
const folderQuery = `SELECT d.id, d.parent_id, d.name, d.path,
		coalesce(s.entity_id, d.entity_id)
	FROM folder d LEFT JOIN folder_state s ON s.id = d.id`

// scanner is a row, or the current one of several.
type scanner interface{ Scan(dest ...any) error }

func scanFolder(row scanner) (planner.Folder, error) {
	var f planner.Folder
	err := row.Scan(&f.ID, &f.ParentID, &f.Name, &f.Path, &f.EntityID)
	return f, err
}

// Folders streams the plan's folders in ID order, so parents come before
// their children. EntityID is set for those that exist by now.
func (f *File) Folders(ctx context.Context) iter.Seq2[planner.Folder, error] {
	return stream(ctx, f.reads, "folders",
		seek{query: folderQuery + ` ORDER BY d.id`},
		func(rows *sql.Rows) (planner.Folder, error) {
			return scanFolder(rows)
		})
}

// Folder is a folder of the plan, its EntityID set once it exists.
// ErrNotInPlan when the plan has none of that ID.
func (f *File) Folder(ctx context.Context, id int64) (planner.Folder, error) {
	folder, err := scanFolder(f.reads.QueryRowContext(ctx,
		folderQuery+` WHERE d.id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotInPlan
	}
	if err != nil {
		return planner.Folder{},
			fmt.Errorf("reading folder %d: %w", id, classify(err))
	}
	return folder, nil
}

// RecordFolder stores the entity of a folder, in place of an earlier one.
// ErrNotInPlan when the plan has no folder of that ID.
func (f *File) RecordFolder(ctx context.Context, id int64, entityID string) error {
	err := f.submit(ctx, func(s *session) error {
		n, err := s.affected(`INSERT INTO folder_state (id, entity_id)
			SELECT id, ? FROM folder WHERE id = ?
			ON CONFLICT (id) DO UPDATE SET entity_id = excluded.entity_id`,
			entityID, id)
		if err == nil && n == 0 {
			err = ErrNotInPlan
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("recording folder %d: %w", id, err)
	}
	return nil
}
