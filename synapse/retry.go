package synapse

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// Waits between attempts, as the official Python client has them (October
// 2024): 1 s, doubling up to 30 s, each times a random 0.5 to 1.5.
const (
	firstWait = time.Second
	maxWait   = 30 * time.Second
)

const (
	// maxAttempts spreads the attempts of one call over about 90 s.
	maxAttempts = 8
	// maxDials is less: a host that can't be reached is mostly a mistake.
	maxDials = 4
	// maxRetryAfter is the longest wait of the server's own choice that is
	// waited here; a longer one is left to the caller.
	maxRetryAfter = 10 * time.Minute
	// maxAnswerBytes bounds what is read of one answer. The largest
	// documents are batches of 100 handles, below 1 MiB.
	maxAnswerBytes = 32 << 20
)

// fate is what became of one attempt.
type fate string

const (
	fateAnswered fate = "answered" // done, or refused for good
	fateRefused  fate = "refused"  // not executed, may be later
	fateUnsent   fate = "unsent"   // never reached the server
	fateHopeless fate = "hopeless" // never will
	fateLost     fate = "lost"     // may have been executed
	fateUnread   fate = "unread"   // the same, and its answer can't be read again either
)

// unsentError is the cause why a request was not sent.
type unsentError struct{ error }

// Unwrap returns the cause.
func (e unsentError) Unwrap() error { return e.error }

// fateOf judges an attempt by its answer, or by its error when there is no
// answer. 429 is always a refusal; so is a 503 of Synapse itself, which is
// known by its reason. Anything else behind 502, 503 and 504 comes from a
// gateway that doesn't know what Synapse did, and 500 is Synapse's own trouble,
// of which nobody knows how far it had come. The official Python client repeats
// all of them (October 2024).
func fateOf(status int, body []byte, err error) fate {
	if err != nil {
		return fateOfError(err)
	}
	switch status {
	case http.StatusTooManyRequests:
		return fateRefused
	case http.StatusServiceUnavailable:
		if reason, _ := decodeErrorBody(body); reason != "" {
			return fateRefused
		}
		return fateLost
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusGatewayTimeout:
		return fateLost
	}
	return fateAnswered
}

// fateOfError judges an attempt without an answer.
func fateOfError(err error) fate {
	var (
		unsent      unsentError
		operation   *net.OpError
		name        *net.DNSError
		certificate *tls.CertificateVerificationError
	)
	switch {
	case errors.Is(err, ErrAnswerTooLarge):
		return fateUnread
	case errors.Is(err, ErrNotStarted), errors.As(err, &certificate):
		return fateHopeless
	case errors.As(err, &name) && name.IsNotFound:
		return fateHopeless
	case errors.As(err, &unsent):
		return fateUnsent
	case errors.As(err, &operation) && operation.Op == "dial":
		return fateUnsent
	}
	return fateLost
}

// again decides whether a call is sent once more after its nth attempt
// (from 1) and the wait that the server asked for (0: none).
func again(f fate, r repeat, attempt int, asked time.Duration) bool {
	if attempt >= maxAttempts || asked > maxRetryAfter {
		return false
	}
	switch f {
	case fateRefused:
		return true
	case fateUnsent:
		return attempt < maxDials
	case fateLost:
		return r != repeatNever
	}
	return false
}

// backoff is the wait after the nth attempt (from 1): what the server asked
// for, else doubling. Jitter is the random factor.
func backoff(attempt int, asked time.Duration, jitter float64) time.Duration {
	if asked > 0 {
		return asked
	}
	d := maxWait
	if attempt < 6 {
		d = min(maxWait, firstWait<<(attempt-1))
	}
	return time.Duration(float64(d) * jitter)
}

