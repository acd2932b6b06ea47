package objectstore

import (
	"context"
	"sync"
)

// limiter bounds requests in flight and adapts the bound: halved when the
// service asks to slow down, grown by one for each round of successes.
type limiter struct {
	mu      sync.Mutex
	max     float64
	limit   float64
	inUse   int
	epoch   int
	waiting []chan struct{}
}

// ticket is the right to one request. Its epoch tells whether the request
// began before the last halving.
type ticket struct{ epoch int }

// verdict is how a request ended, as far as speed is concerned.
type verdict int

const (
	neutral verdict = iota
	success
	slowDown
)

// newLimiter begins at the largest bound.
func newLimiter(largest int) *limiter {
	return &limiter{max: float64(largest), limit: float64(largest)}
}

// acquire waits for a place, first come first served, or for the end of ctx.
func (l *limiter) acquire(ctx context.Context) (ticket, error) {
	l.mu.Lock()
	if len(l.waiting) == 0 && l.inUse < int(l.limit) {
		l.inUse++
		t := ticket{l.epoch}
		l.mu.Unlock()
		return t, nil
	}
	turn := make(chan struct{})
	l.waiting = append(l.waiting, turn)
	l.mu.Unlock()
	select {
	case <-turn:
	case <-ctx.Done():
		l.leave(turn)
		return ticket{}, ctx.Err()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return ticket{l.epoch}, nil
}

// leave takes a waiter out of the queue; if its turn came at the same
// moment, the place is passed on.
func (l *limiter) leave(turn chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, w := range l.waiting {
		if w == turn {
			l.waiting = append(l.waiting[:i], l.waiting[i+1:]...)
			return
		}
	}
	l.inUse--
	l.admit()
}

// report adapts the bound. Requests that began before the last halving
// don't halve again: one burst of refusals counts once.
func (l *limiter) report(t ticket, v verdict) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case v == slowDown && t.epoch == l.epoch:
		l.limit = max(1, l.limit/2)
		l.epoch++
	case v == success:
		l.limit = min(l.max, l.limit+1/l.limit)
	}
	l.admit()
}

// release gives the place back.
func (l *limiter) release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inUse--
	l.admit()
}

// admit lets waiters in while there is room. The caller holds l.mu.
func (l *limiter) admit() {
	for len(l.waiting) > 0 && l.inUse < int(l.limit) {
		close(l.waiting[0])
		l.waiting = l.waiting[1:]
		l.inUse++
	}
}
