package objectstore

import (
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
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
