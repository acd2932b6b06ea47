package migrate

import (
	"errors"
	"testing"
	"testing/synctest"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
	"synapse-migrate/planner"
)

// TestFilesThatTheRunCompares: at the item's path there is a file, and nothing
// told the planner whether it holds the item's content. The run finds out, and
// keeps the file as it is where it does: no second file handle, no new version.
func TestFilesThatTheRunCompares(t *testing.T) {
	tests := []struct {
		name    string
		holds   string // what the file holds; empty where it is gone by now
		adopted int64
		state   checkpoint.State
		made    int // file handles beside that of the file
	}{
		{"the same", "bytes", 1, checkpoint.StateDone, 0},
		{"other content of its size", "BYTES", 0, checkpoint.StateFailed, 0},
		{"gone by now", "", 0, checkpoint.StateDone, 1},
	}
	for _, action := range []planner.Action{planner.ActionCopy, planner.ActionStream, planner.ActionUpload} {
		for _, test := range tests {
			t.Run(string(action)+"/"+test.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld()
					p, there := plan{w}, "syn99"
					if test.holds != "" {
						there = p.file(destinationFolder, "x", test.holds)
						w.objects["dest/base/x"] = fakeObject{data: []byte("bytes")}
					}
					id := p.item(action, "x", "bytes", func(i *planner.Item) {
						unknown(i)
						i.CompareEntityID = there
					})
					before, o := len(w.handles), &observer{}
					d := w.deps()
					d.Observer = o
					s, err := Run(t.Context(), Options{}, d)
					if err != nil {
						t.Fatal(err)
					}
					e := w.entries[id]
					if e.State != test.state || s.Counts.Adopted != test.adopted || len(w.handles)-before != test.made {
						t.Errorf("%s, %d adopted, %d file handles made; want %s, %d, %d",
							e.State, s.Counts.Adopted, len(w.handles)-before, test.state, test.adopted, test.made)
					}
					if e.State == checkpoint.StateFailed && !errors.Is(o.outcomes[0].Err, effect.ErrConflict) {
						t.Errorf("got %v, want %v", o.outcomes[0].Err, effect.ErrConflict)
					}
					if test.adopted > 0 && (e.EntityID != there || w.entities[there].VersionNumber != 1) {
						t.Errorf("entity %s in version %d, want %s as it was", e.EntityID, w.entities[there].VersionNumber, there)
					}
				})
			})
		}
	}
}
