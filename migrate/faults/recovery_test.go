package faults

import (
	"maps"
	"slices"
	"testing"
	"testing/synctest"
)

// kills a scenario gets for the calls that its resumption makes.
const (
	looksShort = 2
	looksFull  = 24
)

// recovery are the calls that only a run makes that goes on, with the instants
// at which the one before was killed.
func recovery(t *testing.T, s scenario, want baseline) map[string][]int {
	t.Helper()
	looks := looksShort
	if full() {
		looks = looksFull
	}
	usual, found := want.distinct(), map[string][]int{}
	for i := range looks {
		instants := (i + 1) * 2 * len(want.calls) / looks
		synctest.Test(t, func(t *testing.T) {
			w, path := prepare(t, s)
			if ended, _ := w.killed(t.Context(), s, path, instants); ended {
				return
			}
			w.calls = nil
			if _, err := w.start(s).run(t.Context(), path, nil); err != nil {
				t.Error(err)
			}
			for call := range maps.Keys(counted(w.calls)) {
				if !slices.Contains(usual, call) {
					found[call] = append(found[call], instants)
				}
			}
		})
	}
	return found
}

// counted is how often each call was made.
func counted(calls []string) map[string]int {
	n := map[string]int{}
	for _, call := range calls {
		n[call]++
	}
	return n
}

// TestEachCallOfRecoveryMeetsEachFault kills runs, and hits the calls that
// only their resumption makes, by each fault in turn: what it looks up and
// takes up again.
func TestEachCallOfRecoveryMeetsEachFault(t *testing.T) {
	faults := catalogue()
	results := newTable(faults)
	tried, missed, wrong := 0, 0, 0
	seen := map[string]bool{}
	for _, s := range some() {
		want := undisturbed(t, s)
		found := recovery(t, s, want)
		for n, call := range slices.Sorted(maps.Keys(found)) {
			if seen[call] && !full() {
				continue
			}
			seen[call] = true
			for i, f := range faults {
				if !f.concerns(call) || !full() && (i+n)%(len(faults)/shortFaults) != 0 {
					continue
				}
				t.Run(s.name+"/"+call+"/"+f.name, func(t *testing.T) {
					outcome := "not met"
					t.Cleanup(func() {
						if t.Failed() {
							wrong++
							outcome = "WRONG"
						}
						results.note(call, f.name, outcome)
					})
					if !hitResumed(t, s, call, f, want, found[call]) {
						missed++
						return
					}
					tried++
					outcome = "ok"
				})
			}
		}
	}
	t.Logf("%d calls of resumed runs hit, %d ended wrong, %d were not made again\n%s", tried, wrong, missed, results)
}

// hitResumed has a fault befall a call of a run that goes on, of which it is
// known at what instants the one before was killed. Processes are not alike to
// the instant: it reports whether the call was made once more.
func hitResumed(t *testing.T, s scenario, call string, f fault, want baseline, instants []int) (struck bool) {
	t.Helper()
	for try := 0; try < 6 && !struck; try++ {
		synctest.Test(t, func(t *testing.T) {
			w, path := prepare(t, s)
			if ended, _ := w.killed(t.Context(), s, path, instants[try%len(instants)]); ended {
				return
			}
			w.arrive = func(name string) *fault {
				if struck || name != call {
					return nil
				}
				struck = true
				return &f
			}
			if _, err := w.start(s).run(t.Context(), path, nil); err != nil {
				t.Errorf("the resumed run ended with %v", err)
			}
			w.leftAs(t, path, want)
		})
	}
	return struck
}
