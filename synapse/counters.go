package synapse

import (
	"maps"
	"time"
)

// bound is what keeps a waiting caller from starting.
type bound int

const (
	boundNot bound = iota
	boundRate
	boundInFlight
	boundPause
	bounds // how many there are
)

// Counters are what a Budget has seen. Times are of the clock on the wall
// unless they say otherwise.
type Counters struct {
	// Requests, Window and MaxInFlight are the limits.
	Requests    int
	Window      time.Duration
	MaxInFlight int

	// Started counts requests, retries included; Refused those answered
	// with 429 or 503; Retried those that repeat an earlier one.
	Started, Refused, Retried int64
	// InFlight and Waiting are how many callers are so now.
	InFlight, Waiting int

	// RateBound, InFlightBound and PauseBound are the time during which at
	// least one caller waited, by what kept the first of them: no request
	// left in the window, the others in flight, or a refusal.
	RateBound, InFlightBound, PauseBound time.Duration
	// WaitedRate, WaitedInFlight and WaitedPause are the same, summed over
	// all callers that waited.
	WaitedRate, WaitedInFlight, WaitedPause time.Duration
	// Exhausted is the time during which no request was left in the window,
	// whether anybody wanted one or not.
	Exhausted time.Duration
	// Saturated is the time during which there was at least as much work as
	// the budget could take: a caller waited, or all places were in use.
	// StartedSaturated counts the requests that started in it.
	Saturated        time.Duration
	StartedSaturated int64

	// Endpoints counts the started requests by method and path, with {} in
	// place of IDs.
	Endpoints map[string]int64
}

// Share is how much of the budget was used while there was work for all of
// it: the requests that started in Saturated, as a part of those that the
// limit allows in that time; 0 when there was never enough work. As a burst
// is allowed, a share over less than a few windows may exceed 1.
func (c Counters) Share() float64 {
	if c.Saturated <= 0 || c.Requests <= 0 || c.Window <= 0 {
		return 0
	}
	allowed := float64(c.Requests) * float64(c.Saturated) / float64(c.Window)
	return float64(c.StartedSaturated) / allowed
}

// Since returns what was counted after earlier. InFlight and Waiting are
// those of c.
func (c Counters) Since(earlier Counters) Counters {
	c.Started -= earlier.Started
	c.Refused -= earlier.Refused
	c.Retried -= earlier.Retried
	c.RateBound -= earlier.RateBound
	c.InFlightBound -= earlier.InFlightBound
	c.PauseBound -= earlier.PauseBound
	c.WaitedRate -= earlier.WaitedRate
	c.WaitedInFlight -= earlier.WaitedInFlight
	c.WaitedPause -= earlier.WaitedPause
	c.Exhausted -= earlier.Exhausted
	c.Saturated -= earlier.Saturated
	c.StartedSaturated -= earlier.StartedSaturated
	c.Endpoints = maps.Clone(c.Endpoints)
	for name, n := range earlier.Endpoints {
		c.Endpoints[name] -= n
	}
	maps.DeleteFunc(c.Endpoints, func(_ string, n int64) bool { return n == 0 })
	return c
}

// Counters returns what was counted so far.
func (b *Budget) Counters() Counters {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tick()
	b.settle()
	k := &b.book
	return Counters{
		Requests: b.requests, Window: b.window, MaxInFlight: b.inFlight,
		Started: k.started, Refused: k.refused, Retried: k.retried,
		InFlight: b.active, Waiting: len(b.queue),
		RateBound: k.wall[boundRate], WaitedRate: k.summed[boundRate],
		InFlightBound: k.wall[boundInFlight], WaitedInFlight: k.summed[boundInFlight],
		PauseBound: k.wall[boundPause], WaitedPause: k.summed[boundPause],
		Exhausted: k.exhausted,
		Saturated: k.saturated, StartedSaturated: k.startedSaturated,
		Endpoints: maps.Clone(k.endpoints),
	}
}

// book is the accounts of a Budget, under its lock.
type book struct {
	started, refused, retried int64
	endpoints                 map[string]int64

	last   time.Time // the accounts are done up to here
	reason bound     // since then
	wall   [bounds]time.Duration
	summed [bounds]time.Duration

	exhausted, saturated time.Duration
	startedSaturated     int64
}

// start counts a request.
func (k *book) start(endpoint string, saturated bool) {
	k.started++
	k.endpoints[endpoint]++
	if saturated {
		k.startedSaturated++
	}
}

// account adds the time since the last event, in which nothing changed but
// that the oldest slot may have become free.
func (k *book) account(b *Budget, now time.Time) {
	last := k.last
	k.last = now
	if last.IsZero() {
		return
	}
	since := now.Sub(last)
	if len(b.queue) > 0 {
		k.wall[k.reason] += since
		k.summed[k.reason] += since * time.Duration(len(b.queue))
	}
	if len(b.queue) > 0 || b.active >= b.inFlight {
		k.saturated += since
	}
	if b.used() >= b.requests {
		k.exhausted += exhaustedUntil(b, now).Sub(last)
	}
}

// exhaustedUntil is when, up to now, the last slot was taken.
func exhaustedUntil(b *Budget, now time.Time) time.Time {
	if len(b.ended) == 0 {
		return now
	}
	if free := b.ended[0].Add(b.window); free.Before(now) {
		return free
	}
	return now
}
