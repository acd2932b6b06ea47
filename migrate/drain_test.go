package migrate

import (
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// drainedAfter runs with a signal after some time, and checks that Run
// returns no later than so long after it, with nothing failed.
func drainedAfter(t *testing.T, after, within time.Duration, o Options, d Deps) Summary {
	t.Helper()
	drain := make(chan struct{})
	time.AfterFunc(after, func() { close(drain) })
	began := time.Now()
	o.Drain = drain
	s, err := Run(t.Context(), o, d)
	if err != nil || s.End != EndDrained || s.Counts.Failed != 0 {
		t.Errorf("Run: %+v, %v, want drained, none failed", s, err)
	}
	if late := time.Since(began) - after; late > within {
		t.Errorf("returned %v after the signal, want %v at most", late, within)
	}
	return s
}

// calls counts what the world's Synapse was asked in this run.
func (w *world) calls() (n int64) {
	for _, verb := range []string{
		"register ", "create ", "update ", "get ", "child ", "start ", "part urls ", "add ", "complete ",
	} {
		n += int64(w.count(verb))
	}
	return n
}

// TestDrainLeavesWhatWaits has a window exhausted after each call in turn.
// Whatever waits for the next one is left at the signal, at once, and going
// on leads to what an uninterrupted run leaves.
func TestDrainLeavesWhatWaits(t *testing.T) {
	plans := map[string]func() *world{"mixed": mixed, "two parts": twoParts}
	for name, build := range plans {
		w := build()
		w.run(t, mixedOptions)
		want, calls := w.tree(), int(w.calls())
		for n := 1; n < calls; n++ {
			t.Run(fmt.Sprintf("%s/%d calls", name, n), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := build()
					w.budget = synapse.NewBudget(synapse.BudgetOptions{
						Requests: n, Window: time.Hour, InFlight: 100,
					})
					s := drainedAfter(t, time.Minute, 0, mixedOptions, w.deps())
					if s.SynapseCalls != w.calls() || w.calls() != int64(n) {
						t.Errorf("counted %d calls of %d, want %d", s.SynapseCalls, w.calls(), n)
					}
					w.revive()
					w.run(t, mixedOptions)
					if diff := cmp.Diff(want, w.tree()); diff != "" {
						t.Errorf("left behind (-want +got):\n%s", diff)
					}
				})
			})
		}
	}
}

// TestDrainAgainstServerRules exhausts the window of the server's throttle.
// A run of 900 objects has had its 600 calls after 40 s and would go on at
// 60 s; the signal comes between.
func TestDrainAgainstServerRules(t *testing.T) {
	const latency = 200 * time.Millisecond
	build := func(t *testing.T) (*world, *emulated) {
		w := newWorld()
		p := plan{w}
		for i := range 900 {
			if i%100 == 0 {
				p.folder(0, fmt.Sprintf("f%d", i))
			}
			p.item(planner.ActionRegister, fmt.Sprintf("x%d", i), "bytes", in(int64(len(p.folders)), known))
		}
		return w, newEmulated(t, w, latency)
	}
	synctest.Test(t, func(t *testing.T) {
		w, e := build(t)
		if _, err := Run(t.Context(), Options{}, e.deps(w)); err != nil {
			t.Fatal(err)
		}
		want := e.Snapshot().Tree(e.to.FolderID)
		w, e = build(t)
		drainedAfter(t, 45*time.Second, latency, Options{}, e.deps(w))
		if n := e.budget.Counters().Started; n != synapse.DefaultRequests {
			t.Errorf("%d calls before the signal, want the window exhausted", n)
		}
		s, err := Run(t.Context(), Options{}, e.deps(w))
		if err != nil || s.End != EndDone || s.Counts.Failed != 0 {
			t.Errorf("resumed: %+v, %v", s, err)
		}
		if diff := cmp.Diff(want, e.Snapshot().Tree(e.to.FolderID)); diff != "" {
			t.Errorf("tree (-want +got):\n%s", diff)
		}
	})
}

// TestDrainEndsWaitsBetweenAttempts: of an item, and of one part.
func TestDrainEndsWaitsBetweenAttempts(t *testing.T) {
	tests := map[string]planner.Action{
		"register base/x": planner.ActionRegister, "put part 1 of x": planner.ActionUpload,
	}
	for effect, action := range tests {
		t.Run(effect, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				id := plan{w}.item(action, "x", "bytes", known)
				w.at = first(effect, -1, fault{before: io.ErrUnexpectedEOF})
				// Attempts at 0, 1, 3 and 7 s.
				drainedAfter(t, 5*time.Second, 0, Options{Attempts: 10}, w.deps())
				if e := w.entries[id]; e.State != checkpoint.StatePlanned || w.count(effect) != 3 {
					t.Errorf("item is %s after %d attempts, want planned after 3", e.State, w.count(effect))
				}
				w.revive()
				if s := w.run(t, Options{}); s.Counts.Done != 1 {
					t.Errorf("resumed: %+v, want done", s)
				}
			})
		})
	}
}

// TestDrainLetsPartsEnd: a part that is left doesn't disturb those under
// way, and no others are begun.
func TestDrainLetsPartsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := parts(6)
		d := w.deps()
		d.PartClient = slowParts(w, time.Minute)
		// Start, URLs and one of the two parts that arrive after a minute;
		// the other waits to be added, and a third is on its way when the
		// signal comes.
		w.budget = synapse.NewBudget(synapse.BudgetOptions{
			Requests: 3, Window: time.Hour, InFlight: 100,
		})
		o := Options{UploadPartSizeBytes: synapse.MinPartSizeBytes, PartConcurrency: 2}
		drainedAfter(t, 90*time.Second, 30*time.Second, o, d)
		if puts := w.count("put part"); puts != 3 {
			t.Errorf("%d parts were sent, want the one under way and none after it", puts)
		}
		w.revive()
		w.run(t, o)
		uploaded(t, w)
		if n := w.count("start"); n != 1 || w.count("put part") != 5 {
			t.Errorf("resumed with %d parts to send, want 5", w.count("put part"))
		}
	})
}
