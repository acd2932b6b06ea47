package synapse

import (
	"context"
	"time"
)

// Limiter lets the requests of one user start. A Budget is the Limiter of one
// process; one that several machines share would be another. It must be safe
// for concurrent use.
type Limiter interface {
	// Enter waits until a request may start. Endpoint is the method and the
	// path, with {} where IDs stand. The only errors are those of the context
	// and, with WithStart, ErrNotStarted.
	Enter(ctx context.Context, endpoint string) (Entry, error)
}

// Entry is a request that a Limiter let start.
type Entry struct {
	// Heed is told the status of the answer, and for how long it asks to
	// wait; not when there was no answer.
	Heed func(status int, retryAfter time.Duration)
	// Leave is called once, when the answer was read or given up.
	Leave func()
}

// Enter is Acquire for a request that has an endpoint and an answer.
func (b *Budget) Enter(ctx context.Context, endpoint string) (Entry, error) {
	p, err := b.enter(ctx, endpoint)
	if err != nil {
		return Entry{}, err
	}
	return Entry{Heed: p.heed, Leave: p.leave}, nil
}
