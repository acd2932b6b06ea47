package effect

import (
	"testing"
	"time"
)

// TestCircuit goes through its states, one report after another.
func TestCircuit(t *testing.T) {
	var c circuit
	now := time.Unix(0, 0)
	admits := func(want bool, wantWait time.Duration) {
		t.Helper()
		if ok, wait := c.admits(now); ok != want || wait != wantWait {
			t.Errorf("admits: %t, wait %v, want %t, wait %v", ok, wait, want, wantWait)
		}
	}
	report := func(p pass, f health, want turn) {
		t.Helper()
		if got := c.report(now, p, f, PauseUnreachable); got != want {
			t.Errorf("%s by %+v: turned %q, want %q", f, p, got, want)
		}
	}
	admits(true, 0)
	early, other := c.enter(), c.enter()
	if early.probe {
		t.Error("a probe, though nothing is down")
	}
	report(c.enter(), healthUp, turnNone)
	report(c.enter(), healthUnclear, turnNone)
	report(c.enter(), healthUntold, turnNone)
	admits(true, 0)

	report(early, healthDown, turnOpened)
	admits(false, time.Second)
	report(other, healthUp, turnNone) // it began before
	report(other, healthDown, turnNone)
	admits(false, time.Second)

	now = now.Add(time.Second)
	admits(true, 0)
	probe := c.enter()
	if !probe.probe {
		t.Error("no probe, though it is down")
	}
	admits(false, 0) // one at a time
	report(probe, healthUnclear, turnNone)
	admits(false, 2*time.Second)

	now = now.Add(2 * time.Second)
	probe = c.enter()
	report(probe, healthUntold, turnNone)
	admits(true, 0) // that one wasn't asked: another may try
	probe = c.enter()
	report(probe, healthUp, turnClosed)
	if c.since != time.Unix(0, 0) {
		t.Errorf("it was down since %v, want since the beginning", c.since)
	}
	admits(true, 0)
	report(probe, healthDown, turnNone) // an answer that comes twice
	admits(true, 0)
	report(c.enter(), healthDown, turnOpened)
	admits(false, time.Second)
}

// TestCircuitBacksOff: probes come 1 s after the first failure, then after 2 s
// and so on, and at last every 30 s.
func TestCircuitBacksOff(t *testing.T) {
	var c circuit
	now := time.Unix(0, 0)
	c.report(now, c.enter(), healthDown, PauseMaintenance)
	for n, want := range []time.Duration{1, 2, 4, 8, 16, 30, 30, 30} {
		_, wait := c.admits(now)
		if wait != want*time.Second {
			t.Errorf("after failure %d: wait %v, want %d s", n+1, wait, want)
		}
		now = now.Add(wait)
		c.report(now, c.enter(), healthDown, PauseMaintenance)
	}
	if c.why != PauseMaintenance {
		t.Errorf("down for %q", c.why)
	}
}
