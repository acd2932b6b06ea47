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
		AS entity_id, d.origin
	FROM folder d LEFT JOIN folder_state s ON s.id = d.id`

// plannedFolders reads folders as they were planned.
const plannedFolders = `SELECT id, parent_id, name, path, entity_id, origin
	FROM folder`

// scanner is a row, or the current one of several.
type scanner interface{ Scan(dest ...any) error }

// scanFolder reads a row of id, parent, name, path, entity and origin, and
// what comes after these into more.
func scanFolder(row scanner, more ...any) (planner.Folder, error) {
	var f planner.Folder
	var origin document
	err := row.Scan(append([]any{&f.ID, &f.ParentID, &f.Name, &f.Path,
		&f.EntityID, &origin}, more...)...)
	if err != nil {
		return f, err
	}
	if err := origin.decode(&f.Origin); err != nil {
		return f, fmt.Errorf("folder %d: %w", f.ID, err)
	}
	return f, nil
}

// Folders streams the plan's folders in ID order, so parents come before
// their children. EntityID is set for those that exist by now.
func (p Progress) Folders(ctx context.Context) iter.Seq2[planner.Folder, error] {
	return stream(ctx, p.reads, "folders",
		seek{query: folderQuery + ` ORDER BY d.id`},
		func(rows *sql.Rows) (planner.Folder, error) {
			return scanFolder(rows)
		})
}

// Folder is a folder of the plan, its EntityID set once it exists.
// ErrNotInPlan when the plan has none of that ID.
func (p Progress) Folder(ctx context.Context, id int64) (planner.Folder, error) {
	return p.folder(ctx, folderQuery+` WHERE d.id = ?`, id)
}

// FolderOf is a folder as it was planned, whatever a run made of it; before
// sealing, too. ErrNotInPlan when the plan has none of that ID.
func (p Planning) FolderOf(ctx context.Context, id int64) (planner.Folder, error) {
	return p.folder(ctx, plannedFolders+` WHERE id = ?`, id)
}

// folder reads the one folder of a query.
func (s *store) folder(
	ctx context.Context, query string, id int64,
) (planner.Folder, error) {
	folder, err := scanFolder(s.reads.QueryRowContext(ctx, query, id))
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotInPlan
	}
	if err != nil {
		return planner.Folder{},
			fmt.Errorf("reading folder %d: %w", id, classify(err))
	}
	return folder, nil
}

// Subfolders streams the folders of the plan that lie in one, by name; 0 is
// the destination folder. They are as they were planned, whatever a run made
// of them.
func (p Planning) Subfolders(
	ctx context.Context, parentID int64,
) iter.Seq2[planner.Folder, error] {
	q := seek{args: []any{parentID}, query: plannedFolders +
		` WHERE parent_id = ? ORDER BY name`}
	return stream(ctx, p.reads, "folders", q,
		func(rows *sql.Rows) (planner.Folder, error) {
			return scanFolder(rows)
		})
}

// RecordFolder stores the entity of a folder, in place of an earlier one.
// ErrNotInPlan when the plan has no folder of that ID.
func (p Progress) RecordFolder(ctx context.Context, id int64, entityID string) error {
	err := p.submit(ctx, func(s *session) error {
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
