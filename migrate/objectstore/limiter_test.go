package objectstore

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

func TestLimiterHalvesOnceForABurst(t *testing.T) {
	l := newLimiter(8)
	var places []ticket
	for range 8 {
		p, err := l.acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		places = append(places, p)
	}
	for _, p := range places {
		l.report(p, slowDown)
		l.release()
	}
	if l.limit != 4 {
		t.Errorf("limit %v after a burst of refusals, want 4", l.limit)
	}
	for range 40 {
		p, _ := l.acquire(t.Context())
		l.report(p, success)
		l.release()
	}
	if l.limit != 8 {
		t.Errorf("limit %v after many successes, want 8", l.limit)
	}
}

func TestLimiterNeverReachesZero(t *testing.T) {
	l := newLimiter(4)
	for range 10 {
		p, err := l.acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		l.report(p, slowDown)
		l.release()
	}
	if l.limit != 1 {
		t.Errorf("limit %v, want 1", l.limit)
	}
}

func TestLimiterWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(1)
		if _, err := l.acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		given := make(chan error, 1)
		go func() { _, err := l.acquire(ctx); given <- err }()
		second := make(chan error, 1)
		synctest.Wait()
		go func() { _, err := l.acquire(t.Context()); second <- err }()
		synctest.Wait()
		cancel()
		if err := <-given; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the end of the context", err)
		}
		synctest.Wait()
		if len(second) != 0 {
			t.Error("let in beyond the limit")
		}
		l.release()
		if err := <-second; err != nil || l.inUse != 1 || len(l.waiting) != 0 {
			t.Errorf("got %v with %d in use, %d waiting", err, l.inUse, len(l.waiting))
		}
	})
}
