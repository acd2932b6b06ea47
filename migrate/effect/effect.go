package effect

import (
	"context"
	"errors"
	"time"

	"github.com/rs/zerolog"

	"synapse-migrate/synapse"
)

// Meter is told which effects are under way.
type Meter interface {
	// Enter notes that an effect begins; the caller calls end at its end.
	Enter(p Phase) (end func())
	// NotCalled takes back the count of a call to Synapse that was not begun.
	NotCalled()
}

// Effects is the way of one run to the world outside. It is safe for
// concurrent use.
type Effects struct {
	// Drain says when no more is begun.
	Drain *Drain
	// Logger is told of waits and further attempts.
	Logger zerolog.Logger

	meter    Meter
	bucket   string
	attempts int
	pauses   *pauses
}

// New is for a run to a bucket, which tries an item so many times.
func New(bucket string, attempts int, m Meter, d *Drain, l zerolog.Logger) *Effects {
	return &Effects{
		Drain: d, Logger: l, meter: m, bucket: bucket, attempts: attempts, pauses: newPauses(l),
	}
}

// Pauses are the services that are down, Synapse first.
func (e *Effects) Pauses() []Pause { return e.pauses.now() }

// Call performs an operation, unless the run has been cancelled. While a service
// that it needs is down, it waits, as long as more is begun: ErrLeft. A call to
// Synapse doesn't wait for the call budget once no more is begun: its error is
// then synapse.ErrNotStarted. An error of f comes back as an *Error.
func Call[T any](
	ctx context.Context, e *Effects, o Operation, f func(context.Context) (T, error),
) (T, error) {
	return CallLong(ctx, e, o, func(ctx context.Context, _ func()) (T, error) { return f(ctx) })
}

// Do is Call for what returns nothing but an error.
func Do(ctx context.Context, e *Effects, o Operation, f func(context.Context) error) error {
	_, err := Call(ctx, e, o, func(ctx context.Context) (struct{}, error) { return struct{}{}, f(ctx) })
	return err
}

// CallLong is Call for an operation that may take hours. It calls alive
// whenever it has got further: others that wait for its service then need not
// wait for its end.
func CallLong[T any](
	ctx context.Context, e *Effects, o Operation, f func(ctx context.Context, alive func()) (T, error),
) (T, error) {
	var none T
	passes, err := e.pauses.enter(ctx, e.Drain, o.services(e.bucket))
	if err != nil {
		return none, err
	}
	if o.phase == PhaseSynapse {
		ctx = synapse.WithStart(ctx, e.Drain.ctx)
	}
	end := e.meter.Enter(o.phase)
	v, err := f(ctx, passes.alive)
	end()
	if errors.Is(err, synapse.ErrNotStarted) {
		e.meter.NotCalled()
	}
	if err = passes.end(ctx, err); err != nil {
		return none, Fail(o, err)
	}
	return v, nil
}

// Drain says whether more may be begun. Effects under way are not its
// business.
type Drain struct {
	ctx  context.Context
	stop context.CancelCauseFunc
}

// NewDrain lets effects begin until Begin is called or ctx is done.
func NewDrain(ctx context.Context) *Drain {
	d := &Drain{}
	d.ctx, d.stop = context.WithCancelCause(ctx)
	return d
}

// Begin lets no more begin, for a reason. Only the first counts.
func (d *Drain) Begin(why error) { d.stop(why) }

// Begun reports whether no more may begin.
func (d *Drain) Begun() bool { return d.ctx.Err() != nil }

// Done is closed once no more may begin.
func (d *Drain) Done() <-chan struct{} { return d.ctx.Done() }

// Why is the reason why no more may begin; nil while it may.
func (d *Drain) Why() error { return context.Cause(d.ctx) }

// wait waits before another attempt, or returns the context's error, or
// ErrLeft once no more is begun.
func (d *Drain) wait(ctx context.Context, how time.Duration) error {
	t := time.NewTimer(how)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-d.Done():
		if err := ctx.Err(); err != nil {
			return err
		}
		return ErrLeft
	case <-ctx.Done():
		return ctx.Err()
	}
}
