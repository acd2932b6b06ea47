package objectstore

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/rs/zerolog"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// downloadURLLife is how long a download URL is used for new requests: its
// 30 seconds, less a slow request's way. A body that has begun goes on
// (source: Synapse's FileHandleManagerImpl, October 2024).
const downloadURLLife = 20 * time.Second

// DownloadURLs gives URLs that anybody can read the bytes of a file handle
// from for a while. An error wraps transfer.ErrDenied, transfer.ErrNotFound
// or transfer.ErrCredentials where that is the case, and holds no URL. It is
// safe for concurrent use.
type DownloadURLs interface {
	DownloadURL(ctx context.Context, d planner.Download) (string, error)
}

// WebOptions shape a Web; the zero value is ready for use.
type WebOptions struct {
	// Transport sends the requests; nil is one with enough idle connections
	// for Concurrency.
	Transport http.RoundTripper
	// Roots are whom a nil Transport trusts; nil is the system's.
	Roots *x509.CertPool
	// AllowPlainHTTP allows http to other machines than this one.
	AllowPlainHTTP bool
	// Concurrency is the largest number of requests in flight; 0 is 32.
	Concurrency int
	// RangeConcurrency is the number of ranges of one object read at once;
	// 0 is 4.
	RangeConcurrency int
	// MaxRetryDelay bounds the pause before a request is tried again; 0 is
	// 20 seconds.
	MaxRetryDelay time.Duration
	// Vouched reports whether an object's size or MD5 is known from elsewhere
	// than its server, so that a web page in its place shows; nil is that of
	// none. Objects whose Download is set are vouched for.
	Vouched func(planner.Object) bool
	// Logger is told of retries; the zero value discards.
	Logger zerolog.Logger
}

// Web reads objects from http and https URLs, which are secrets: their query
// is in no error and no log. No token, cookie or referrer is sent to where
// they lead. It is safe for concurrent use.
type Web struct {
	options   WebOptions
	transport *transport
	targets   *targets
	// beside reads the same for looks that nothing may hold up.
	beside *Web
}

// NewDownloads reads objects whose Download is set from the URLs that
// Synapse gives for them. A URL is asked for when there is none that is
// young enough, or when the server refuses it, and shared by all reads of
// one object.
func NewDownloads(urls DownloadURLs, o WebOptions) *Web {
	ask := func(ctx context.Context, object planner.Object) (string, error) {
		if object.Download == nil {
			return "", errors.New("no file handle to download")
		}
		return urls.DownloadURL(ctx, *object.Download)
	}
	return newWeb(ask, downloadURLLife, o)
}

// NewURLs reads objects from URLs that stay the same, public or presigned.
// The function returns an object's; its errors hold no URL.
func NewURLs(of func(planner.Object) (string, error), o WebOptions) *Web {
	ask := func(_ context.Context, object planner.Object) (string, error) { return of(object) }
	return newWeb(ask, 0, o)
}

// newWeb reads from the URLs that ask gives; those without a life are never
// asked for again.
func newWeb(
	ask func(context.Context, planner.Object) (string, error), life time.Duration, o WebOptions,
) *Web {
	s := Options{
		Concurrency: o.Concurrency, PartConcurrency: o.RangeConcurrency,
		MaxRetryDelay: o.MaxRetryDelay,
	}.withDefaults()
	o.RangeConcurrency, o.MaxRetryDelay = s.PartConcurrency, s.MaxRetryDelay
	if o.Transport == nil {
		o.Transport = newHTTPClient(s.Concurrency, o.Roots).Transport
	}
	w := &Web{
		options:   o,
		transport: newTransport(roundTripper{o.Transport}, s.Concurrency, o.Logger),
		targets:   newTargets(ask, life),
	}
	w.beside = &Web{options: o, transport: w.transport.beside(), targets: w.targets}
	return w
}

// roundTripper sends one request, and follows no redirect.
type roundTripper struct{ http.RoundTripper }

// Do sends.
func (r roundTripper) Do(req *http.Request) (*http.Response, error) { return r.RoundTrip(req) }

// Counters are what was read so far; the calls are requests sent, redirects
// and retries included.
func (w *Web) Counters() Counters { return w.transport.counters.snapshot() }

// Begin asks for a range.
func (w *Web) Begin(
	ctx context.Context, o planner.Object, first, length int64,
) (*Answer, error) {
	t := w.targets.acquire(o)
	got, err := w.fetch(ctx, t, span{o, first, length})
	if err != nil {
		w.targets.release(t)
		return nil, webFailure(o, err)
	}
	got.Body = &countedBody{ReadCloser: got.Body, done: func() { w.targets.release(t) }}
	return got, nil
}

// fetch asks until there is an answer: with another URL where one is
// refused, once, and again after what may pass.
func (w *Web) fetch(ctx context.Context, t *target, s span) (*Answer, error) {
	var refused *url.URL
	for attempt := 1; ; attempt++ {
		u, err := t.url(ctx, refused)
		if err != nil {
			return nil, err
		}
		got, err := w.ask(ctx, t, u, s)
		switch {
		case err == nil:
			return got, nil
		case errors.Is(err, transfer.ErrDenied) && refused == nil && t.renewable():
			refused = u
			continue
		}
		if err := w.wait(ctx, s.object, err, attempt); err != nil {
			return nil, err
		}
	}
}

// wait waits before another attempt after an error that may pass. Otherwise it
// returns that error, or the context's.
func (w *Web) wait(ctx context.Context, o planner.Object, cause error, attempt int) error {
	if lasting(cause) || attempt >= attemptsAfter(cause) || ctx.Err() != nil {
		return cause
	}
	w.options.Logger.Debug().Err(cause).Str("object", place(o)).Msg("reading again")
	return pause(ctx, w.delay(cause, attempt))
}

// delay is the pause after a failed attempt: what the server asked for, or
// one that doubles.
func (w *Web) delay(err error, attempt int) time.Duration {
	d := firstPause << (attempt - 1)
	var refused *refusedError
	if errors.As(err, &refused) {
		d = max(d, refused.after)
	}
	return min(d, w.options.MaxRetryDelay)
}

// ask makes one request, redirects included.
func (w *Web) ask(ctx context.Context, t *target, u *url.URL, s span) (*Answer, error) {
	resp, err := w.follow(ctx, u, s.header(t.pin()))
	if err != nil {
		return nil, err
	}
	more, err := s.judge(resp)
	if err == nil {
		err = t.hold(s.object, resp.Header)
	}
	if err == nil && w.page(s.object, resp) {
		err = ErrPage
	}
	if err != nil {
		_ = resp.Body.Close()
		return nil, err
	}
	return &Answer{
		Body: resp.Body, Headers: ofWeb(resp.Header), More: more,
		ETag: unquote(resp.Header.Get("ETag")),
	}, nil
}

// Describe reads the first byte, which all servers let be read that give the
// others: a URL signed for reading is not good for a HEAD.
func (w *Web) Describe(ctx context.Context, o planner.Object) (Description, error) {
	got, err := w.Begin(ctx, o, 0, min(1, o.SizeBytes))
	if err != nil {
		return Description{}, err
	}
	if !got.More { // else the connection is of no more use
		_, _ = io.CopyN(io.Discard, got.Body, 2)
	}
	_ = got.Body.Close()
	o.ETag = got.ETag
	d := unproven(o)
	d.ContentType = aws.ToString(got.Headers.ContentType)
	return Description{Detail: d, Headers: got.Headers}, nil
}

// Ranges is the option.
func (w *Web) Ranges() int { return w.options.RangeConcurrency }