// retryAfter reads a Retry-After header, seconds or a date (RFC 9110,
// section 10.2.3); 0 when there is none to obey.
func retryAfter(value string, now time.Time) time.Duration {
	if n, err := strconv.ParseInt(value, 10, 32); err == nil {
		return max(0, time.Duration(n)*time.Second)
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// retryTransport repeats requests where that is safe, under their context.
// It reads answers whole, so that one that is cut counts as lost.
type retryTransport struct {
	next    http.RoundTripper
	retried func() // before each attempt but the first
	logger  zerolog.Logger
	notice  *notice
}

// RoundTrip returns the last attempt's answer or error. ErrNotStarted takes
// its place only if no attempt was lost.
func (t retryTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	made := callOf(ctx)
	var last outcome
	for attempt := 1; ; attempt++ {
		res, body, err := t.attempt(req)
		if made.lost && errors.Is(err, ErrNotStarted) {
			return last.res, last.err
		}
		last = outcome{res, err}
		f, cause := made.fateOf(res, body, err)
		made.lost = made.lost || f == fateLost || f == fateUnread
		var asked time.Duration
		if res != nil {
			asked = retryAfter(res.Header.Get("Retry-After"), time.Now())
		}
		if ctx.Err() != nil || !again(f, made.repeat, attempt, asked) {
			return res, err
		}
		wait := backoff(attempt, asked, 0.5+rand.Float64())
		t.logger.WithLevel(t.level(attempt)).
			Str("call", made.endpoint).Int("attempt", attempt).
			Int("status", statusOf(res)).Str("reason", reasonOf(body)).
			AnErr("cause", cause).Dur("wait", wait).Msg("trying again")
		err = sleep(ctx, wait)
		if made.lost && errors.Is(err, ErrNotStarted) {
			return last.res, last.err
		}
		if err != nil {
			return nil, unsentError{err}
		}
		if req, err = rewound(req); err != nil {
			return nil, unsentError{err}
		}
		t.retried()
	}
}

// fateOf judges an attempt of the call, and says why where the status doesn't: an
// answer of success that is not the document that was asked for is as good as
// lost.
func (c *call) fateOf(res *http.Response, body []byte, err error) (fate, error) {
	f := fateOf(statusOf(res), body, err)
	if f == fateAnswered && c.decode != nil && successful(statusOf(res)) {
		if err = c.decode(body); err != nil {
			f = fateLost
		}
	}
	return f, err
}

// successful reports whether a status is one of success.
func successful(status int) bool { return status >= 200 && status < 300 }

// level is how loud the wait after the nth attempt (from 1) is logged. Who
// watches a command that stands still, because the server is down or in
// maintenance, gets to know why, but not for every call.
func (t retryTransport) level(attempt int) zerolog.Level {
	if attempt >= noticeAttempts && t.notice.due(time.Now()) {
		return zerolog.WarnLevel
	}
	return zerolog.InfoLevel
}

const (
	// noticeAttempts is about 3 s of waiting for one call.
	noticeAttempts = 3
	noticePause    = time.Minute
)

// notice keeps warnings noticePause apart, for all calls of a client.
type notice struct {
	mu   sync.Mutex
	last time.Time
}

// due reports whether it is time for another warning, and takes it as given.
func (n *notice) due(now time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.last.IsZero() && now.Sub(n.last) < noticePause {
		return false
	}
	n.last = now
	return true
}

// reasonOf is what the server says of an answer that is no success, in
// short.
func reasonOf(body []byte) string {
	reason, _ := decodeErrorBody(body)
	return cut([]byte(reason), maxReasonBytes)
}

// maxReasonBytes bounds what is logged of a server's reason.
const maxReasonBytes = 300

// outcome is what an attempt came to.
type outcome struct {
	res *http.Response
	err error
}

func statusOf(res *http.Response) int {
	if res == nil {
		return 0
	}
	return res.StatusCode
}

// attempt sends the request once and reads the answer. The body of an error
// may be cut: its status says enough.
func (t retryTransport) attempt(req *http.Request) (*http.Response, []byte, error) {
	res, err := t.next.RoundTrip(req)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswerBytes+1))
	if err == nil && len(body) > maxAnswerBytes {
		err = ErrAnswerTooLarge
	}
	if err != nil && res.StatusCode < 400 {
		return nil, nil, fmt.Errorf("reading the answer: %w", err)
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, body, nil
}

// ErrAnswerTooLarge is an answer of more than 32 MiB, longer than any of
// Synapse's. Another one would be as long.
var ErrAnswerTooLarge = errors.New("answer is too large")

// rewound returns the request with its body at the start.
func rewound(req *http.Request) (*http.Request, error) {
	next := req.Clone(req.Context())
	if req.GetBody == nil {
		return next, nil
	}
	body, err := req.GetBody()
	if err != nil {
		return nil, fmt.Errorf("rewinding the request: %w", err)
	}
	next.Body = body
	return next, nil
}

// sleep waits, or returns the reason to give up.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-hurry(ctx):
		return givenUp(ctx)
	case <-ctx.Done():
		return ctx.Err()
	}
}
