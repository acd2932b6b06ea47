package synapse

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// attemptTimeout ends an attempt that hangs. The server itself forgets a
// request after 600 s (UserConcurrentConnectionThrottler, October 2024
// snapshot), and a slow one (adding a part of 5 GiB) may take minutes.
const attemptTimeout = 10 * time.Minute

var errAttemptTimeout = errors.New("no answer within 10 minutes")

// limitTransport sends a request when the limiter lets it, and holds its
// place until the answer's body was read or closed.
type limitTransport struct {
	next    http.RoundTripper
	limiter Limiter
}

// RoundTrip returns an unsentError when waiting is given up.
func (t limitTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	entry, err := t.limiter.Enter(req.Context(), callOf(req.Context()).endpoint)
	if err != nil {
		return nil, unsentError{err}
	}
	ctx, cancel := context.WithTimeoutCause(req.Context(), attemptTimeout, errAttemptTimeout)
	done := func() {
		cancel()
		entry.Leave()
	}
	res, err := t.next.RoundTrip(req.WithContext(ctx))
	if err != nil {
		done()
		return nil, err
	}
	entry.Heed(res.StatusCode, retryAfter(res.Header.Get("Retry-After"), time.Now()))
	res.Body = &notifyingBody{ReadCloser: res.Body, done: sync.OnceFunc(done)}
	return res, nil
}

// notifyingBody calls done at its end, at an error, or when it is closed.
type notifyingBody struct {
	io.ReadCloser
	done func()
}

// Read passes through.
func (b *notifyingBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.done()
	}
	return n, err
}

// Close passes through.
func (b *notifyingBody) Close() error {
	defer b.done()
	return b.ReadCloser.Close()
}

// cookieTransport keeps the server's cookies: sessionID is a part of the
// key under which it counts a caller's requests.
type cookieTransport struct {
	next http.RoundTripper
	jar  http.CookieJar
}

// RoundTrip sends a copy of the request that has the cookies.
func (t cookieTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	for _, c := range t.jar.Cookies(req.URL) {
		req.AddCookie(c)
	}
	res, err := t.next.RoundTrip(req)
	if err == nil {
		t.jar.SetCookies(req.URL, res.Cookies())
	}
	return res, err
}

// logTransport logs each attempt at debug level: no header, no query and no
// body ever.
type logTransport struct {
	next   http.RoundTripper
	logger zerolog.Logger
}

// RoundTrip passes through.
func (t logTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	began := time.Now()
	res, err := t.next.RoundTrip(req)
	t.logger.Debug().Str("method", req.Method).Str("path", req.URL.EscapedPath()).
		Int("status", statusOf(res)).AnErr("cause", err).
		Dur("took", time.Since(began)).Msg("called synapse")
	return res, err
}
