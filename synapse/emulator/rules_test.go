package emulator

import (
	"reflect"
	"testing"

	"synapse-migrate/synapse"
)

func TestValidParent(t *testing.T) {
	const docker = modelPrefix + "docker.DockerRepository"
	const view = modelPrefix + "table.EntityView"
	for _, c := range []struct {
		kind, parent string
		want         bool
	}{
		{synapse.TypeProject, "", true},
		{synapse.TypeProject, synapse.TypeFolder, false},
		{synapse.TypeFolder, "", false},
		{synapse.TypeFolder, synapse.TypeProject, true},
		{synapse.TypeFile, synapse.TypeFolder, true},
		{synapse.TypeFile, synapse.TypeFile, false},
		{view, synapse.TypeFolder, true},
		{view, view, false},
		{docker, synapse.TypeProject, true},
		{docker, synapse.TypeFolder, false},
	} {
		if got := validParent(c.kind, c.parent); got != c.want {
			t.Errorf("%s in %q: %t, want %t", c.kind, c.parent, got, c.want)
		}
	}
}

func TestVersionLimit(t *testing.T) {
	for _, c := range []struct {
		number     int64
		newVersion bool
		refused    bool
	}{{14_999, true, false}, {15_000, true, true}, {15_000, false, false}} {
		n := &node{kind: synapse.TypeFolder, versions: []*revision{{number: c.number}}}
		err := (&change{n: n, newVersion: c.newVersion}).decideVersion()
		if (err != nil) != c.refused {
			t.Errorf("%d, new %t: %v, want refused %t", c.number, c.newVersion, err, c.refused)
		}
	}
}

func TestTablesIgnoreNewVersion(t *testing.T) {
	n := &node{kind: synapse.TypeTable, versions: []*revision{{number: 1}}}
	c := &change{n: n, newVersion: true}
	if err := c.decideVersion(); err != nil || c.newVersion {
		t.Errorf("new version %t, %v; want none", c.newVersion, err)
	}
}

// TestContainerOrder adds and removes in all kinds of order.
func TestContainerOrder(t *testing.T) {
	c := &container{byName: map[string]int64{}}
	nodes := map[string]*node{}
	for i, name := range []string{"b", "d", "a", "c"} {
		nodes[name] = &node{id: int64(i), name: name}
		c.add(nodes[name])
	}
	c.remove(nodes["b"])
	c.add(&node{id: 9, name: "aa"})
	got := ""
	for _, n := range c.inOrder() {
		got += n.name + " "
	}
	if want := "a aa c d "; got != want {
		t.Errorf("order %q, want %q", got, want)
	}
	if _, there := c.byName["b"]; there {
		t.Error("a removed name is still taken")
	}
}

// TestPartsKnowThoseAbove holds the order of the state's parts.
func TestPartsKnowThoseAbove(t *testing.T) {
	parts := reflect.VisibleFields(reflect.TypeFor[state]())
	below := map[reflect.Type]bool{}
	for _, part := range parts {
		below[part.Type] = true
	}
	for _, part := range parts {
		for _, known := range reflect.VisibleFields(part.Type.Elem()) {
			if below[known.Type] {
				t.Errorf("%s knows %s, which stands below it", part.Name, known.Name)
			}
		}
		delete(below, part.Type)
	}
	if len(parts) == 0 {
		t.Error("the state has no parts")
	}
}
