package emulator

import (
	"slices"
	"synapse-migrate/synapse"
	"time"
)

// Entities that every Synapse has (bootstrap entities of the server's
// source, October 2024 snapshot).
const (
	rootID  int64 = 4489
	trashID int64 = 1681355
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

func bootstrapNode(id, parent int64, name string, now time.Time) *node {
	return &node{
		id: id, parent: parent, kind: synapse.TypeFolder, name: name,
		etag: newEtag(), createdOn: now, lastVersion: 1,
		acl:      &synapse.ACL{ID: synID(id), Etag: newEtag()},
		versions: []*revision{{number: 1, label: "1", modifiedOn: now}},
	}
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

func (t *tree) nodeFor(text string) (*node, error) {
	id, err := parseID(text)
	if err != nil {
		return nil, err
	}
	return t.node(id)
}

// parentOf finds the parent that a body names; the root when it names none.
func (t *tree) parentOf(text string) (*node, error) {
	if text == "" {
		return t.nodes[rootID], nil
	}
	id, err := parseID(text)
	if err != nil {
		return nil, err
	}
	if n := t.nodes[id]; n != nil {
		return n, nil
	}
	return nil, missingf("Cannot find a node with id: %s", text)
}

func (t *tree) inTrash(n *node) bool {
	return t.isDescendant(n, trashID)
}

func (t *tree) lineage(n *node) []*node {
	var line []*node
	for ; n != nil; n = t.nodes[n.parent] {
		line = append(line, n)
	}
	return line
}

// depth counts an entity's place in the tree: the root is 1, a project 2.
func (t *tree) depth(n *node) int { return len(t.lineage(n)) }

func (t *tree) isDescendant(n *node, ancestor int64) bool {
	for ; n != nil; n = t.nodes[n.parent] {
		if n.id == ancestor {
			return true
		}
	}
	return false
}

// insert puts a node into the tree; remove takes it out for good.
func (t *tree) insert(n *node) {
	t.nodes[n.id] = n
	t.attach(n)
}

func (t *tree) remove(n *node) {
	t.detach(n)
	delete(t.nodes, n.id)
}

func (t *tree) entityIDs() []int64 {
	ids := make([]int64, 0, len(t.nodes))
	for id := range t.nodes {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// subtree is an entity and everything below it, parents first.
func (t *tree) subtree(n *node) []*node {
	all := []*node{n}
	for i := 0; i < len(all); i++ {
		all = append(all, t.childrenOf(all[i].id)...)
	}
	return all
}

// relocate gives an entity another parent and name.
func (t *tree) relocate(n *node, parent int64, name string) {
	t.detach(n)
	n.parent, n.name = parent, name
	t.attach(n)
}

// projectOf is the project that an entity lies in; 0 for none.
func (t *tree) projectOf(n *node) int64 {
	for ; n != nil; n = t.nodes[n.parent] {
		if n.kind == synapse.TypeProject {
			return n.id
		}
	}
	return 0
}

// benefactor is the entity whose ACL is in force at n: n itself or the
// nearest ancestor that has one.
func (t *tree) benefactor(n *node) *node {
	for a := n; a != nil; a = t.nodes[a.parent] {
		if a.acl != nil {
			return a
		}
	}
	return n
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
