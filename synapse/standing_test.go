package synapse_test

import (
	"testing"
	"testing/synctest"
	"time"

	"synapse-migrate/synapse"
)

func TestUntilFollowsTheWindow(t *testing.T) {
	seconds := func(each ...int) []time.Duration {
		var out []time.Duration
		for _, s := range each {
			out = append(out, time.Duration(s)*time.Second)
		}
		return out
	}
	tests := []struct {
		name      string
		free      []time.Duration
		calls     int64
		perSecond float64
		want      time.Duration
	}{
		{"nothing left", seconds(0, 0, 0, 0), 0, 1, 0},
		{"no budget", nil, 10, 1, 0},
		{"a burst that the window allows", seconds(0, 0, 0, 0), 4, 0, 0},
		{"the window is used up: one more waits for its end", seconds(40, 40, 45, 45), 1, 0, 40 * time.Second},
		{"all in the next window, at once", seconds(40, 40, 45, 45), 4, 0, 45 * time.Second},
		{"the third day: a window for each four", seconds(0, 0, 0, 0), 400, 0, 99 * time.Minute},
		{"work is slower than the window", seconds(0, 0, 0, 0), 11, 0.01, 1000 * time.Second},
		{"work goes on behind the window's end", seconds(40, 40, 45, 45), 4, 0.5, 47 * time.Second},
		{"the last window of several, then work", seconds(0, 0, 0, 0), 8, 2, time.Minute + 1500*time.Millisecond},
	}
	for _, test := range tests {
		s := synapse.Standing{Window: time.Minute, Free: test.free}
		if got := s.Until(test.calls, test.perSecond); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}

// TestUntilIsWhatTheBudgetDoes: what is foretold is what callers then wait.
func TestUntilIsWhatTheBudgetDoes(t *testing.T) {
	for _, before := range []int{0, 3, 10, 25} {
		for _, calls := range []int{1, 7, 10, 11, 35} {
			synctest.Test(t, func(t *testing.T) {
				b := synapse.NewBudget(synapse.BudgetOptions{Requests: 10, Window: time.Minute})
				spend := func(n int) {
					for range n {
						release, err := b.Acquire(t.Context())
						if err != nil {
							t.Fatal(err)
						}
						release()
					}
				}
				spend(before)
				want, began := b.Standing().Until(int64(calls), 0), time.Now()
				spend(calls)
				if got := time.Since(began); got != want {
					t.Errorf("%d calls after %d: took %s, foretold %s", calls, before, got, want)
				}
			})
		}
	}
}

func TestStandingTellsOfSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := synapse.NewBudget(synapse.BudgetOptions{})
		acquire := func() func() {
			release, err := b.Acquire(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return release
		}
		silent := func(want time.Duration) {
			t.Helper()
			if got := b.Standing().Silent; got != want {
				t.Errorf("got a silence of %s, want %s", got, want)
			}
		}
		time.Sleep(time.Hour)
		silent(0) // nothing was asked
		hangs := acquire()
		time.Sleep(time.Minute)
		silent(time.Minute)
		acquire()() // another call is answered
		time.Sleep(time.Second)
		silent(time.Second)
		hangs()
		silent(0)
	})
}

func TestStandingTellsWhatHoldsCallersUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := synapse.NewBudget(synapse.BudgetOptions{Requests: 2, InFlight: 1})
		ask := func() {
			release, err := b.Acquire(t.Context())
			if err == nil {
				time.Sleep(time.Second)
				release()
			}
		}
		for range 3 {
			go ask()
		}
		synctest.Wait()
		if s := b.Standing(); s.RateBound || !s.InFlightBound {
			t.Errorf("one is under way: got %+v, want it in flight bound", s)
		}
		time.Sleep(3 * time.Second)
		if s := b.Standing(); !s.RateBound || s.InFlightBound {
			t.Errorf("two were made: got %+v, want it rate bound", s)
		}
		time.Sleep(2 * time.Minute)
	})
}
