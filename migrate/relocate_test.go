package migrate

import (
	"testing"
	"testing/synctest"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// TestOlderVersionsFollowLater: the file has moved in a run whose run file is
// lost; its older versions are all that the plan has of it.
func TestOlderVersionsFollowLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, planner.ModeMove)
		id := l.file(t, 0, "x",
			version{data: "one", action: planner.ActionCopy},
			version{data: "two", action: planner.ActionSynapseCopy},
			version{data: "three", action: planner.ActionReuse, omit: true},
		)
		for _, e := range l.entries { // as the planner makes them
			e.Follows = 0
			l.entries[e.ID] = e
		}
		file, err := l.client.Entity(t.Context(), id)
		check(t, err)
		file.ParentID = l.to.FolderID
		_, err = l.client.UpdateEntityWith(t.Context(), file, synapse.WriteOptions{})
		check(t, err)

		before := l.requests()
		l.run(t, Options{})
		l.done(t)
		if n := l.requests() - before; n != 2+5 {
			t.Errorf("%d calls, want 2 for the copy and 5 for that of Synapse", n)
		}
		snap := l.Snapshot()
		locations := map[string]int64{}
		for _, h := range snap.FileHandles {
			locations[h.ID] = *h.StorageLocationID
		}
		for i, v := range files(snap)[id].Versions {
			if at := locations[v.Entity.DataFileHandleID]; at != l.to.StorageLocationID {
				t.Errorf("version %d is in storage location %d", i+1, at)
			}
		}
	})
}
