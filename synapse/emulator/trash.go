package emulator

import (
	"slices"
	"time"

	"synapse-migrate/synapse"
)

// maxSubFolders is the largest number of containers below an entity that can
// be deleted at once (TrashManagerImpl, October 2024 snapshot).
const maxSubFolders = 10_000

// trashCan lists what was deleted, by entity. The entities themselves hang
// below the tree's trash folder.
type trashCan struct {
	tree *tree
	rows map[int64]*trashed
}

// trashedEntity is one row of the trash can as the API shows it.
type trashedEntity struct {
	EntityID             string        `json:"entityId"`
	EntityName           string        `json:"entityName"`
	EntityType           string        `json:"entityType"`
	DeletedByPrincipalID string        `json:"deletedByPrincipalId"`
	DeletedOn            *synapse.Time `json:"deletedOn"`
	OriginalParentID     string        `json:"originalParentId"`
}

type trashPage struct {
	Results      []trashedEntity `json:"results"`
	TotalResults int64           `json:"totalNumberOfResults"`
}

// trashed is one row of the trash can: an entity that was deleted. What lies
// below it has no row of its own; it hangs in the trash along with it.
type trashed struct {
	id, originalParent int64
	name               string
	deletedBy          int64
	deletedOn          time.Time
	purge              bool // flagged for the purge worker
}

func trashRoutes() []route {
	return []route{
		{"PUT /repo/v1/trashcan/trash/{id}", toModify, locked(putInTrash)},
		{"PUT /repo/v1/trashcan/restore/{id}", toModify, locked(restoreEntity)},
		{"PUT /repo/v1/trashcan/restore/{id}/{parentId}", toModify, locked(restoreEntity)},
		{"GET /repo/v1/trashcan/view", toView, locked(viewTrash)},
		{"PUT /repo/v1/trashcan/purge/{id}", toModify, locked(flagForPurge)},
	}
}

func putInTrash(c *call) (reply, error) {
	if err := c.writing().moveToTrash(c.r.PathValue("id"), false); err != nil {
		return reply{}, err
	}
	return ok(nil)
}

// moveToTrash deletes an entity: it and all below it lose their ACLs, and its
// name is free again. What does not exist is deleted already.
func (w edit) moveToTrash(text string, purge bool) error {
	id, err := parseID(text)
	if err != nil {
		return err
	}
	n := w.tree.nodes[id]
	if n == nil || w.tree.inTrash(n) {
		return nil
	}
	if err := w.access.require(w.user, n, synapse.AccessDelete); err != nil {
		return err
	}
	below := w.tree.subtree(n)
	containers := 0
	for _, d := range below[1:] {
		if d.kind == synapse.TypeFolder {
			containers++
		}
	}
	if containers > maxSubFolders {
		return invalidf("Unable to delete a project/folder with more than %d sub-folders. "+
			"Please delete the sub-folders first.", maxSubFolders)
	}
	for _, d := range below {
		d.acl = nil
	}
	w.trash.rows[id] = &trashed{
		id: id, originalParent: n.parent, name: n.name,
		deletedBy: w.user.ID, deletedOn: w.now, purge: purge,
	}
	w.tree.relocate(n, trashID, synID(id))
	n.touch(w)
	return nil
}

func restoreEntity(c *call) (reply, error) {
	err := c.writing().restore(c.r.PathValue("id"), c.r.PathValue("parentId"))
	if err != nil {
		return reply{}, err
	}
	return ok(nil)
}

// restore takes an entity out of the trash, to its original parent or to
// another one. The order of the checks is the server's.
func (w edit) restore(text, parentText string) error {
	id, err := parseID(text)
	if err != nil {
		return err
	}
	row := w.trash.rows[id]
	if row == nil || row.purge {
		return missingf("The node %s is not in the trash can.", text)
	}
	if row.deletedBy != w.user.ID {
		return forbiddenf("User %d not allowed to restore %s. The node was deleted by a different user.",
			w.user.ID, text)
	}
	parentID := row.originalParent
	if parentText != "" {
		if parentID, err = parseID(parentText); err != nil {
			return err
		}
	}
	parent, err := w.tree.node(parentID)
	if err != nil {
		return forbiddenf("The intended parent %s is in the trash can and cannot be restored to.",
			synID(parentID))
	}
	n := w.tree.nodes[id]
	if err := w.checkRestore(n, row, parent); err != nil {
		return err
	}
	w.tree.relocate(n, parent.id, row.name)
	n.touch(w)
	if parent.id == rootID {
		n.acl = newProjectACL(n.id, w.user.ID, synapse.NewTime(w.now))
	}
	delete(w.trash.rows, id)
	return nil
}

func (w edit) checkRestore(n *node, row *trashed, parent *node) error {
	if err := w.access.requireCreate(w.user, parent, n.kind); err != nil {
		return err
	}
	if parent.id == rootID && n.kind != synapse.TypeProject {
		return invalidf("Ony projects can be restored to root") // the server's own spelling
	}
	if parent.id != row.originalParent {
		if err := stsRestoreRule(w.settings.nearestLocation(parent.id), n.kind); err != nil {
			return err
		}
	}
	return checkUnique(w.tree, n, parent.id, row.name, "")
}

// viewTrash lists what the caller has deleted, newest first; what is flagged
// for the purge worker is left out.
func viewTrash(c *call) (reply, error) {
	offset, limit, err := pageOf(c.r)
	if err != nil {
		return reply{}, err
	}
	var rows []*trashed
	for _, row := range c.state.trash.rows {
		if row.deletedBy == c.user.ID && !row.purge {
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, func(a, b *trashed) int {
		if order := b.deletedOn.Compare(a.deletedOn); order != 0 {
			return order
		}
		return int(b.id - a.id)
	})
	page := trashPage{Results: []trashedEntity{}}
	rows, page.TotalResults = pageFrom(rows, offset, limit)
	for _, row := range rows {
		page.Results = append(page.Results, trashedEntity{
			EntityID: synID(row.id), EntityName: row.name,
			EntityType:           shortNames[c.state.tree.nodes[row.id].kind],
			DeletedByPrincipalID: decimal(row.deletedBy),
			DeletedOn:            synapse.NewTime(row.deletedOn),
			OriginalParentID:     synID(row.originalParent),
		})
	}
	return ok(page)
}

// flagForPurge marks a row for the purge worker. The row stays, and its
// original parent still counts as not empty.
func flagForPurge(c *call) (reply, error) {
	id, err := parseID(c.r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	row := c.state.trash.rows[id]
	if row == nil || row.purge {
		return ok(nil)
	}
	if row.deletedBy != c.user.ID {
		return reply{}, forbiddenf("Insufficient permissions for user %d", c.user.ID)
	}
	row.purge = true
	return ok(nil)
}

// occupied tells whether an entity counts as not empty for an STS setting:
// it has a child of any type, or the trash has a row whose original parent
// it is, flagged for purging or not (StsManagerImpl, October 2024).
func (t *trashCan) occupied(id int64) bool {
	if t.tree.childCount(id) > 0 {
		return true
	}
	for _, row := range t.rows {
		if row.originalParent == id {
			return true
		}
	}
	return false
}
