package effect

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// PauseReason is why all that needs a service waits.
type PauseReason string

// The reasons.
const (
	// PauseMaintenance: Synapse says that it is closed, or can't answer. Of a
	// bucket's side: Synapse, which gives its credentials, is.
	PauseMaintenance PauseReason = "maintenance"
	// PauseUnreachable: there is no connection, or no address.
	PauseUnreachable PauseReason = "unreachable"
)

// Pause is a service that is down.
type Pause struct {
	Service
	Reason PauseReason
	// Lasts is how long it has been.
	Lasts time.Duration
}

// pauses has the circuit of each service. What needs one that is down waits
// there, one probe at a time tries, and all go on once that succeeds. It is
// safe for concurrent use.
type pauses struct {
	logger zerolog.Logger

	mu       sync.Mutex
	circuits map[Service]*circuit
	// changed is closed when a circuit has changed, and then replaced.
	changed chan struct{}
}

func newPauses(l zerolog.Logger) *pauses {
	return &pauses{logger: l, circuits: map[Service]*circuit{}, changed: make(chan struct{})}
}

// passes are those of one effect under way, one for each of its services.
type passes struct {
	pauses   *pauses
	services []Service
	each     []pass
}

// enter waits until no service is down, or until this effect is the one to find
// out whether it is back. It returns the context's error, or ErrLeft once no
// more is begun while it would have to wait.
func (p *pauses) enter(ctx context.Context, d *Drain, services []Service) (*passes, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p.mu.Lock()
		h, wait := p.admit(d, time.Now(), services)
		changed := p.changed
		p.mu.Unlock()
		if h != nil {
			return h, nil
		}
		if err := await(ctx, d, changed, wait); err != nil {
			return nil, err
		}
	}
}

// admit gives passes for all services or none; the caller holds mu. Once no more
// is begun, nothing is tried.
func (p *pauses) admit(d *Drain, now time.Time, services []Service) (*passes, time.Duration) {
	h := &passes{pauses: p, services: services}
	for _, at := range services {
		c := p.circuits[at]
		if c == nil {
			c = &circuit{}
			p.circuits[at] = c
		}
		ok, wait := c.admits(now)
		if !ok || c.open && d.Begun() {
			return nil, wait
		}
	}
	for _, at := range services {
		h.each = append(h.each, p.circuits[at].enter())
	}
	return h, 0
}

// await waits for a change, or for so long; 0 is for the change alone.
func await(ctx context.Context, d *Drain, changed <-chan struct{}, wait time.Duration) error {
	var due <-chan time.Time
	if wait > 0 {
		t := time.NewTimer(wait)
		defer t.Stop()
		due = t.C
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-d.Done():
		return ErrLeft
	case <-changed:
	case <-due:
	}
	return nil
}

// end takes in the outcome of the effect, and returns its error: as a
// pausedError where it is no fault of the item.
func (h *passes) end(ctx context.Context, err error) error {
	at := blamed(err, h.services)
	result, probed := healthUntold, false
	if ctx.Err() == nil {
		result = healthOf(err, at)
	}
	for i, service := range h.services {
		probed = probed || service == at && h.each[i].probe
		switch {
		case service == at || err == nil:
			h.pauses.report(service, h.each[i], result, err)
		default:
			h.pauses.report(service, h.each[i], healthUntold, nil)
		}
	}
	if result == healthDown || probed && result == healthUnclear {
		return &pausedError{err}
	}
	return err
}

// alive takes in that a long effect gets somewhere: whoever probed need not
// have ended for the others to go on.
func (h *passes) alive() {
	for i, service := range h.services {
		if h.each[i].probe {
			h.pauses.report(service, h.each[i], healthUp, nil)
		}
	}
}

// report takes in what an effect says of a service, and says so where that changes
// anything.
func (p *pauses) report(at Service, with pass, result health, cause error) {
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

// event is a log line about a service. Both lines of a pause are warnings, so
// that whoever is shown the first is shown the second.
func (p *pauses) event(at Service, why PauseReason) *zerolog.Event {
	e := p.logger.Warn().Str("side", string(at.Party)).Str("reason", string(why))
	if at.Bucket != "" {
		e = e.Str("bucket", at.Bucket)
	}
	return e
}

// now are the services that are down, Synapse first.
func (p *pauses) now() []Pause {
	p.mu.Lock()
	defer p.mu.Unlock()
	var down []Pause
	for at, c := range p.circuits {
		if c.open {
			down = append(down, Pause{Service: at, Reason: c.why, Lasts: time.Since(c.since)})
		}
	}
	slices.SortFunc(down, func(a, b Pause) int {
		return strings.Compare(a.rank(), b.rank())
	})
	return down
}

// rank sorts services.
func (s Service) rank() string {
	switch s.Party {
	case PartySynapse:
		return "1"
	case PartySource:
		return "2" + s.Bucket
	}
	return "3" + s.Bucket
}

// pausedError is an error of a service that was found down. It is no fault of
// the item that met it.
type pausedError struct{ err error }

// Error is the cause's.
func (e *pausedError) Error() string { return e.err.Error() }

// Unwrap returns the cause.
func (e *pausedError) Unwrap() error { return e.err }

// Paused reports whether an error is that of a service that was found down.
func Paused(err error) bool {
	var p *pausedError
	return errors.As(err, &p)
}
