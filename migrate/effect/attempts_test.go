package effect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/synapse"
)

// opCreate stands for any call to Synapse.
var opCreate = OnSynapse("create file entity")

func TestDecide(t *testing.T) {
	status := func(s int) error {
		return Fail(opCreate, &synapse.Error{Status: s})
	}
	tests := []struct {
		err  error
		want Decision
	}{
		{status(400), DecideFail},
		{status(401), DecideStop},
		{status(403), DecideFail},
		{status(404), DecideFail},
		{status(408), DecideRetry},
		{status(412), DecideRetry},
		{status(413), DecideFail},
		{status(423), DecideRetry},
		{status(429), DecideRetry},
		{status(500), DecideRetry},
		{status(503), DecideRetry},
		{&synapse.Error{Cause: io.ErrUnexpectedEOF}, DecideRetry},
		{fmt.Errorf("%w: %w", synapse.ErrUnknownOutcome, status(502)), DecideRetry},
		{synapse.ErrAnonymous, DecideStop},
		{transfer.ErrCredentials, DecideStop},
		{fmt.Errorf("%w: disk full", ErrRunFile), DecideStop},
		{transfer.ErrChanged, DecideFail},
		{transfer.ErrDenied, DecideFail},
		{fmt.Errorf("%w: %w", ErrGivenUp, io.ErrUnexpectedEOF), DecideFail},
		{ErrConflict, DecideFail},
		{ErrWaited, DecideFail},
		{ErrHandleRefused, DecideFail},
		{ErrNoUpload, DecideFail},
		{ErrVanished, DecideRetry},
		{context.DeadlineExceeded, DecideRetry}, // a request's own
		{io.ErrUnexpectedEOF, DecideRetry},
		{Fail(opCreate, &synapse.Error{Cause: synapse.ErrNotStarted}), DecideLeave},
		{ErrLeft, DecideLeave},
	}
	for _, test := range tests {
		t.Run(test.err.Error(), func(t *testing.T) {
			if got := Decide(test.err, 1, 2); got != test.want {
				t.Errorf("Decide = %s, want %s", got, test.want)
			}
			last := test.want
			if last == DecideRetry {
				last = DecideFail
			}
			if got := Decide(test.err, 2, 2); got != last {
				t.Errorf("Decide of the last attempt = %s, want %s", got, last)
			}
		})
	}
}

// TestCancellationWinsOverDrain: who waits when a run is cancelled learns so,
// although no more is begun either.
func TestCancellationWinsOverDrain(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	d := NewDrain(ctx)
	cancel()
	for range 50 { // both are ready at once, either may be seen first
		if err := d.wait(ctx, time.Hour); !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v, want canceled", err)
		}
	}
}

func TestBackoff(t *testing.T) {
	for attempt, want := range map[int]time.Duration{
		1: time.Second, 2: 2 * time.Second, 5: 16 * time.Second, 6: maxBackoff, 99: maxBackoff,
	} {
		if got := backoff(attempt); got != want {
			t.Errorf("backoff(%d) = %v, want %v", attempt, got, want)
		}
	}
}

// effects are of a run that nobody drains.
func effects(t *testing.T) *Effects {
	return New("dest", 4, silent{}, NewDrain(t.Context()), zerolog.Nop())
}

// silent is a Meter.
type silent struct{}

func (silent) Enter(Phase) func() { return func() {} }
func (silent) NotCalled()         {}

// TestLayersDontMultiply: what a part has given up is not tried again by its
// item, and a service that is down counts no attempt of either, and is waited
// for by one of them alone.
func TestLayersDontMultiply(t *testing.T) {
	down := &pausedError{io.EOF}
	tests := []struct {
		name  string
		err   error
		sends int
	}{
		{"a cut", io.ErrUnexpectedEOF, 4},
		{"a refused URL", ErrURLRefused, 4},
		{"another object", transfer.ErrChanged, 1},
		{"what Synapse's client repeated", Fail(opCreate, &synapse.Error{Status: 500}), 4},
		{"down for good", down, maxPauses + 4},
	}
	for _, test := range tests {
		synctest.Test(t, func(t *testing.T) {
			e, sends, attempts := effects(t), 0, 1
			failed, err := e.Item(t.Context(), zerolog.Nop(), func(ctx context.Context) error {
				return e.Part(ctx, zerolog.Nop(), func(context.Context) error { sends++; return test.err })
			}, func() { attempts++ })
			if err != nil || !errors.Is(failed, test.err) || sends != test.sends {
				t.Errorf("%s: sent %d times, %v, %v, want %d times", test.name, sends, failed, err, test.sends)
			}
			if errors.Is(failed, ErrGivenUp) && attempts != 1 {
				t.Errorf("%s: %d attempts at the item, want 1", test.name, attempts)
			}
		})
	}
}
