package faults

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"synapse-migrate/migrate"
	"synapse-migrate/migrate/checkpoint"
)

// sleeper is a run file after whose nth record the machine sleeps for a
// night: credentials and URLs are over when it wakes.
type sleeper struct {
	migrate.Checkpoint
	left *atomic.Int64
}

// night is longer than the 12 hours that Synapse's credentials live.
const night = 13 * time.Hour

func (s sleeper) Record(ctx context.Context, e checkpoint.Entry) error {
	if err := s.Checkpoint.Record(ctx, e); err != nil {
		return err
	}
	if s.left.Add(-1) == 0 {
		time.Sleep(night)
	}
	return nil
}

// records are those after which the machine sleeps.
func records() []int {
	if full() {
		return []int{1, 3, 6}
	}
	return []int{3}
}

// TestAsleep has the clock jump by a night in the middle of each kind of
// migration: it goes on, with new credentials and URLs.
func TestAsleep(t *testing.T) {
	for _, s := range some() {
		want := undisturbed(t, s)
		for _, record := range records() {
			t.Run(fmt.Sprintf("%s/%d", s.name, record), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w, path := prepare(t, s)
					began := time.Now()
					var left atomic.Int64
					left.Store(int64(record))
					summary, err := w.start(s).run(t.Context(), path, func(c migrate.Checkpoint) migrate.Checkpoint {
						return sleeper{c, &left}
					})
					if err != nil || summary.End != migrate.EndDone {
						t.Errorf("the run ended as %q with %v", summary.End, err)
					}
					if time.Since(began) < night {
						t.Errorf("it took %v, want a night at least", time.Since(began))
					}
					w.leftAs(t, path, want)
				})
			})
		}
	}
}

// TestClockGoesOnBetweenRuns resumes a run after a night: multipart uploads
// and what Synapse remembers are taken up.
func TestClockGoesOnBetweenRuns(t *testing.T) {
	for _, s := range some() {
		want := undisturbed(t, s)
		t.Run(s.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, path := prepare(t, s)
				if ended, _ := w.killed(t.Context(), s, path, len(want.calls)); ended {
					t.Fatal("the run ended before it was killed")
				}
				time.Sleep(night)
				if _, err := w.start(s).run(t.Context(), path, nil); err != nil {
					t.Fatal(err)
				}
				w.leftAs(t, path, want)
			})
		})
	}
}
