package synapse

import (
	"context"
	"slices"
	"sync"
	"time"
)

// The limits of the service for one user on one machine
// (UserRequestFrequencyThrottler and UserConcurrentConnectionThrottler of
// the server's source, October 2024 snapshot).
const (
	DefaultRequests = 600
	DefaultWindow   = 60 * time.Second
	DefaultInFlight = 3
)

// BudgetOptions are the limits that a Budget keeps. Zero values, and values
// below zero, are the service's own.
type BudgetOptions struct {
	// Requests may start within any Window.
	Requests int
	Window   time.Duration
	// InFlight requests run at once.
	InFlight int
}

// Budget spends the calls that Synapse allows one user: never more than
// InFlight at once and never more than Requests in any Window, in the order
// in which they were asked for. A burst up to these limits is allowed. One
// Budget is shared by everything in a process; it is safe for concurrent
// use.
//
// The server counts a request when it arrives, which its caller can't
// observe: some time between the request's start and its end. Its window is
// fixed and opens when it likes. The Budget therefore has one slot for each
// of the Requests and takes a slot as free only once a whole Window has
// passed since the end of the request that used it last. Two uses of a slot
// then arrive more than a Window apart, whatever the network did to either,
// and no window of the server ever sees more than Requests. It costs one
// request's duration per Window: a third of a percent at 200 ms.
//
// When the server refuses nevertheless (429, or 503), everybody pauses: for
// as long as it asks, or 1 s, doubling with each further refusal up to 30 s,
// and halving again with each success.
type Budget struct {
	requests, inFlight int
	window             time.Duration

	mu     sync.Mutex
	queue  []*waiter
	active int
	begun  []time.Time // when the requests under way began
	ended  []time.Time // when the last uses of slots ended, oldest first
	// answered is when a request last ended.
	answered time.Time
	paused   time.Time // nobody starts before
	refused  time.Time // when the latest pause began
	pause    time.Duration
	book     book
}

// waiter is one caller in the queue; only the first may start.
type waiter struct{ wake chan struct{} }

// NewBudget returns a Budget of which nothing is used yet.
func NewBudget(o BudgetOptions) *Budget {
	b := &Budget{requests: o.Requests, window: o.Window, inFlight: o.InFlight}
	if b.requests <= 0 {
		b.requests = DefaultRequests
	}
	if b.window <= 0 {
		b.window = DefaultWindow
	}
	if b.inFlight <= 0 {
		b.inFlight = DefaultInFlight
	}
	b.book.endpoints = map[string]int64{}
	return b
}

// Acquire waits until a request may start and returns the function that
// says that it has ended, its answer read or given up. Calling that again
// does nothing. The only errors are the context's and, with WithStart,
// ErrNotStarted.
func (b *Budget) Acquire(ctx context.Context) (release func(), err error) {
	p, err := b.enter(ctx, "other")
	if err != nil {
		return nil, err
	}
	return sync.OnceFunc(p.leave), nil
}

// place is one request under way.
type place struct {
	budget *Budget
	began  time.Time
}

// enter waits for the caller's turn.
func (b *Budget) enter(ctx context.Context, endpoint string) (place, error) {
	if err := ctx.Err(); err != nil {
		return place{}, err
	}
	w := &waiter{wake: make(chan struct{}, 1)}
	b.join(w)
	for {
		p, until, ok := b.try(w, endpoint)
		if ok {
			return p, nil
		}
		if err := w.wait(ctx, until); err != nil {
			b.quit(w)
			return place{}, err
		}
	}
}

// wait returns when the waiter is woken, or at the given time if there is
// one, or with the reason to give up.
func (w *waiter) wait(ctx context.Context, until time.Time) error {
	var at <-chan time.Time
	if !until.IsZero() {
		timer := time.NewTimer(time.Until(until))
		defer timer.Stop()
		at = timer.C
	}
	select {
	case <-w.wake:
	case <-at:
	case <-hurry(ctx):
		return givenUp(ctx)
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// join puts a waiter at the end of the queue.
func (b *Budget) join(w *waiter) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tick()
	b.queue = append(b.queue, w)
	b.settle()
}

// quit takes a waiter out of the queue.
func (b *Budget) quit(w *waiter) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tick()
	if i := slices.Index(b.queue, w); i >= 0 {
		b.queue = slices.Delete(b.queue, i, i+1)
	}
	b.settle()
}

// try starts the waiter's request if it is its turn and allowed; otherwise
// it returns when to look again, zero for when woken.
func (b *Budget) try(w *waiter, endpoint string) (place, time.Time, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.tick()
	if b.queue[0] != w {
		return place{}, time.Time{}, false
	}
	reason, until := b.bound(now)
	if b.book.reason = reason; reason != boundNot {
		return place{}, until, false
	}
	b.queue = slices.Delete(b.queue, 0, 1)
	b.active++
	b.begun = append(b.begun, now)
	b.book.start(endpoint, len(b.queue) > 0 || b.active == b.inFlight)
	b.settle()
	return place{budget: b, began: now}, time.Time{}, true
}

// bound says what keeps the first of the queue from starting now, and until
// when; zero when that is not known.
func (b *Budget) bound(now time.Time) (bound, time.Time) {
	switch {
	case b.used() >= b.requests && len(b.ended) > 0:
		return boundRate, b.ended[0].Add(b.window)
	case b.used() >= b.requests:
		return boundRate, time.Time{}
	case now.Before(b.paused):
		return boundPause, b.paused
	case b.active >= b.inFlight:
		return boundInFlight, time.Time{}
	}
	return boundNot, time.Time{}
}

// used is how many slots are taken.
func (b *Budget) used() int { return b.active + len(b.ended) }

// tick frees slots and does the accounts up to now.
func (b *Budget) tick() time.Time {
	now := time.Now()
	b.book.account(b, now)
	free := 0
	for free < len(b.ended) && !now.Before(b.ended[free].Add(b.window)) {
		free++
	}
	b.ended = b.ended[free:]
	return now
}

// settle notes what the queue waits for, and wakes its first.
func (b *Budget) settle() {
	b.book.reason = boundNot
	if len(b.queue) == 0 {
		return
	}
	b.book.reason, _ = b.bound(time.Now())
	select {
	case b.queue[0].wake <- struct{}{}:
	default:
	}
}

// leave ends a request: its slot is taken for another Window.
func (p place) leave() {
	b := p.budget
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.tick()
	b.active--
	if i := slices.Index(b.begun, p.began); i >= 0 {
		b.begun = slices.Delete(b.begun, i, i+1)
	}
	b.ended, b.answered = append(b.ended, now), now
	b.settle()
}

// heed learns from the status of an answer. Refusals of requests that began
// before the latest pause are a part of it and make it longer only if they
// ask for it.
func (p place) heed(status int, asked time.Duration) {
	b := p.budget
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.tick()
	known := p.began.Before(b.refused)
	switch {
	case !refusal(status) && !known:
		b.pause /= 2
	case refusal(status):
		b.book.refused++
		if !known {
			b.refused = now
			b.pause = min(maxWait, max(firstWait, 2*b.pause))
		}
		until := now.Add(b.pause)
		if asked > 0 {
			until = now.Add(min(asked, maxRetryAfter))
		}
		if until.After(b.paused) && (!known || asked > 0) {
			b.paused = until
		}
	}
	b.settle()
}

// refusal reports whether a status asks for fewer requests.
func refusal(status int) bool { return status == 429 || status == 503 }

// countRetry counts a request that is sent once more.
func (b *Budget) countRetry() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.book.retried++
}
