package emulator

import (
	"cmp"
	"slices"
	"synapse-migrate/synapse"
	"time"
)

// tree is the hierarchy of entities, those in the trash too.
type tree struct {
	nodes    map[int64]*node
	children map[int64]*container // by parent
}

func newTree(realm synapse.Realm, now time.Time) *tree {
	root := bootstrapNode(rootID, 0, "root", now)
	root.acl.ResourceAccess = []synapse.ResourceAccess{
		{PrincipalID: realm.Public, AccessType: []synapse.AccessType{synapse.AccessRead}},
		{PrincipalID: realm.AuthenticatedUsers, AccessType: []synapse.AccessType{synapse.AccessCreate}},
	}
	return &tree{
		nodes: map[int64]*node{
			rootID: root, trashID: bootstrapNode(trashID, rootID, "trash", now),
		},
		children: map[int64]*container{},
	}
}

// container is what a project or folder holds: its children by name, and in
// the order of their names (bytes, as the server's binary collation).
type container struct {
	byName map[string]int64
	// sorted is in order while unsorted is false; a walk sorts it first.
	sorted   []*node
	unsorted bool
}

// add puts a child in.
func (c *container) add(n *node) {
	c.byName[n.name] = n.id
	if last := len(c.sorted); last > 0 && c.sorted[last-1].name > n.name {
		c.unsorted = true
	}
	c.sorted = append(c.sorted, n)
}

// remove takes a child out; its name must still be that of add.
func (c *container) remove(n *node) {
	delete(c.byName, n.name)
	at := slices.Index(c.inOrder(), n)
	if at >= 0 {
		c.sorted = slices.Delete(c.sorted, at, at+1)
	}
}

// inOrder returns the children by name. The caller may not change it.
func (c *container) inOrder() []*node {
	if c.unsorted {
		slices.SortFunc(c.sorted, func(a, b *node) int { return cmp.Compare(a.name, b.name) })
		c.unsorted = false
	}
	return c.sorted
}

// childCount is the number of direct children, those in the trash left out.
func (t *tree) childCount(id int64) int {
	if c := t.children[id]; c != nil {
		return len(c.byName)
	}
	return 0
}

// childrenOf returns the direct children by name; the caller may not change
// the slice.
func (t *tree) childrenOf(id int64) []*node {
	if c := t.children[id]; c != nil {
		return c.inOrder()
	}
	return nil
}

// childNamed finds a child by its exact name; 0 when there is none.
func (t *tree) childNamed(parent int64, name string) int64 {
	if c := t.children[parent]; c != nil {
		return c.byName[name]
	}
	return 0
}

// attach hangs a node under its parent, detach takes it away.
func (t *tree) attach(n *node) {
	c := t.children[n.parent]
	if c == nil {
		c = &container{byName: map[string]int64{}}
		t.children[n.parent] = c
	}
	c.add(n)
}

func (t *tree) detach(n *node) {
	if c := t.children[n.parent]; c != nil {
		c.remove(n)
	}
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
