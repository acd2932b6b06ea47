package faults

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
)

// prepare fills a world and plans, undisturbed. It returns the run file.
func prepare(t *testing.T, s scenario) (*world, string) {
	t.Helper()
	w := newWorld(t, s.managed)
	return w, w.prepare(t, s)
}

// prepare fills the world and plans.
func (w *world) prepare(t *testing.T, s scenario) string {
	t.Helper()
	s.fill(w)
	path := filepath.Join(t.TempDir(), "run")
	plan, err := w.start(s).plan(t.Context(), path)
	w.check(err)
	got := map[planner.Action]int64{}
	for _, a := range plan.Totals.Actions {
		got[a.Action] = a.Items
	}
	if !maps.Equal(got, s.actions) {
		t.Fatalf("%s: the plan has %v, want %v\n%s", s.name, got, s.actions, strings.Join(w.states(path), "\n"))
	}
	w.planned, w.calls = w.Snapshot(), nil
	return path
}

// baseline is an undisturbed run: what it leaves, and its calls in order.
type baseline struct {
	left
	calls []string
}

// undisturbed runs a scenario.
func undisturbed(t *testing.T, s scenario) (b baseline) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w, path := prepare(t, s)
		if _, err := w.start(s).run(t.Context(), path, nil); err != nil {
			t.Fatal(err)
		}
		b = baseline{w.left(path), w.calls}
		for _, line := range b.lines {
			if strings.HasPrefix(line, "item ") && !strings.Contains(line, string(checkpoint.StateDone)) {
				t.Errorf("%s: %s", s.name, line)
			}
		}
	})
	return b
}

// distinct are the calls' names, sorted.
func (b baseline) distinct() []string {
	return slices.Compact(slices.Sorted(slices.Values(b.calls)))
}

func TestUndisturbedRunsAreAlike(t *testing.T) {
	for _, s := range some() {
		t.Run(s.name, func(t *testing.T) {
			one, two := undisturbed(t, s), undisturbed(t, s)
			if !slices.Equal(one.lines, two.lines) || one.spare != two.spare {
				t.Errorf("one run left\n%s\nand another\n%s", strings.Join(one.lines, "\n"), strings.Join(two.lines, "\n"))
			}
			t.Logf("%d calls: %s", len(one.calls), strings.Join(one.distinct(), "; "))
		})
	}
}
