package faults

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/synapse/emulator"
)

// left is what a run leaves behind.
type left struct {
	// lines describe all that must be as after an undisturbed run: the trees
	// of destination and source, the objects, the states of the items.
	lines []string
	// spare is what nothing refers to.
	spare spare
}

// spare counts what costs nothing but tidiness.
type spare struct{ handles, activities, uploads, multipart int }

// minus is how much more there is than in another world.
func (s spare) minus(o spare) spare {
	return s.add(spare{-o.handles, -o.activities, -o.uploads, -o.multipart})
}

// String names what there is, empty for nothing.
func (s spare) String() string {
	var parts []string
	for _, c := range []struct {
		n    int
		name string
	}{{s.handles, "h"}, {s.activities, "a"}, {s.uploads, "u"}, {s.multipart, "m"}} {
		if c.n != 0 {
			parts = append(parts, fmt.Sprintf("%+d%s", c.n, c.name))
		}
	}
	return strings.Join(parts, " ")
}

// add sums up.
func (s spare) add(o spare) spare {
	return spare{
		s.handles + o.handles, s.activities + o.activities, s.uploads + o.uploads, s.multipart + o.multipart,
	}
}

// leftAs compares what is left with what an undisturbed run leaves.
func (w *world) leftAs(t *testing.T, path string, want baseline) {
	t.Helper()
	if diff := cmp.Diff(want.lines, w.left(path).lines); diff != "" {
		t.Errorf("left behind (-want +got):\n%s", diff)
	}
}

// left looks at everything.
func (w *world) left(path string) left {
	w.t.Helper()
	snap := w.Snapshot()
	lines := w.amazon.list(w.t)
	for where, root := range map[string]string{"destination": w.folder, "source": w.source} {
		for path, entry := range snap.Tree(root) {
			for _, v := range entry.Versions {
				lines = append(lines, fmt.Sprintf("%s %s v%d %q %q %q %s %d %s %s %s/%s %v by %q", where, path,
					v.Number, v.Label, v.Comment, v.Description, v.MD5, v.SizeBytes, v.ContentType, v.FileName,
					v.Bucket, madeUp(v.Key), v.Annotations, v.Activity))
			}
		}
	}
	before := map[string]bool{}
	for _, one := range w.planned.Entities {
		before[one.ID] = true
	}
	for _, one := range snap.Entities {
		if before[one.ID] {
			lines = append(lines, fmt.Sprintf("was there before: %s %s in %s", one.ID, one.Name, w.nameOf(snap, one.ParentID)))
		}
	}
	lines = append(lines, w.states(path)...)
	slices.Sort(lines)
	return left{lines, w.spare(snap)}
}

// nameOf is an entity's name.
func (w *world) nameOf(snap emulator.Snapshot, id string) string {
	for _, one := range snap.Entities {
		if one.ID == id {
			return one.Name
		}
	}
	return "nothing"
}

// states are those of the items of a run file.
func (w *world) states(path string) (lines []string) {
	w.t.Helper()
	file, err := checkpoint.OpenReadOnly(context.Background(), path)
	w.check(err)
	defer func() { _ = file.Close() }()
	for e, err := range file.Entries(context.Background(), checkpoint.EntryFilter{}) {
		w.check(err)
		line := fmt.Sprintf("item %d %s %s %s", e.ID, e.Name, e.Action, e.State)
		if e.State == checkpoint.StateFailed && e.Failure != nil {
			line += " " + e.Failure.Operation + ": " + e.Failure.Cause
		}
		lines = append(lines, line)
	}
	return lines
}

// spare counts what was made since the plan, and is used by nothing.
func (w *world) spare(snap emulator.Snapshot) (s spare) {
	used := map[string]bool{}
	for _, one := range snap.Entities {
		for _, v := range one.Versions {
			used["h"+v.Entity.DataFileHandleID], used["a"+v.GeneratedBy] = true, true
		}
	}
	for _, h := range w.planned.FileHandles {
		used["h"+h.ID] = true
	}
	for _, a := range w.planned.Activities {
		used["a"+a.ID] = true
	}
	for _, h := range snap.FileHandles {
		if !used["h"+h.ID] {
			s.handles++
		}
	}
	for _, a := range snap.Activities {
		if !used["a"+a.ID] {
			s.activities++
		}
	}
	for _, u := range snap.Uploads {
		if u.ResultFileHandleID == "" {
			s.uploads++
		}
	}
	s.multipart = w.amazon.underWay(w.t)
	return s
}
