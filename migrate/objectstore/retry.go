package objectstore

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"synapse-migrate/migrate/transfer"
)

const (
	// maxAttempts counts the first attempt of a request and its retries.
	maxAttempts = 5
	// maxThrottled is that of a request which the server only puts off: it is
	// well, and wants fewer at a time. With pauses of up to 20 s each that is
	// some minutes.
	maxThrottled = 20
)

// attemptsAfter is how often a request is tried that ended so.
func attemptsAfter(err error) int {
	if throttled(err) {
		return maxThrottled
	}
	return maxAttempts
}

// throttled reports whether a server put a request off, by the code of its
// answer or by the status, which is all that the answer to a HEAD has.
func throttled(err error) bool {
	var api smithy.APIError
	if errors.As(err, &api) && errors.Is(codeKinds[api.ErrorCode()], transfer.ErrThrottled) {
		return true
	}
	var refused *refusedError
	if errors.As(err, &refused) {
		return slowsDown(refused.status)
	}
	var answer interface{ HTTPStatusCode() int }
	return errors.As(err, &answer) && slowsDown(answer.HTTPStatusCode())
}

// slowsDown reports whether a status asks for fewer requests.
func slowsDown(status int) bool {
	return status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests
}

// retryer is the SDK's standard one without its quota, which would give up on
// a whole run in a spell of SlowDown; the limiter slows it instead. It has
// more patience with a server that puts requests off.
type retryer struct {
	*retry.Standard
	maxDelay time.Duration
}

// newRetryer pauses for so long at most.
func newRetryer(maxDelay time.Duration) aws.Retryer {
	return retryer{maxDelay: maxDelay, Standard: retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts, o.MaxBackoff = maxThrottled, maxDelay
		o.Backoff = renewedAtOnce{retry.NewExponentialJitterBackoff(maxDelay)}
		o.RateLimiter = ratelimit.None
		o.Retryables = append(o.Retryables, retry.IsErrorRetryableFunc(passing),
			retry.RetryableErrorCode{Codes: map[string]struct{}{
				// Another write to the key was under way (source: S3 user
				// guide, conditional writes, 2025).
				"ConditionalRequestConflict": {}, "OperationAborted": {},
			}})
	})}
}

// RetryDelay is the pause after an attempt (from 1): what the server asked
// for, where that is longer than the SDK's. After the last attempt it is the
// error, which ends the SDK's loop.
func (r retryer) RetryDelay(attempt int, err error) (time.Duration, error) {
	if attempt >= attemptsAfter(err) {
		return 0, err
	}
	d, delayErr := r.Standard.RetryDelay(attempt, err)
	var answer *smithyhttp.ResponseError
	if errors.As(err, &answer) && answer.Response != nil && throttled(err) {
		d = max(d, min(retryAfter(answer.Response.Header), r.maxDelay))
	}
	return d, delayErr
}

// passing lets the retryer repeat a request that was put off, or whose reply
// broke off or stalled. Effects are safe to repeat: every write is conditional
// or looked up.
func passing(err error) aws.Ternary {
	var cut *smithy.DeserializationError
	if errors.Is(err, errEndless) { // it would be as long again
		return aws.FalseTernary
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, errStalled) ||
		errors.As(err, &cut) || throttled(err) {
		return aws.TrueTernary
	}
	return aws.UnknownTernary
}

// noticeSkew lets the SDK's retry loop see a clock that is wrong where S3's
// answer can't say so: that to a HEAD has no body and so no code. The loop
// compares the answer's date with the time of the signature, and tries again
// by the server's clock only where they are minutes apart; other refusals
// stay what they are.
func noticeSkew(stack *middleware.Stack) error {
	return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("NoticeSkew", func(
		ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
	) (middleware.FinalizeOutput, middleware.Metadata, error) {
		out, meta, err := next.HandleFinalize(ctx, in)
		var api smithy.APIError
		var answer interface{ HTTPStatusCode() int }
		if errors.As(err, &answer) && answer.HTTPStatusCode() == http.StatusForbidden {
			_ = errors.As(err, &api)
			if codeless(api, http.StatusForbidden) {
				err = maybeSkewed{err}
			}
		}
		return out, meta, err
	}), "Retry", middleware.After)
}

// maybeSkewed is a refusal without a code, for which the clock may be to
// blame. It is no smithy.APIError: to all but the retry loop it is the refusal.
type maybeSkewed struct{ error }

// ErrorCode is S3's for a signature of another time than now ("Error
// responses", Amazon S3 API Reference, read November 2026).
func (maybeSkewed) ErrorCode() string { return "RequestTimeTooSkewed" }

// Unwrap is the refusal.
func (m maybeSkewed) Unwrap() error { return m.error }
