package checkpoint

import (
	"context"
	"fmt"

	"synapse-migrate/planner"
)

// cursor is planner.Cursor as it is stored: keys and names are bytes, since
// JSON strings can't hold what is not UTF-8.
type cursor struct {
	After        []byte       `json:"after,omitempty"`
	Done         bool         `json:"done,omitempty"`
	LastItemID   int64        `json:"lastItemId"`
	LastFolderID int64        `json:"lastFolderId"`
	OpenFolders  []openFolder `json:"openFolders,omitempty"`
	State        []byte       `json:"state,omitempty"`
}

type openFolder struct {
	ID       int64  `json:"id"`
	ParentID int64  `json:"parentId"`
	Name     []byte `json:"name"`
	Path     []byte `json:"path"`
	EntityID string `json:"entityId,omitempty"`

	Origin *planner.FolderOrigin `json:"origin,omitempty"`
}

func storedCursor(c planner.Cursor) cursor {
	s := cursor{
		After: []byte(c.After), Done: c.Done, LastItemID: c.LastItemID,
		LastFolderID: c.LastFolderID, State: c.State,
	}
	for _, f := range c.OpenFolders {
		s.OpenFolders = append(s.OpenFolders, openFolder{
			ID: f.ID, ParentID: f.ParentID, Name: []byte(f.Name),
			Path: []byte(f.Path), EntityID: f.EntityID, Origin: f.Origin,
		})
	}
	return s
}

func (s cursor) value() planner.Cursor {
	c := planner.Cursor{
		After: string(s.After), Done: s.Done, LastItemID: s.LastItemID,
		LastFolderID: s.LastFolderID, State: s.State,
	}
	for _, f := range s.OpenFolders {
		c.OpenFolders = append(c.OpenFolders, planner.Folder{
			ID: f.ID, ParentID: f.ParentID, Name: string(f.Name),
			Path: string(f.Path), EntityID: f.EntityID, Origin: f.Origin,
		})
	}
	return c
}

// Header is what Create was given.
func (p Planning) Header(ctx context.Context) (planner.Header, error) {
	var h planner.Header
	found, err := p.meta(ctx, metaHeader, &h)
	if err == nil && !found {
		err = fmt.Errorf("%w: no header: %s", ErrFormat, damagedHint)
	}
	if err != nil {
		return planner.Header{}, fmt.Errorf("reading the plan's header: %w", err)
	}
	return h, nil
}

// Plan is the sealed plan; ErrNotSealed while there is none.
func (p Planning) Plan(ctx context.Context) (planner.Plan, error) {
	var plan planner.Plan
	found, err := p.meta(ctx, metaPlan, &plan)
	if err == nil && !found {
		err = ErrNotSealed
	}
	if err != nil {
		return planner.Plan{}, fmt.Errorf("reading the plan: %w", err)
	}
	return plan, nil
}

// Cursor is where planning goes on; the zero Cursor in a new file.
func (p Planning) Cursor(ctx context.Context) (planner.Cursor, error) {
	var c cursor
	if _, err := p.meta(ctx, metaCursor, &c); err != nil {
		return planner.Cursor{}, fmt.Errorf("reading the cursor: %w", err)
	}
	return c.value(), nil
}

// Append stores the batch and its cursor in one transaction. IDs must be
// new, and so must each folder's name in its parent. ErrSealed once the plan
// is sealed.
func (p Planning) Append(ctx context.Context, b planner.Batch) error {
	err := p.submit(ctx, func(s *session) error {
		t := planTables{s}
		if err := t.growing(); err != nil {
			return err
		}
		if err := t.insertFolders(b.Folders); err != nil {
			return err
		}
		for _, item := range b.Items {
			if err := t.insertItem(item); err != nil {
				return err
			}
		}
		return s.putMeta(metaCursor, storedCursor(b.Cursor))
	})
	if err != nil {
		return fmt.Errorf("adding to the plan: %w", err)
	}
	return nil
}

// Amend adds folders and changes items in one transaction. ErrNotInPlan for
// an item that was never appended, ErrSealed once the plan is sealed.
func (p Planning) Amend(
	ctx context.Context, folders []planner.Folder, items []planner.Amendment,
) error {
	err := p.submit(ctx, func(s *session) error {
		t := planTables{s}
		if err := t.growing(); err != nil {
			return err
		}
		if err := t.insertFolders(folders); err != nil {
			return err
		}
		for _, a := range items {
			if err := t.amend(a); err != nil {
				return fmt.Errorf("item %d: %w", a.ItemID, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("amending the plan: %w", err)
	}
	return nil
}

// dropBare keeps the folders that items name, and those above them.
const dropBare = `
	DELETE FROM folder WHERE entity_id = '' AND id NOT IN (
		WITH RECURSIVE needed (id) AS (
			SELECT DISTINCT folder_id FROM item
			UNION
			SELECT f.parent_id FROM needed n JOIN folder f ON f.id = n.id)
		SELECT id FROM needed)`

// DropBare takes the folders out that don't exist in Synapse and that no item
// goes to, neither to them nor below. Doing it again changes nothing.
// ErrSealed once the plan is sealed.
func (p Planning) DropBare(ctx context.Context) error {
	err := p.submit(ctx, func(s *session) error {
		t := planTables{s}
		if err := t.growing(); err != nil {
			return err
		}
		_, err := s.exec(dropBare)
		return err
	})
	if err != nil {
		return fmt.Errorf("dropping folders without items: %w", err)
	}
	return nil
}

// planTables are the tables of the plan, as seen by one change.
type planTables struct{ *session }

// growing fails with ErrSealed once there is a sealed plan.
func (t planTables) growing() error {
	sealed, err := t.sealed()
	if err == nil && sealed {
		err = ErrSealed
	}
	return err
}

func (t planTables) sealed() (bool, error) {
	var sealed bool
	err := t.row(`SELECT EXISTS (SELECT 1 FROM meta WHERE name = ?)`,
		[]any{metaPlan}, &sealed)
	return sealed, err
}

func (t planTables) insertFolders(folders []planner.Folder) error {
	for _, d := range folders {
		origin, err := encode(d.Origin, d.Origin != nil)
		if err == nil {
			_, err = t.exec(`INSERT INTO folder
				(id, parent_id, name, path, entity_id, origin)
				VALUES (?, ?, ?, ?, ?, ?)`,
				d.ID, d.ParentID, d.Name, d.Path, d.EntityID, origin)
		}
		if err != nil {
			return fmt.Errorf("folder %d: %w", d.ID, err)
		}
	}
	return nil
}

func (t planTables) insertItem(item planner.Item) error {
	values, err := itemValues(item)
	if err == nil {
		_, err = t.exec(insertItem, values...)
	}
	if err != nil {
		return fmt.Errorf("item %d: %w", item.ID, err)
	}
	return nil
}

func (t planTables) amend(a planner.Amendment) error {
	n, err := t.affected(`UPDATE item SET folder_id = ?, name = ?, action = ?,
		rule = ? WHERE id = ?`,
		a.FolderID, a.Name, string(a.Action), string(a.Rule), a.ItemID)
	if err == nil && n == 0 {
		err = ErrNotInPlan
	}
	return err
}
