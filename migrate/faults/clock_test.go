package faults

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"synapse-migrate/migrate"
	"synapse-migrate/migrate/checkpoint"
)

// jumper is a run file after whose nth record the clock of this machine jumps.
// A bubble's clock doesn't: those of the servers jump the other way.
type jumper struct {
	migrate.Checkpoint
	w    *world
	left *atomic.Int64
	by   time.Duration
}

func (j jumper) Record(ctx context.Context, e checkpoint.Entry) error {
	if err := j.Checkpoint.Record(ctx, e); err != nil {
		return err
	}
	if j.left.Add(-1) == 0 {
		j.w.amazon.clock.ahead.Add(-int64(j.by))
	}
	return nil
}

// jumping runs until the end with a clock that jumps after the second record.
func (w *world) jumping(t *testing.T, s scenario, path string, by time.Duration) (migrate.Summary, error) {
	t.Helper()
	var left atomic.Int64
	left.Store(2)
	return w.start(s).run(t.Context(), path, func(c migrate.Checkpoint) migrate.Checkpoint {
		return jumper{c, w, &left, by}
	})
}

// jumps are by how much.
func jumps() []time.Duration {
	if full() {
		return []time.Duration{-30 * time.Hour, -3 * time.Hour, 20 * time.Minute, 7 * time.Hour}
	}
	return []time.Duration{-3 * time.Hour, 7 * time.Hour}
}

// TestClockJumps has the clock of this machine jump by hours in the middle of
// each kind of migration, forwards and backwards: requests are signed by the
// servers' time then, and credentials renewed when S3 wants others.
func TestClockJumps(t *testing.T) {
	for _, s := range some() {
		want := undisturbed(t, s)
		for _, by := range jumps() {
			t.Run(fmt.Sprintf("%s/%v", s.name, by), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w, path := prepare(t, s)
					began := time.Now()
					summary, err := w.jumping(t, s, path, by)
					if err != nil || summary.End != migrate.EndDone {
						t.Errorf("the run ended as %q with %v", summary.End, err)
					}
					if took := time.Since(began); took > time.Minute {
						t.Errorf("it took %v: something waited for the clock", took)
					}
					w.leftAs(t, path, want)
				})
			})
		}
	}
}

// TestClockTooFarAhead has it jump beyond the 12 hours that Synapse's
// credentials live: no others can be had that seem to be good. The run stops,
// asks whether the clock is right, and goes on once it is.
func TestClockTooFarAhead(t *testing.T) {
	for _, s := range some() {
		want := undisturbed(t, s)
		t.Run(s.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, path := prepare(t, s)
				w.amazon.clock.ahead.Store(-int64(night))
				_, err := w.start(s).run(t.Context(), path, nil)
				if !s.managed && (err == nil || !strings.Contains(err.Error(), "is the clock right?")) {
					t.Errorf("the run ended with %v, want a question about the clock", err)
				}
				w.amazon.clock.ahead.Store(0)
				w.ends(t, s, path)
				w.leftAs(t, path, want)
			})
		})
	}
}
