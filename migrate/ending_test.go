package migrate

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// many is a plan of n streams.
func many(n int) *world {
	w := newWorld()
	for i := range n {
		plan{w}.item(planner.ActionStream, fmt.Sprintf("x%04d", i), "bytes", nil)
	}
	return w
}

// states counts the entries in each state.
func (w *world) states() map[checkpoint.State]int {
	n := map[checkpoint.State]int{}
	for _, e := range w.entries {
		n[e.State]++
	}
	return n
}

// TestDrain: those in flight end, the others are left as planned.
func TestDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := many(100)
		d := w.deps()
		d.Mover = slowCopier{mover{w}, time.Minute}
		drain := make(chan struct{})
		time.AfterFunc(90*time.Second, func() { close(drain) })
		s, err := Run(t.Context(), Options{Workers: 4, Drain: drain}, d)
		if err != nil || s.End != EndDrained || s.Counts.Done != 8 {
			t.Errorf("Run: %+v, %v, want drained with 8 done", s, err)
		}
		if got := w.states(); got[checkpoint.StateDone] != 8 || got[checkpoint.StatePlanned] != 92 {
			t.Errorf("states %v, want 8 done and 92 planned", got)
		}
		if s := w.run(t, Options{}); s.Counts.Done != 92 || s.End != EndDone {
			t.Errorf("resumed: %+v, want 92 done", s)
		}
	})
}

// slowRegistrar takes a minute for each file handle.
type slowRegistrar struct{ fakeSynapse }

func (s slowRegistrar) RegisterS3Object(
	ctx context.Context, h synapse.FileHandle,
) (synapse.FileHandle, error) {
	if err := sleep(ctx, time.Minute); err != nil {
		return h, err
	}
	return s.fakeSynapse.RegisterS3Object(ctx, h)
}

// TestDrainReady: items that wait for a register worker are left too.
func TestDrainReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		for i := range 50 {
			plan{w}.item(planner.ActionRegister, fmt.Sprintf("x%04d", i), "bytes", known)
		}
		d := w.deps()
		d.Synapse = slowRegistrar{fakeSynapse{w}}
		drain := make(chan struct{})
		time.AfterFunc(90*time.Second, func() { close(drain) })
		s, err := Run(t.Context(), Options{RegisterWorkers: 2, Drain: drain}, d)
		if err != nil || s.End != EndDrained || s.Counts.Done != 4 {
			t.Errorf("Run: %+v, %v, want drained with 4 done", s, err)
		}
		if got := w.states(); got[checkpoint.StatePlanned] != 46 {
			t.Errorf("states %v, want 46 planned", got)
		}
	})
}

// TestDrainAtTheEnd: a signal that leaves nothing undone changes nothing.
func TestDrainAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := many(2)
		d := w.deps()
		d.Mover = slowCopier{mover{w}, time.Minute}
		drain := make(chan struct{})
		time.AfterFunc(time.Second, func() { close(drain) })
		s, err := Run(t.Context(), Options{Drain: drain}, d)
		if err != nil || s.End != EndDone || s.Counts.Done != 2 {
			t.Errorf("Run: %+v, %v, want done", s, err)
		}
	})
}

func TestMaxErrors(t *testing.T) {
	tests := []struct {
		max        int
		want       End
		wantFailed int64
	}{
		{0, EndDone, 100},
		{3, EndTooManyErrors, 3},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.max), func(t *testing.T) {
			w := many(100)
			clear(w.objects)
			s := w.run(t, Options{Workers: 1, MaxErrors: test.max})
			if s.End != test.want || s.Counts.Failed != test.wantFailed {
				t.Errorf("%+v, want end %q and %d failed", s, test.want, test.wantFailed)
			}
		})
	}
}

// TestRetryFailed takes up what failed before, from where it was.
func TestRetryFailed(t *testing.T) {
	w := many(3)
	w.at = first("create x0001", 1, fault{before: refuse(400, "no")})
	if s := w.run(t, Options{}); s.Counts.Failed != 1 {
		t.Fatalf("%+v, want one failed", s)
	}
	w.revive()
	if s := w.run(t, Options{}); s.Counts.Done != 0 || s.Retried != 0 {
		t.Errorf("without RetryFailed: %+v, want nothing done", s)
	}
	s := w.run(t, Options{RetryFailed: true})
	if s.Retried != 1 || s.Counts.Done != 1 {
		t.Errorf("with RetryFailed: %+v, want one done", s)
	}
	if n := w.count("register"); n != 0 {
		t.Errorf("registered again: %d times", n)
	}
	if e := w.entries[2]; e.Failure != nil || e.Attempts != 2 {
		t.Errorf("entry %+v, want no failure after 2 attempts", e)
	}
}

func TestEmptyPlan(t *testing.T) {
	if s := newWorld().run(t, Options{}); s.End != EndDone || s.SynapseCalls != 0 {
		t.Errorf("%+v, want done without a call", s)
	}
}
