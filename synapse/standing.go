package synapse

import (
	"slices"
	"time"
)

// Standing is how a Budget stands at an instant.
type Standing struct {
	// Requests may start within any Window, and MaxInFlight run at once.
	Requests    int
	Window      time.Duration
	MaxInFlight int
	// Free tells of each of the Requests how long it is until it may start,
	// in ascending order; 0 is now. One that is under way counts as if it
	// ended now.
	Free []time.Duration
	// RateBound: a caller waits because no request is left in the window.
	RateBound bool
	// InFlightBound: a caller waits because MaxInFlight are under way.
	InFlightBound bool
	// Silent is for how long requests have been under way without any
	// answer; 0 when none is under way.
	Silent time.Duration
}

// Standing returns how the budget stands now.
func (b *Budget) Standing() Standing {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.tick()
	b.settle()
	s := Standing{
		Requests: b.requests, Window: b.window, MaxInFlight: b.inFlight,
		Free:      make([]time.Duration, b.requests),
		RateBound: b.book.reason == boundRate, InFlightBound: b.book.reason == boundInFlight,
		Silent: b.silent(now),
	}
	paused := max(0, b.paused.Sub(now))
	for i := range s.Free {
		s.Free[i] = paused
		switch taken := i - (b.requests - b.used()); {
		case taken < 0:
		case taken < len(b.ended):
			s.Free[i] = max(paused, b.ended[taken].Add(b.window).Sub(now))
		default:
			s.Free[i] = max(paused, b.window)
		}
	}
	return s
}

// silent is how long the requests under way have waited for an answer to any
// of them; the caller holds mu.
func (b *Budget) silent(now time.Time) time.Duration {
	if len(b.begun) == 0 {
		return 0
	}
	since := slices.MinFunc(b.begun, time.Time.Compare)
	if since.Before(b.answered) {
		since = b.answered
	}
	return now.Sub(since)
}

// Until is how long it takes until the last of so many further calls may
// start, if there is work for perSecond of them a second; 0 says that there
// is always enough. A burst is followed by a wait for the window's end, so
// the time doesn't grow evenly with the calls.
func (s Standing) Until(calls int64, perSecond float64) time.Duration {
	slots := int64(len(s.Free))
	if calls <= 0 || slots == 0 {
		return 0
	}
	// The call of number n, from 0, starts at the earliest when its slot is
	// free for the n/slots-th time, and those behind it follow at the pace of
	// the work. The latest such end counts; it lies in the first round, where
	// work is what holds the calls up, or in the last two, where the window is.
	last := (calls - 1) / slots
	var until time.Duration
	for _, round := range slices.Compact([]int64{0, max(0, last-1), last}) {
		for i, free := range s.Free {
			n := round*slots + int64(i)
			if n >= calls {
				break
			}
			at := free + time.Duration(round)*s.Window
			if perSecond > 0 {
				at += time.Duration(float64(calls-1-n) / perSecond * float64(time.Second))
			}
			until = max(until, at)
		}
	}
	return until
}
