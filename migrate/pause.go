package migrate

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// PauseReason is why all that needs a side waits.
type PauseReason string

// The reasons.
const (
	// PauseMaintenance: Synapse says that it is closed, or can't answer. Of a
	// bucket's side: Synapse, which gives its credentials, is.
	PauseMaintenance PauseReason = "maintenance"
	// PauseUnreachable: there is no connection, or no address.
	PauseUnreachable PauseReason = "unreachable"
)

// Pause is a side that is down.
type Pause struct {
	Place
	Reason PauseReason
	// Lasts is how long it has been.
	Lasts time.Duration
}

// pauses has the circuit of each side. What needs a side that is down waits
// there, one probe at a time tries, and all go on once that succeeds. It is
// safe for concurrent use.
type pauses struct {
	logger zerolog.Logger

	mu       sync.Mutex
	circuits map[Place]*circuit
	// changed is closed when a circuit has changed, and then replaced.
	changed chan struct{}
}

func newPauses(l zerolog.Logger) *pauses {
	return &pauses{logger: l, circuits: map[Place]*circuit{}, changed: make(chan struct{})}
}

// held are the passes of one effect under way.
type held struct {
	pauses *pauses
	places []Place
	passes []pass
}

// enter waits until no place is down, or until this effect is the one to find
// out whether it is back. It returns the context's error, or errLeft once left
// is done while it would have to wait.
func (p *pauses) enter(ctx, left context.Context, places []Place) (*held, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p.mu.Lock()
		h, wait := p.admit(left, time.Now(), places)
		changed := p.changed
		p.mu.Unlock()
		if h != nil {
			return h, nil
		}
		if err := await(ctx, left, changed, wait); err != nil {
			return nil, err
		}
	}
}

// admit gives passes for all places or none; the caller holds mu. Once no more
// is begun, nothing is tried.
func (p *pauses) admit(left context.Context, now time.Time, places []Place) (*held, time.Duration) {
	h := &held{pauses: p, places: places}
	for _, at := range places {
		c := p.circuits[at]
		if c == nil {
			c = &circuit{}
			p.circuits[at] = c
		}
		ok, wait := c.admits(now)
		if !ok || c.open && left.Err() != nil {
			return nil, wait
		}
	}
	for _, at := range places {
		h.passes = append(h.passes, p.circuits[at].enter())
	}
	return h, 0
}

// await waits for a change, or for so long; 0 is for the change alone.
func await(ctx, left context.Context, changed <-chan struct{}, wait time.Duration) error {
	var due <-chan time.Time
	if wait > 0 {
		t := time.NewTimer(wait)
		defer t.Stop()
		due = t.C
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-left.Done():
		return errLeft
	case <-changed:
	case <-due:
	}
	return nil
}

// leave takes in the outcome of the effect, and returns its error: as a
// pausedError where it is no fault of the item.
func (h *held) leave(ctx context.Context, err error) error {
	at := blamed(err, h.places)
	result, probed := foundNothing, false
	if ctx.Err() == nil {
		result = found(err, at)
	}
	for i, place := range h.places {
		probed = probed || place == at && h.passes[i].probe
		switch {
		case place == at || err == nil:
			h.pauses.report(place, h.passes[i], result, err)
		default:
			h.pauses.report(place, h.passes[i], foundNothing, nil)
		}
	}
	if result == foundDown || probed && result == foundBroken {
		return &pausedError{err}
	}
	return err
}

// alive takes in that a long effect gets somewhere: whoever probed need not
// have ended for the others to go on.
func (h *held) alive() {
	for i, place := range h.places {
		if h.passes[i].probe {
			h.pauses.report(place, h.passes[i], foundUp, nil)
		}
	}
}

// report takes in what an effect found, and says so where that changes
// anything.
func (p *pauses) report(at Place, with pass, result finding, cause error) {
	why := PauseUnreachable
	if cause != nil && closed(cause) {
		why = PauseMaintenance
	}
	now := time.Now()
	p.mu.Lock()
	c := p.circuits[at]
	was := *c
	turned := c.report(now, with, result, why)
	since := c.since
	if *c != was {
		close(p.changed)
		p.changed = make(chan struct{})
	}
	p.mu.Unlock()
	switch turned {
	case turnOpened:
		p.event(at, why).Err(cause).Msg("paused until it is back")
	case turnClosed:
		p.event(at, was.why).Dur("lasted", now.Sub(since)).Msg("it is back: going on")
	}
}

// event is a log line about a place. Both lines of a pause are warnings, so
// that whoever is shown the first is shown the second.
func (p *pauses) event(at Place, why PauseReason) *zerolog.Event {
	e := p.logger.Warn().Str("side", string(at.Party)).Str("reason", string(why))
	if at.Bucket != "" {
		e = e.Str("bucket", at.Bucket)
	}
	return e
}

// now are the sides that are down, Synapse first.
func (p *pauses) now() []Pause {
	p.mu.Lock()
	defer p.mu.Unlock()
	var down []Pause
	for at, c := range p.circuits {
		if c.open {
			down = append(down, Pause{Place: at, Reason: c.why, Lasts: time.Since(c.since)})
		}
	}
	slices.SortFunc(down, func(a, b Pause) int {
		return strings.Compare(a.rank(), b.rank())
	})
	return down
}

// rank sorts places.
func (p Place) rank() string {
	switch p.Party {
	case PartySynapse:
		return "1"
	case PartySource:
		return "2" + p.Bucket
	}
	return "3" + p.Bucket
}

// pausedError is an error of a side that was found down. It is no fault of
// the item that met it.
type pausedError struct{ err error }

// Error is the cause's.
func (e *pausedError) Error() string { return e.err.Error() }

// Unwrap returns the cause.
func (e *pausedError) Unwrap() error { return e.err }

// paused reports whether an error is that of a side that was found down.
func paused(err error) bool {
	var p *pausedError
	return errors.As(err, &p)
}

// maxPauses is how often an item meets a side that is down before that counts
// as an attempt: a day and more, at maxBackoff each.
const maxPauses = 3000

// heldKey is where the context of an effect has its passes.
type heldKey struct{}

func withHeld(ctx context.Context, h *held) context.Context {
	return context.WithValue(ctx, heldKey{}, h)
}

// alive takes in that the effect of that context gets somewhere.
func alive(ctx context.Context) {
	if h, ok := ctx.Value(heldKey{}).(*held); ok {
		h.alive()
	}
}
