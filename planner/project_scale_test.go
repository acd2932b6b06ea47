package planner_test

import (
	"fmt"
	"maps"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// fillFlat fills a study with files in folders of so many.
func fillFlat(s *study, files, perFolder int) {
	var folder string
	for i := range files {
		if i%perFolder == 0 {
			folder = s.addFolder(s.source, fmt.Sprintf("batch %06d", i/perFolder))
		}
		s.stored(folder, fmt.Sprintf("sample-%09d", i), int64(i+1))
	}
}

// TestProjectCalls counts what planning 3,000 files asks: one call a file,
// one a folder, one for each 50 children, and a few for the rest.
func TestProjectCalls(t *testing.T) {
	const files, folders = 3000, 30
	s := newStudy(t)
	fillFlat(s, files, files/folders)
	p := s.project(planner.ProjectOptions{}, runFile(t))
	s.ResetCalls()
	plan, err := p.Plan(t.Context())
	s.must(err)
	equal(t, "items", plan.Totals.Items, int64(files))
	want := map[string]int64{
		// One for each file and folder, and one for the source itself.
		"POST /repo/v1/entity/{id}/bundle2": files + folders + 1,
		// Two pages of each folder, one of the source.
		"POST /repo/v1/entity/children":       2*folders + 1,
		"GET /repo/v1/userGroupHeaders/batch": 1,
	}
	got := maps.Clone(s.Calls())
	equal(t, "calls", got, want)
	equal(t, "probes", s.buckets.probes, []string{"synapse/7/sample-000000000"})
}

// liveHeap is told of progress and keeps the largest heap that is in use.
type liveHeap struct{ every, bytes int64 }

func (h *liveHeap) Planned(done planner.Progress) {
	if done.Objects%h.every >= 50 {
		return
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	h.bytes = max(h.bytes, int64(m.HeapAlloc))
}

// TestProjectMemoryIsFlat plans a hundred thousand files: what the planner
// keeps in memory beside the emulated Synapse stays below 16 MB.
func TestProjectMemoryIsFlat(t *testing.T) {
	const limit = 16 << 20
	files := 100_000
	if testing.Short() || raceDetector {
		files = 3_000
	}
	s := newStudy(t)
	fillFlat(s, files, 1000)
	before, heap := &liveHeap{every: 1}, &liveHeap{every: int64(files / 10)}
	file := runFile(t)
	before.Planned(planner.Progress{})
	p := s.project(planner.ProjectOptions{}, file)
	p.Observer = heap
	plan, err := p.Plan(t.Context())
	s.must(err)
	if plan.Totals.Items != int64(files) || plan.Totals.Folders != int64(files/1000) {
		t.Errorf("got %d items and %d folders", plan.Totals.Items, plan.Totals.Folders)
	}
	t.Logf("%d files: %d kB more than before", files, (heap.bytes-before.bytes)>>10)
	if more := heap.bytes - before.bytes; more > limit {
		t.Errorf("%d files: %d bytes more than before, want at most %d", files, more, limit)
	}
}

// TestProjectUsesTheBudget plans under the server's own throttle: while there
// is something to ask, 97 % of the calls that Synapse allows are made, and
// none is refused.
func TestProjectUsesTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStudyWith(t, emulator.Options{Throttle: true}, synapse.BudgetOptions{})
		fillFlat(s, 1800, 40)
		s.InjectFault(emulator.Fault{Count: -1, Delay: 200 * time.Millisecond})
		p := s.project(planner.ProjectOptions{}, runFile(t))
		_, err := p.Plan(t.Context())
		s.must(err)
		if n := s.CallStats().Throttled; n != 0 {
			t.Errorf("%d calls were throttled", n)
		}
		c := s.budget.Counters()
		if share := c.Share(); share < 0.97 || c.Started < 1800 {
			t.Errorf("share of the budget %.3f in %d calls, want 0.97", share, c.Started)
		}
	})
}
