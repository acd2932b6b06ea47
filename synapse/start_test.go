package synapse

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// hurried returns a context whose calls wait no longer after that time.
func hurried(t *testing.T, after time.Duration) context.Context {
	t.Helper()
	start, cancel := context.WithCancel(t.Context())
	if after <= 0 {
		cancel()
		return WithStart(t.Context(), start)
	}
	timer := time.AfterFunc(after, cancel)
	t.Cleanup(func() { timer.Stop(); cancel() })
	return WithStart(t.Context(), start)
}

// TestBudgetIsNotWaitedForAfterStart: what waits when start is done gives
// up, what need not wait is begun.
func TestBudgetIsNotWaitedForAfterStart(t *testing.T) {
	tests := []struct {
		name   string
		after  time.Duration
		used   int // requests of the two that the window allows
		busy   bool
		paused bool
		want   error
		waited time.Duration
	}{
		{"free", 0, 0, false, false, nil, 0},
		{"free after a while", time.Hour, 2, false, false, nil, time.Minute},
		{"window exhausted", 7 * time.Second, 2, false, false, ErrNotStarted, 7 * time.Second},
		{"window exhausted long since", 0, 2, false, false, ErrNotStarted, 0},
		{"others in flight", 7 * time.Second, 0, true, false, ErrNotStarted, 7 * time.Second},
		{"refused", 7 * time.Second, 0, false, true, ErrNotStarted, 7 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := NewBudget(BudgetOptions{Requests: 2, Window: time.Minute, InFlight: 1})
				for range tt.used {
					acquire(t, b)()
				}
				if tt.busy {
					acquire(t, b)
				}
				if tt.paused {
					b.paused = time.Now().Add(time.Minute)
				}
				began := time.Now()
				release, err := b.Acquire(hurried(t, tt.after))
				if !errors.Is(err, tt.want) {
					t.Errorf("got %v, want %v", err, tt.want)
				}
				checkDuration(t, "waited", time.Since(began), tt.waited)
				if err == nil {
					release()
				}
				if n := b.Counters().Waiting; n != 0 {
					t.Errorf("%d still wait", n)
				}
			})
		})
	}
}

// TestCancellationWinsOverStart: a context that has ended says so itself.
func TestCancellationWinsOverStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(BudgetOptions{InFlight: 1})
		acquire(t, b)
		for range 50 { // both are ready at once, either may be seen first
			ctx, cancel := context.WithCancel(t.Context())
			given := make(chan error)
			go func() {
				_, err := b.Acquire(WithStart(ctx, ctx))
				given <- err
			}()
			synctest.Wait()
			cancel()
			if err := <-given; !errors.Is(err, context.Canceled) || errors.Is(err, ErrNotStarted) {
				t.Fatalf("got %v, want canceled", err)
			}
		}
	})
}

// TestRetriesAfterStart: the wait for another attempt ends at 100 ms, before
// any could be over. Whether the call was started depends on what may have
// come of the attempts before.
func TestRetriesAfterStart(t *testing.T) {
	const after = 100 * time.Millisecond
	var (
		cutConnection = reply{err: io.ErrUnexpectedEOF}
		refused       = reply{status: 429, body: throttled}
		badGateway    = reply{status: 502}
		refusedDial   = reply{err: &net.OpError{Op: "dial", Err: errors.New("connection refused")}}
	)
	create := func(ctx context.Context, c *Client) error {
		_, err := c.CreateEntity(ctx, Entity{Name: "a"})
		return err
	}
	update := func(ctx context.Context, c *Client) error {
		_, err := c.UpdateEntity(ctx, Entity{ID: "syn2", Etag: "e1"}, false)
		return err
	}
	get := func(ctx context.Context, c *Client) error {
		_, err := c.Entity(ctx, "syn2")
		return err
	}
	tests := []struct {
		name       string
		call       func(context.Context, *Client) error
		reply      reply
		want       error
		notStarted bool
		unknown    bool
	}{
		{"create, refused", create, refused, nil, true, false},
		{"create, never there", create, refusedDial, nil, true, false},
		{"create, lost", create, cutConnection, io.ErrUnexpectedEOF, false, true},
		{"update, refused", update, refused, nil, true, false},
		{"update, lost", update, cutConnection, io.ErrUnexpectedEOF, false, true},
		{"update, gateway", update, badGateway, nil, false, true},
		{"read, refused", get, refused, nil, true, false},
		{"read, lost", get, cutConnection, io.ErrUnexpectedEOF, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, s := scripted(t, tt.reply)
				began := time.Now()
				err := tt.call(hurried(t, after), c)
				checkOutcome(t, err, tt.notStarted, tt.unknown)
				if tt.want != nil && !errors.Is(err, tt.want) {
					t.Errorf("error %v, want %v", err, tt.want)
				}
				if took := time.Since(began); took > after || len(s.asked) != 1 {
					t.Errorf("%d attempts in %v, want one and no waiting", len(s.asked), took)
				}
			})
		})
	}
}

// checkOutcome looks at what an error says about the call.
func checkOutcome(t *testing.T, err error, notStarted, unknown bool) {
	t.Helper()
	var answer *Error
	if !errors.As(err, &answer) {
		t.Errorf("got %v, want an Error", err)
	}
	if got := errors.Is(err, ErrNotStarted); got != notStarted {
		t.Errorf("not started: %t, want %t (%v)", got, notStarted, err)
	}
	if got := errors.Is(err, ErrUnknownOutcome); got != unknown {
		t.Errorf("outcome unknown: %t, want %t (%v)", got, unknown, err)
	}
}

// TestAttemptThatWaitsForBudgetAfterStart: the first attempt was lost or
// refused, and the second finds no room in the window.
func TestAttemptThatWaitsForBudgetAfterStart(t *testing.T) {
	tests := []struct {
		name                string
		reply               reply
		notStarted, unknown bool
	}{
		{"lost", reply{err: io.ErrUnexpectedEOF}, false, true},
		{"refused", reply{status: 429}, true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{replies: []reply{tt.reply}}
				b := NewBudget(BudgetOptions{Requests: 1, Window: time.Hour})
				c, err := New(Options{Transport: s, Budget: b})
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				_, err = c.UpdateEntity(hurried(t, time.Minute), Entity{ID: "syn2", Etag: "e1"}, false)
				checkOutcome(t, err, tt.notStarted, tt.unknown)
				checkDuration(t, "waited", time.Since(began), time.Minute)
				if len(s.asked) != 1 {
					t.Errorf("%d attempts, want 1", len(s.asked))
				}
			})
		})
	}
}

// TestGuardedWriteLostThenRefused: that the second attempt was refused says
// nothing about the first.
func TestGuardedWriteLostThenRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := scripted(t, reply{err: io.ErrUnexpectedEOF}, reply{status: 429})
		_, err := c.UpdateEntity(t.Context(), Entity{ID: "syn2", Etag: "e1"}, false)
		checkOutcome(t, err, false, true)
	})
}

// TestCallUnderWayOutlivesStart: it is not given up, and its answer counts.
func TestCallUnderWayOutlivesStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{replies: []reply{{status: 200, body: stored}}}
		c, err := New(Options{Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
			time.Sleep(time.Minute)
			if err := req.Context().Err(); err != nil {
				return nil, err
			}
			return s.RoundTrip(req)
		})})
		if err != nil {
			t.Fatal(err)
		}
		if e, err := c.CreateEntity(hurried(t, time.Second), Entity{}); err != nil || e.ID != "syn2" {
			t.Errorf("got %+v, %v", e, err)
		}
	})
}
