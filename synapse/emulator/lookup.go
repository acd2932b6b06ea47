package emulator

import (
	"crypto/rand"
	"fmt"
	"strconv"
	"time"

	"synapse-migrate/synapse"
)

// Entities that every Synapse has (bootstrap entities of the server's
// source, October 2024 snapshot).
const (
	rootID  int64 = 4489
	trashID int64 = 1681355
)

// First identifiers to be handed out.
const (
	firstID     int64 = 20_000_000
	firstUserID int64 = 3_350_000
)

func bootstrapNode(id, parent int64, name string, now time.Time) *node {
	return &node{
		id: id, parent: parent, kind: synapse.TypeFolder, name: name,
		etag: newEtag(), createdOn: now, lastVersion: 1,
		acl:      &synapse.ACL{ID: synID(id), Etag: newEtag()},
		versions: []*revision{{number: 1, label: "1", modifiedOn: now}},
	}
}

// newEtag is a random UUID.
func newEtag() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand, Go 1.24)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// node finds an entity; 404 when it does not exist or is in the trash.
func (t *tree) node(id int64) (*node, error) {
	n := t.nodes[id]
	if n == nil {
		return nil, missingf("Resource: '%s' does not exist", synID(id))
	}
	if t.inTrash(n) {
		return nil, missingf("Entity %s is in trash can.", synID(id))
	}
	return n, nil
}

// nodeFor reads an entity ID and finds the entity.
func (t *tree) nodeFor(text string) (*node, error) {
	id, err := parseID(text)
	if err != nil {
		return nil, err
	}
	return t.node(id)
}

// readable finds an entity that the user may READ.
func (a *authorization) readable(u *User, text string) (*node, error) {
	n, err := a.tree.nodeFor(text)
	if err != nil {
		return nil, err
	}
	return n, a.require(u, n, synapse.AccessRead)
}

// inTrash tells whether an entity or one of its ancestors was deleted.
func (t *tree) inTrash(n *node) bool {
	return t.isDescendant(n, trashID)
}

// lineage is an entity and its ancestors up to the root.
func (t *tree) lineage(n *node) []*node {
	var line []*node
	for ; n != nil; n = t.nodes[n.parent] {
		line = append(line, n)
	}
	return line
}

// depth counts an entity's place in the tree: the root is 1, a project 2.
func (t *tree) depth(n *node) int { return len(t.lineage(n)) }

// isDescendant tells whether n is ancestor itself or lies below it.
func (t *tree) isDescendant(n *node, ancestor int64) bool {
	for ; n != nil; n = t.nodes[n.parent] {
		if n.id == ancestor {
			return true
		}
	}
	return false
}

// nearest is the upload setting in force at an entity, its own or
// inherited; nil when there is none up the tree.
func (u *uploadSettings) nearest(id int64) *synapse.UploadSetting {
	for n := u.tree.nodes[id]; n != nil; n = u.tree.nodes[n.parent] {
		if set := u.byEntity[n.id]; set != nil {
			return set
		}
	}
	return nil
}

// nearestLocation is the first storage location of the nearest setting; nil
// when there is none.
func (u *uploadSettings) nearestLocation(id int64) *synapse.StorageLocation {
	set := u.nearest(id)
	if set == nil || len(set.Locations) == 0 {
		return nil
	}
	return u.locations.byID[set.Locations[0]]
}

// of is where a handle says its bytes are; nil when it doesn't.
func (l *locations) of(h *synapse.FileHandle) *synapse.StorageLocation {
	if h.StorageLocationID == nil {
		return nil
	}
	return l.byID[*h.StorageLocationID]
}

// withID finds a file handle; 404 when it does not exist.
func (f *fileHandles) withID(id int64) (*synapse.FileHandle, error) {
	if h := f.byID[id]; h != nil {
		return h, nil
	}
	return nil, missingf("FileHandle: '%d' cannot be found", id)
}

// owned finds a file handle that the user created; 404, 403
// (FileHandleAuthorizationManagerImpl, October 2024).
func (f *fileHandles) owned(u *User, id int64) (*synapse.FileHandle, error) {
	h, err := f.withID(id)
	if err != nil {
		return nil, err
	}
	if h.CreatedBy != strconv.FormatInt(u.ID, 10) {
		return nil, forbiddenf("Only the creator of a FileHandle can access it directly by its ID.  "+
			"FileHandleId = '%d', UserId = '%d'", id, u.ID)
	}
	return h, nil
}

// uses tells whether any version of any entity, the trash included,
// holds a handle.
func (t *tree) uses(handleID int64) bool {
	for _, n := range t.nodes {
		if n.holds(handleID) {
			return true
		}
	}
	return false
}

// holds tells whether one of the entity's versions has the handle.
func (n *node) holds(handleID int64) bool {
	for _, v := range n.versions {
		if v.handleID == handleID {
			return true
		}
	}
	return false
}
