package effect

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"

	"synapse-migrate/synapse"
)

// Decision is what is done about an error.
type Decision string

// The decisions.
const (
	// DecideRetry works again after a wait, DecideRetryNow without one.
	DecideRetry    Decision = "retry"
	DecideRetryNow Decision = "retry now"
	DecideFail     Decision = "fail"
	DecideStop     Decision = "stop"
	// DecideLeave leaves the item in the state it has: nothing is wrong with
	// it.
	DecideLeave Decision = "leave"
)

// Decide decides about the error of an attempt, the given one of a number of
// attempts (from 1, and 0 for none that counts).
func Decide(err error, attempt, attempts int) Decision {
	switch _, what := classify(err); {
	case what == remedyStop:
		return DecideStop
	case what == remedyLeave:
		return DecideLeave
	case what == remedyGiveUp, attempt >= attempts:
		return DecideFail
	}
	return DecideRetry
}

// decidePart is Decide for a part that is sent with a presigned URL. What
// Synapse answers to a call is left to the item's attempts: its client has
// repeated that. A refused URL asks for a new one, which needs no wait.
func decidePart(err error, attempt, attempts int) Decision {
	d := Decide(err, attempt, attempts)
	var answer *synapse.Error
	switch {
	case d != DecideRetry || attempt == 0:
		return d
	case errors.As(err, &answer):
		return DecideFail
	case errors.Is(err, ErrURLRefused):
		return DecideRetryNow
	}
	return d
}

// maxPauses is how often work meets a service that is down before that counts
// as an attempt: a day and more, at maxBackoff each.
const maxPauses = 3000

// maxBackoff caps the waits between attempts.
const maxBackoff = 30 * time.Second

// backoff is the wait after a failed attempt, counted from 1: 1 s, doubling
// up to maxBackoff, as the official clients wait (reference: October 2024).
func backoff(attempt int) time.Duration {
	d := time.Second
	for range attempt - 1 {
		if d *= 2; d >= maxBackoff {
			return maxBackoff
		}
	}
	return d
}

// Item works on an item, a folder or a batch of items until that succeeds.
// Failed is why it was given up, or ErrLeft or what else Leaves. Err is a reason
// to stop the run. Again is told of each further attempt; it may be nil.
func (e *Effects) Item(
	ctx context.Context, log zerolog.Logger, work func(context.Context) error, again func(),
) (failed, err error) {
	return e.repeat(ctx, log, Decide, work, again)
}

// Part sends one part of an upload until that succeeds. An error that was met
// as often as allowed is not tried again by the item's attempts: ErrGivenUp.
func (e *Effects) Part(ctx context.Context, log zerolog.Logger, send func(context.Context) error) error {
	failed, err := e.repeat(ctx, log, decidePart, send, func() {})
	switch {
	case err != nil:
		return err
	case failed != nil && (Paused(failed) || decidePart(failed, 1, 2) != DecideFail) && !Leaves(failed):
		return fmt.Errorf("%w: %w", ErrGivenUp, failed)
	}
	return failed
}

// repeat works until that succeeds or decide says otherwise. A service that is
// down is waited for by the next effect that needs it, which is no attempt.
func (e *Effects) repeat(
	ctx context.Context, log zerolog.Logger, decide func(err error, attempt, attempts int) Decision,
	work func(context.Context) error, again func(),
) (failed, err error) {
	for attempt, waits := 0, 0; ; {
		err := work(ctx)
		if err == nil {
			return nil, nil
		}
		counted := 0
		if Paused(err) && waits < maxPauses {
			waits++
		} else {
			attempt++
			counted = attempt
		}
		d := decide(err, counted, e.attempts)
		switch {
		case d == DecideStop:
			return nil, err
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case d == DecideFail, d == DecideLeave:
			return err, nil
		case counted == 0:
			continue
		}
		log.Debug().Int("attempt", attempt).Err(err).Msg("trying again")
		if d == DecideRetry {
			err = e.Drain.wait(ctx, backoff(attempt))
			if errors.Is(err, ErrLeft) {
				return err, nil
			}
			if err != nil {
				return nil, err
			}
		}
		again()
	}
}
