package faults

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/migrate"
)

// fullVariable asks for everything, which takes minutes; without it a part is
// tried that differs from call to call.
const fullVariable = "MIGRATE_FAULTS_FULL"

func full() bool { return os.Getenv(fullVariable) != "" }

// shortFaults is how many faults each call meets without fullVariable.
const shortFaults = 1

// some are the kinds of migration that are tried without fullVariable: a
// bucket's and a project's, each with most actions.
func some() []scenario {
	all := scenarios()
	if full() {
		return all
	}
	return []scenario{all[1], all[3]}
}

// table is what came of each call and fault.
type table struct {
	faults []fault
	rows   []string
	cells  map[string]map[string][]string // outcomes, by call and fault
}

func newTable(faults []fault) *table {
	return &table{faults: faults, cells: map[string]map[string][]string{}}
}

// note adds an outcome.
func (b *table) note(call, fault, outcome string) {
	if b.cells[call] == nil {
		b.rows = append(b.rows, call)
		b.cells[call] = map[string][]string{}
	}
	b.cells[call][fault] = append(b.cells[call][fault], outcome)
}

// String is the table: ok, with what a scenario left over besides; a dash
// where a fault can't befall a call or wasn't tried.
func (b *table) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%-58s", "call")
	for _, f := range b.faults {
		fmt.Fprintf(&text, " %-12s", f.name)
	}
	slices.Sort(b.rows)
	for _, row := range b.rows {
		fmt.Fprintf(&text, "\n%-58s", row)
		for _, f := range b.faults {
			fmt.Fprintf(&text, " %-12s", summed(b.cells[row][f.name]))
		}
	}
	return text.String()
}

// summed is what several scenarios came to.
func summed(outcomes []string) string {
	if len(outcomes) == 0 {
		return "-"
	}
	slices.Sort(outcomes)
	return strings.Join(slices.Compact(outcomes), ",")
}

// TestEachCallMeetsEachFault hits the first of each kind of call that each
// kind of migration makes, and another one of them, by each fault in turn: it
// leaves what an undisturbed run leaves.
func TestEachCallMeetsEachFault(t *testing.T) {
	random := chance(t)
	faults := catalogue()
	results := newTable(faults)
	var tried, wrong int
	var over spare
	seen := map[string]bool{}
	for _, s := range scenarios() {
		want := undisturbed(t, s)
		times := counted(want.calls)
		for n, call := range want.distinct() {
			if seen[call] && !full() {
				continue
			}
			seen[call] = true
			for i, f := range faults {
				if !f.concerns(call) || !full() && (i+n)%(len(faults)/shortFaults) != 0 {
					continue
				}
				for _, nth := range which(random, times[call]) {
					tried++
					t.Run(fmt.Sprintf("%s/%s/%s at the %d.", s.name, call, f.name, nth), func(t *testing.T) {
						var more spare
						t.Cleanup(func() { // a bubble that fails doesn't return
							outcome := strings.TrimSpace("ok " + more.String())
							if t.Failed() {
								wrong++
								outcome = "WRONG"
							}
							over = over.add(more)
							results.note(call, f.name, outcome)
						})
						more = hit(t, s, call, f, want, nth)
					})
				}
			}
		}
	}
	t.Logf("%d calls hit, %d ended wrong; left over besides: %d file handles (h), %d activities (a), "+
		"%d uploads through Synapse (u), %d in S3 (m), that nothing refers to\n%s",
		tried, wrong, over.handles, over.activities, over.uploads, over.multipart, results)
}

// which of so many calls of a name are hit: the first, and one of the others;
// one of all without fullVariable.
func which(random *rand.Rand, calls int) []int {
	switch {
	case !full():
		return []int{1 + random.IntN(calls)}
	case calls == 1:
		return []int{1}
	}
	return []int{1, 2 + random.IntN(calls-1)}
}

// hit has a fault befall the nth call of a name.
func hit(t *testing.T, s scenario, call string, f fault, want baseline, nth int) (more spare) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w, path := prepare(t, s)
		struck := false
		w.arrive = func(name string) *fault {
			if struck || name != call {
				return nil
			}
			if nth--; nth > 0 {
				return nil
			}
			struck = true
			return &f
		}
		summary, err := w.start(s).run(t.Context(), path, nil)
		switch {
		case err != nil:
			t.Errorf("the run ended with %v", err)
		case summary.End != migrate.EndDone:
			t.Errorf("the run ended as %q", summary.End)
		case !struck:
			t.Errorf("%s was not called", call)
		}
		got := w.left(path)
		if diff := cmp.Diff(want.lines, got.lines); diff != "" {
			t.Errorf("left behind (-want +got):\n%s", diff)
		}
		more = got.spare.minus(want.spare)
	})
	return more
}
