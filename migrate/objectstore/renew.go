package objectstore

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	"github.com/rs/zerolog"
)

// refresher is a provider that can be told that its credentials were
// refused; credentials.Renewing is one.
type refresher interface {
	Refresh(ctx context.Context, stale aws.Credentials) error
	// Accepted is told of credentials that S3 took.
	Accepted(aws.Credentials)
}

// signing is what one call, with all its attempts, remembers of the
// credentials that signed it.
type signing struct {
	used    aws.Credentials
	renewed bool
}

type signingKey struct{}

// openKey marks a request whose bare 400 may have another cause than expired
// credentials, and which is followed by another one that has not.
type openKey struct{}

// tracked notes for each call which credentials it was given.
type tracked struct{ aws.CredentialsProvider }

// IsCredentialsProvider lets the SDK see through to what is passed on: it
// signs nothing for the anonymous.
func (t tracked) IsCredentialsProvider(target aws.CredentialsProvider) bool {
	return aws.IsCredentialsProvider(t.CredentialsProvider, target)
}

// Retrieve passes on.
func (t tracked) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := t.CredentialsProvider.Retrieve(ctx)
	if s, ok := ctx.Value(signingKey{}).(*signing); ok && err == nil {
		s.used = c
	}
	return c, err
}

// renewal renews expired credentials once a call. It works in two places of
// the SDK's stack, around the retry loop and inside it: the loop asks for
// credentials at every attempt, so an attempt after a renewal is signed
// with the new ones.
type renewal struct {
	provider aws.CredentialsProvider
	logger   zerolog.Logger
}

// install adds both places to a call's stack.
func (r renewal) install(stack *middleware.Stack) error {
	outer := middleware.FinalizeMiddlewareFunc("RememberSigning", remember)
	if err := stack.Finalize.Insert(outer, "Retry", middleware.Before); err != nil {
		return fmt.Errorf("object store: %w", err)
	}
	inner := middleware.FinalizeMiddlewareFunc("RenewExpired", r.attempt)
	if err := stack.Finalize.Insert(inner, "Retry", middleware.After); err != nil {
		return fmt.Errorf("object store: %w", err)
	}
	return nil
}

// remember gives a call its memory.
func remember(
	ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
) (middleware.FinalizeOutput, middleware.Metadata, error) {
	return next.HandleFinalize(context.WithValue(ctx, signingKey{}, &signing{}), in)
}

// attempt makes one attempt. If it fails for expired credentials, they are
// renewed and the failure is marked for the retry loop, once.
func (r renewal) attempt(
	ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
) (middleware.FinalizeOutput, middleware.Metadata, error) {
	out, meta, err := next.HandleFinalize(ctx, in)
	s, ok := ctx.Value(signingKey{}).(*signing)
	p, renews := r.provider.(refresher)
	if !ok || !renews {
		return out, meta, err
	}
	if err == nil {
		p.Accepted(s.used)
	}
	if err == nil || s.renewed || !expired(err, s.used, time.Now()) || ctx.Value(openKey{}) != nil && bare400(err) {
		return out, meta, err
	}
	s.renewed = true
	r.logger.Debug().Err(err).Msg("S3 says that the credentials have expired")
	if renewErr := p.Refresh(ctx, s.used); renewErr != nil {
		if s.used.SessionToken == "" {
			return out, meta, err // nobody expects long-lived keys to be renewed
		}
		return out, meta, fmt.Errorf("%w, after: %w", renewErr, err)
	}
	return out, meta, renewedError{err}
}

// renewedError is a refusal of credentials that have since been renewed.
type renewedError struct{ error }

// RetryableError tells the SDK's retryer to go on.
func (renewedError) RetryableError() bool { return true }

// Unwrap is the refusal.
func (e renewedError) Unwrap() error { return e.error }

// renewedAtOnce doesn't wait where credentials were renewed: S3 is well, and
// the new ones grow old.
type renewedAtOnce struct{ retry.BackoffDelayer }

// BackoffDelay is the pause before the next attempt.
func (r renewedAtOnce) BackoffDelay(attempt int, err error) (time.Duration, error) {
	var renewed renewedError
	if errors.As(err, &renewed) {
		return 0, nil
	}
	return r.BackoffDelayer.BackoffDelay(attempt, err)
}

// expired reports whether S3 refused a request because its credentials, used,
// are no longer good: temporary ones that have expired, or long-lived ones
// that have been replaced.
func expired(err error, used aws.Credentials, now time.Time) bool {
	var api smithy.APIError
	if errors.As(err, &api) && refusedCodes[api.ErrorCode()] {
		return true
	}
	if used.SessionToken == "" {
		return false
	}
	var status interface{ HTTPStatusCode() int }
	if !errors.As(err, &status) {
		return false
	}
	// The answer to a HEAD has no body and so no code: a bare 400 is what S3
	// gives for an expired token there, a bare 403 what others give.
	switch status.HTTPStatusCode() {
	case http.StatusBadRequest:
		return codeless(api, http.StatusBadRequest)
	case http.StatusForbidden:
		return used.CanExpire && !now.Before(used.Expires) &&
			codeless(api, http.StatusForbidden)
	}
	return false
}

// bare400 reports whether an error is an answer 400 without a code.
func bare400(err error) bool {
	var api smithy.APIError
	var status interface{ HTTPStatusCode() int }
	_ = errors.As(err, &api)
	return errors.As(err, &status) && status.HTTPStatusCode() == http.StatusBadRequest && codeless(api, http.StatusBadRequest)
}

// codeless reports whether the error has no code of S3's, only the one that
// the SDK makes of the status.
func codeless(api smithy.APIError, status int) bool {
	if api == nil {
		return true
	}
	switch api.ErrorCode() {
	case "", "UnknownError", fmt.Sprint(status),
		compact(http.StatusText(status)):
		return true
	}
	return false
}
