package emulator

import (
	"cmp"
	"slices"
)

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
func (s *state) childCount(id int64) int {
	if c := s.children[id]; c != nil {
		return len(c.byName)
	}
	return 0
}

// childrenOf returns the direct children by name; the caller may not change
// the slice.
func (s *state) childrenOf(id int64) []*node {
	if c := s.children[id]; c != nil {
		return c.inOrder()
	}
	return nil
}

// childNamed finds a child by its exact name; 0 when there is none.
func (s *state) childNamed(parent int64, name string) int64 {
	if c := s.children[parent]; c != nil {
		return c.byName[name]
	}
	return 0
}

// attach hangs a node under its parent, detach takes it away.
func (s *state) attach(n *node) {
	c := s.children[n.parent]
	if c == nil {
		c = &container{byName: map[string]int64{}}
		s.children[n.parent] = c
	}
	c.add(n)
}

func (s *state) detach(n *node) {
	if c := s.children[n.parent]; c != nil {
		c.remove(n)
	}
}

// occupied tells whether an entity counts as not empty for an STS setting:
// it has a child of any type, or the trash has a row whose original parent
// it is, flagged for purging or not (StsManagerImpl, October 2024).
func (s *state) occupied(id int64) bool {
	if s.childCount(id) > 0 {
		return true
	}
	for _, row := range s.trash {
		if row.originalParent == id {
			return true
		}
	}
	return false
}
