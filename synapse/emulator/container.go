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
