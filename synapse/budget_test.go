package synapse

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// span is one request: when it started and ended.
type span struct{ start, end time.Time }

// work sends requests through b from a number of workers until the time is
// up, each taking what latency says.
func work(t *testing.T, b *Budget, workers int, long time.Duration, latency func() time.Duration) []span {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), long)
	defer cancel()
	var (
		mu   sync.Mutex
		done []span
		wg   sync.WaitGroup
	)
	for range workers {
		wg.Go(func() {
			for {
				release, err := b.Acquire(ctx)
				if err != nil {
					return
				}
				s := span{start: time.Now()}
				time.Sleep(latency())
				s.end = time.Now()
				release()
				mu.Lock()
				done = append(done, s)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return done
}

// mostStarts is the largest number of starts in any window.
func mostStarts(spans []span, window time.Duration) int {
	most, first := 0, 0
	spans = slices.SortedFunc(slices.Values(spans), func(a, b span) int { return a.start.Compare(b.start) })
	for i, s := range spans {
		for !s.start.Before(spans[first].start.Add(window)) {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

// mostInFlight is the largest number of requests at once. One that ends when
// another starts is no longer in flight.
func mostInFlight(spans []span) int {
	var starts, ends []time.Time
	for _, s := range spans {
		starts, ends = append(starts, s.start), append(ends, s.end)
	}
	slices.SortFunc(starts, time.Time.Compare)
	slices.SortFunc(ends, time.Time.Compare)
	most, ended := 0, 0
	for i, start := range starts {
		for !ends[ended].After(start) {
			ended++
		}
		most = max(most, i+1-ended)
	}
	return most
}

func TestBudgetKeepsItsLimits(t *testing.T) {
	fixed := func(d time.Duration) func() time.Duration {
		return func() time.Duration { return d }
	}
	varying := func() func() time.Duration {
		var mu sync.Mutex
		r := rand.New(rand.NewPCG(1, 2))
		return func() time.Duration {
			mu.Lock()
			defer mu.Unlock()
			return time.Duration(r.ExpFloat64() * float64(250*time.Millisecond))
		}
	}
	tests := []struct {
		name    string
		latency func() time.Duration
		workers int
		atLeast int // requests in the five minutes and a half
	}{
		{"10 ms", fixed(10 * time.Millisecond), 8, 6 * 600},
		{"200 ms", fixed(200 * time.Millisecond), 8, 3290},
		{"varying", varying(), 8, 3200},
		{"1 s, the places are the limit", fixed(time.Second), 8, 3 * 330},
		{"as many workers as places", fixed(200 * time.Millisecond), 3, 3290},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := NewBudget(BudgetOptions{})
				spans := work(t, b, tt.workers, 330*time.Second, tt.latency)
				if got := mostStarts(spans, DefaultWindow); got > DefaultRequests {
					t.Errorf("%d starts in a window, want at most %d", got, DefaultRequests)
				}
				if got := mostInFlight(spans); got != DefaultInFlight {
					t.Errorf("%d in flight at most, want %d", got, DefaultInFlight)
				}
				if len(spans) < tt.atLeast {
					t.Errorf("%d requests, want at least %d", len(spans), tt.atLeast)
				}
				if got := b.Counters().Started; got != int64(len(spans)) {
					t.Errorf("counted %d requests, want %d", got, len(spans))
				}
			})
		})
	}
}

// TestBudgetSurvivesAnyArrival lets the server see each request as late or
// as early as it can: the end of one, the start of another.
func TestBudgetSurvivesAnyArrival(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(BudgetOptions{Requests: 10, Window: time.Minute, InFlight: 2})
		spans := work(t, b, 4, 10*time.Minute, func() time.Duration { return 7 * time.Second })
		for i := range spans {
			if i+10 >= len(spans) {
				break
			}
			if gap := spans[i+10].start.Sub(spans[i].end); gap < time.Minute {
				t.Fatalf("request %d starts %v after the end of request %d", i+10, gap, i)
			}
		}
		if len(spans) < 80 {
			t.Errorf("only %d requests", len(spans))
		}
	})
}

func TestBudgetIsUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(BudgetOptions{})
		latency := func() time.Duration { return 200 * time.Millisecond }
		work(t, b, 6, time.Minute, latency)
		burst := b.Counters()
		work(t, b, 6, 5*time.Minute, latency)
		steady := b.Counters().Since(burst)
		if got := steady.Share(); got < 0.97 || got > 1.01 {
			t.Errorf("share of the budget %.3f, want 0.97 to 1.01", got)
		}
		if want := int64(0.97 * 5 * DefaultRequests); steady.Started < want {
			t.Errorf("%d requests in five windows, want at least %d", steady.Started, want)
		}
		if steady.Started > 5*DefaultRequests {
			t.Errorf("%d requests in five windows, want at most %d", steady.Started, 5*DefaultRequests)
		}
	})
}

func TestBudgetAllowsABurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(BudgetOptions{Requests: 5, Window: time.Minute, InFlight: 5})
		began := time.Now()
		for range 5 {
			release := acquire(t, b)
			release()
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("the burst took %v, want 0", took)
		}
		acquire(t, b)()
		if took := time.Since(began); took != time.Minute {
			t.Errorf("the next request started after %v, want 1m", took)
		}
	})
}

func acquire(t *testing.T, b *Budget) func() {
	t.Helper()
	release, err := b.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return release
}

func TestBudgetIsFirstComeFirstServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(BudgetOptions{InFlight: 1})
		release := acquire(t, b)
		var (
			mu    sync.Mutex
			order []int
			wg    sync.WaitGroup
		)
		for i := range 20 {
			wg.Go(func() {
				r := acquire(t, b)
				mu.Lock()
				order = append(order, i)
				mu.Unlock()
				r()
			})
			synctest.Wait()
		}
		release()
		wg.Wait()
		for i, got := range order {
			if got != i {
				t.Fatalf("order %v, want as asked", order)
			}
		}
	})
}

func TestBudgetCancellation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(BudgetOptions{InFlight: 1})
		release := acquire(t, b)
		ctx, cancel := context.WithCancel(t.Context())
		canceled := make(chan error, 1)
		go func() {
			_, err := b.Acquire(ctx)
			canceled <- err
		}()
		synctest.Wait()
		next := make(chan func(), 1)
		go func() { next <- acquire(t, b) }()
		synctest.Wait()
		cancel()
		if err := <-canceled; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want canceled", err)
		}
		release()
		(<-next)()
		c := b.Counters()
		if c.Started != 2 || c.InFlight != 0 || c.Waiting != 0 {
			t.Errorf("started %d, in flight %d, waiting %d; want 2, 0, 0", c.Started, c.InFlight, c.Waiting)
		}
		if _, err := b.Acquire(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("acquired with a context that had ended: %v", err)
		}
	})
}

func TestBudgetReleaseTwiceCountsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(BudgetOptions{InFlight: 2})
		release := acquire(t, b)
		acquire(t, b)
		release()
		release()
		if got := b.Counters().InFlight; got != 1 {
			t.Errorf("%d in flight, want 1", got)
		}
	})
}

// answered makes a request that gets the given status, and returns how long
// it waited for its turn.
func answered(t *testing.T, b *Budget, status int, asked time.Duration) time.Duration {
	t.Helper()
	began := time.Now()
	p, err := b.enter(t.Context(), "test")
	if err != nil {
		t.Fatal(err)
	}
	waited := time.Since(began)
	time.Sleep(time.Millisecond)
	p.heed(status, asked)
	p.leave()
	return waited
}

func TestBudgetPausesAfterRefusals(t *testing.T) {
	type step struct {
		status int
		asked  time.Duration
		waits  time.Duration // before this request
	}
	tests := []struct {
		name  string
		steps []step
	}{
		{"doubles", []step{{429, 0, 0}, {429, 0, time.Second}, {503, 0, 2 * time.Second}, {200, 0, 4 * time.Second}}},
		{"up to 30 s", []step{
			{429, 0, 0}, {429, 0, time.Second}, {429, 0, 2 * time.Second}, {429, 0, 4 * time.Second},
			{429, 0, 8 * time.Second}, {429, 0, 16 * time.Second}, {429, 0, maxWait}, {200, 0, maxWait}}},
		{"obeys the server", []step{{429, 7 * time.Second, 0}, {200, 0, 7 * time.Second}}},
		{"but not forever", []step{{503, time.Hour, 0}, {200, 0, maxRetryAfter}}},
		{"recovers with successes", []step{
			{429, 0, 0}, {429, 0, time.Second}, {429, 0, 2 * time.Second},
			{200, 0, 4 * time.Second}, {200, 0, 0}, {429, 0, 0}, {200, 0, 2 * time.Second}}},
		{"other errors are no refusals", []step{{500, 0, 0}, {403, 0, 0}, {200, 0, 0}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := NewBudget(BudgetOptions{})
				for i, s := range tt.steps {
					if got := answered(t, b, s.status, s.asked); got != s.waits {
						t.Errorf("request %d waited %v, want %v", i+1, got, s.waits)
					}
				}
			})
		})
	}
}

