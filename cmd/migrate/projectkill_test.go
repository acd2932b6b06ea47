package main

import "testing"

func TestKilledAtRandomInstantsProjectEndsRight(t *testing.T) {
	for _, mode := range []string{"copy", "move"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel() // most of it is waiting for the instant to kill
			s := newSite(t, "--throttle=false")
			truth := s.sample(350, true)
			before := s.Snapshot()
			k := newKiller(s)
			// Batches of a plan are stored whole: what is planned between two
			// of them is planned again after a kill.
			args := s.projectArgs(truth, "--mode", mode, "--versions", "all")
			k.planning(10, 250, append(args, "--dry-run"))
			k.ending(map[string]int{"copy": exitDone, "move": exitIncomplete}[mode], 40, 45, append(args, "--yes"))
			done := s.jsonReport()
			done.ended(t)
			m := s.migration()
			m.Move, m.Without = mode == "move", done.left(truth)
			s.equals(truth, m)
			if mode == "copy" {
				s.untouched(before, truth)
			}
			t.Logf("%d kills with SIGKILL: lost 0, duplicated 0; %d files, items by action: %v", k.kills, len(truth.Files), done.items())
		})
	}
}

// planning kills a dry run up to n times, and lets it end.
func (k *killer) planning(n int, step int64, args []string) {
	k.t.Helper()
	for range n {
		if !k.killAfter(k.Calls().Total()+k.random.Int64N(step), args) {
			break
		}
	}
	k.want(exitDone, args...)
}

// ending kills a run n times, and lets it end with code.
func (k *killer) ending(code, n int, step int64, args []string) {
	k.t.Helper()
	for i := range n {
		if !k.killAfter(k.Calls().Total()+k.random.Int64N(step), args) {
			k.t.Fatalf("the run ended after %d of %d kills", i, n)
		}
	}
	k.want(code, args...)
}
