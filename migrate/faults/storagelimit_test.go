package faults

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// makesFiles are the calls that make a file, or give one another content.
func makesFiles(call string) bool {
	return call == "POST /repo/v1/entity" || call == "POST /repo/v1/entity/bundle2/create" ||
		call == "PUT /repo/v1/entity/{id}" || call == "PUT /repo/v1/entity/{id}/bundle2"
}

// TestFullProjectStopsTheRun fills the project while a run makes its files:
// the run stops with that one error, fails no item for it, and ends as an
// undisturbed one does once there is room again.
func TestFullProjectStopsTheRun(t *testing.T) {
	for _, s := range some() {
		t.Run(s.name, func(t *testing.T) {
			want := undisturbed(t, s)
			synctest.Test(t, func(t *testing.T) {
				w, path := prepare(t, s)
				project := w.projectOf(w.folder)
				full, tried := false, 0
				w.arrive = func(call string) *fault {
					switch {
					case !makesFiles(call):
					case full:
						tried++
					case w.hasFiles():
						full = true
						w.check(w.SetStorageLimit(project, w.to, 0))
						w.amazon.clock.ahead.Add(int64(time.Minute)) // sums are a minute old
					}
					return nil
				}
				summary, err := w.start(s).run(t.Context(), path, nil)
				if !errors.Is(err, synapse.ErrStorageLimit) || summary.Counts.Failed != 0 ||
					!strings.Contains(err.Error(), "exceeds the limit for the storage location") {
					t.Fatalf("ended with %v, %d failed; want that the project is full", err, summary.Counts.Failed)
				}
				const underWay = synapse.DefaultInFlight
				if tried > underWay {
					t.Errorf("%d files were tried after the first refusal, want those under way alone", tried)
				}
				states := strings.Join(w.states(path), "\n")
				if !strings.Contains(states, "handled") || strings.Contains(states, "failed") {
					t.Errorf("the run file has\n%s\nwant what was registered, and nothing failed", states)
				}
				w.arrive = nil
				w.check(w.SetStorageLimit(project, w.to, -1))
				w.ends(t, s, path)
				w.leftAs(t, path, want)
			})
		})
	}
}

// hasFiles tells whether a file has come to the destination.
func (w *world) hasFiles() bool {
	for _, entry := range w.Snapshot().Tree(w.folder) {
		if len(entry.Versions) > 0 && entry.Versions[0].SizeBytes > 0 {
			return true
		}
	}
	return false
}

// projectOf is the project that an entity lies in.
func (w *world) projectOf(id string) string {
	snap := w.Snapshot()
	all := map[string]emulator.EntityState{}
	for _, one := range snap.Entities {
		all[one.ID] = one
	}
	for all[id].Type != synapse.TypeProject {
		id = all[id].ParentID
	}
	return id
}
