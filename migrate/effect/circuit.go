package effect

import "time"

// circuit is how one service stands: closed while it is there; open once it was
// found down, so that all that needs it waits, but for one probe at a time. It
// is a value's worth of state: no clock, no lock and no effect is in it.
//
//	closed --down--> open --probe up--> closed
//	                 open --probe down--> open, the next probe later
type circuit struct {
	open bool
	// why it is open, and since when.
	why   PauseReason
	since time.Time
	// failures counts the times it was found down since then; due is when the
	// next probe may go, and probing whether one is under way.
	failures int
	due      time.Time
	probing  bool
	// round grows whenever the circuit opens or closes. What was begun in an
	// earlier round says nothing about this one.
	round int
}

// pass lets an effect begin.
type pass struct {
	round int
	// probe is true for the one that finds out whether the service is back.
	probe bool
}

// health is what an effect says about a service.
type health string

const (
	// healthUp: the service did it, or answered.
	healthUp health = "up"
	// healthDown: it couldn't be reached, or said that it is closed.
	healthDown health = "down"
	// healthUnclear: there was no answer, for a reason that may be the item's
	// own; from a service that is down that is no news.
	healthUnclear health = "broken"
	// healthUntold: it wasn't asked.
	healthUntold health = "nothing"
)

// turn is what a report changed.
type turn string

const (
	turnNone   turn = ""
	turnOpened turn = "opened"
	turnClosed turn = "closed"
)

// admits reports whether an effect may begin now. If not, wait is when to ask
// again, 0 for once something has changed.
func (c *circuit) admits(now time.Time) (ok bool, wait time.Duration) {
	switch {
	case !c.open:
		return true, 0
	case c.probing:
		return false, 0
	case now.Before(c.due):
		return false, c.due.Sub(now)
	}
	return true, 0
}

// enter is the pass of an effect that is admitted.
func (c *circuit) enter() pass {
	c.probing = c.open
	return pass{c.round, c.open}
}

// report takes in what an effect with that pass found.
func (c *circuit) report(now time.Time, p pass, seen health, why PauseReason) turn {
	switch {
	case p.round != c.round:
		return turnNone
	case !c.open && seen == healthDown:
		*c = circuit{open: true, why: why, since: now, failures: 1, due: now.Add(backoff(1)), round: c.round + 1}
		return turnOpened
	case !p.probe:
		return turnNone
	}
	c.probing = false
	switch seen {
	case healthUp:
		*c = circuit{since: c.since, round: c.round + 1}
		return turnClosed
	case healthDown, healthUnclear:
		c.failures++
		c.due = now.Add(backoff(c.failures))
	}
	return turnNone
}
