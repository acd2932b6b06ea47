package synapse

import "context"

// startKey is where a context holds what ends its calls' waiting.
type startKey struct{}

// WithStart returns a context for calls that may be left undone. Once start
// is done, they wait no longer, neither for the Budget nor for another
// attempt; start itself says nothing about ctx. What needs no waiting is
// begun all the same, and what is under way goes on under ctx.
//
// A call that gives up waiting returns ErrNotStarted, as long as none of its
// attempts can have had an effect. Otherwise it returns what the latest
// attempt came to, with ErrUnknownOutcome where another attempt would have
// had to find that out.
func WithStart(ctx, start context.Context) context.Context {
	return context.WithValue(ctx, startKey{}, start.Done())
}

// hurry is closed when a call of the context shall wait no longer; nil
// without WithStart.
func hurry(ctx context.Context) <-chan struct{} {
	done, _ := ctx.Value(startKey{}).(<-chan struct{})
	return done
}

// givenUp is why waiting ended: the context's own error, or ErrNotStarted.
func givenUp(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return ErrNotStarted
}