func TestBudgetTakesRefusalsOfOneMomentAsOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(BudgetOptions{})
		var places []place
		for range 3 {
			p, err := b.enter(t.Context(), "test")
			if err != nil {
				t.Fatal(err)
			}
			places = append(places, p)
		}
		for _, p := range places {
			time.Sleep(time.Millisecond)
			p.heed(429, 0)
			p.leave()
		}
		if got, want := answered(t, b, 200, 0), time.Second-2*time.Millisecond; got != want {
			t.Errorf("waited %v, want %v: 1 s after the first of three refusals", got, want)
		}
		if got := b.Counters().Refused; got != 3 {
			t.Errorf("%d refusals counted, want 3", got)
		}
	})
}

func TestBudgetCounters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(BudgetOptions{Requests: 2, Window: time.Minute, InFlight: 1})
		request := func() {
			p, err := b.enter(t.Context(), "GET /x")
			if err != nil {
				t.Error(err)
				return
			}
			time.Sleep(10 * time.Second)
			p.leave()
		}
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(request)
		}
		wg.Wait() // at 0 to 10, 10 to 20, 70 to 80 s
		time.Sleep(90 * time.Second)
		c := b.Counters()
		checkDuration(t, "in-flight bound", c.InFlightBound, 10*time.Second)
		checkDuration(t, "waited for a place", c.WaitedInFlight, 20*time.Second)
		checkDuration(t, "rate bound", c.RateBound, 60*time.Second)
		checkDuration(t, "waited for the rate", c.WaitedRate, 60*time.Second)
		checkDuration(t, "pause bound", c.PauseBound, 0)
		// From the second start to 70 s, and from the third start until
		// the slot of the second, which ended at 20 s, is free at 80 s.
		checkDuration(t, "exhausted", c.Exhausted, 70*time.Second)
		checkDuration(t, "saturated", c.Saturated, 80*time.Second)
		if c.Started != 3 || c.StartedSaturated != 3 || c.Endpoints["GET /x"] != 3 {
			t.Errorf("started %d, saturated %d, by endpoint %v; want 3 each",
				c.Started, c.StartedSaturated, c.Endpoints)
		}
	})
}

func checkDuration(t *testing.T, what string, got, want time.Duration) {
	t.Helper()
	if got != want {
		t.Errorf("%s %v, want %v", what, got, want)
	}
}

func TestBudgetCountsPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(BudgetOptions{})
		answered(t, b, 429, 5*time.Second)
		answered(t, b, 200, 0)
		c := b.Counters()
		checkDuration(t, "pause bound", c.PauseBound, 5*time.Second)
		checkDuration(t, "waited for the pause", c.WaitedPause, 5*time.Second)
	})
}

func TestCountersSince(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(BudgetOptions{})
		answered(t, b, 200, 0)
		before := b.Counters()
		answered(t, b, 429, 0)
		since := b.Counters().Since(before)
		if since.Started != 1 || since.Refused != 1 || since.Endpoints["test"] != 1 {
			t.Errorf("started %d, refused %d, by endpoint %v; want 1 each",
				since.Started, since.Refused, since.Endpoints)
		}
		if none := before.Since(before); len(none.Endpoints) != 0 || none.Share() != 0 {
			t.Errorf("nothing happened, but endpoints %v, share %v", none.Endpoints, none.Share())
		}
	})
}

// All that a budget waits for is measured by the clock that no one can set:
// when the wall clock jumps, it neither waits for hours nor forgets its window.
func TestBudgetIgnoresTheWallClock(t *testing.T) {
	b := NewBudget(BudgetOptions{})
	for _, status := range []int{200, 429} {
		p, err := b.enter(t.Context(), "x")
		if err != nil {
			t.Fatal(err)
		}
		p.heed(status, 0)
		p.leave()
	}
	for name, at := range map[string]time.Time{
		"end of a request": b.ended[0], "end of a pause": b.paused, "begin of a pause": b.refused,
		"end of the window": b.ended[0].Add(b.window),
	} {
		if !strings.Contains(at.String(), " m=") {
			t.Errorf("the %s is %v, without a monotonic reading", name, at)
		}
	}
}
