package synapse

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"time"

	"github.com/rs/zerolog"

	"synapse-migrate/synapse/loopback"
)

// Options are what a Client is made of. The zero value calls the production
// service as nobody.
type Options struct {
	// Endpoint is the base URL, as ParseEndpoint reads it; empty is
	// DefaultEndpoint.
	Endpoint string
	// Token is the access token; empty calls as the anonymous user.
	Token Token
	// Budget is shared by all clients of a process that call as one user: a
	// Budget. Nil gives this client one of its own, with the service's limits.
	Budget Limiter
	// Transport carries the requests; nil is a new http.Transport. It must
	// neither retry nor follow redirects.
	Transport http.RoundTripper
	// UserAgent is sent with each request; empty is synapse-migrate.
	UserAgent string
	// Logger gets each attempt at debug level and each wait at info level,
	// or at warn level where a call was tried three times and the last
	// warning is a minute old; without secrets, queries and bodies other
	// than the server's reason. The zero value discards.
	Logger zerolog.Logger
	// AllowPlainHTTP permits an endpoint without encryption that is not on
	// this machine.
	AllowPlainHTTP bool
}

// Client calls Synapse as one user. It is safe for concurrent use. Errors
// of its methods are an Error (errors.As), and match the sentinels of this
// package (errors.Is).
//
// Each call waits for the Budget and is tried again, up to 8 times in all,
// where that is safe: after 429 and after 503 with a reason, which the
// server did not execute; after 502, 504, other 503 and cut connections only
// if repeating the call changes nothing. A create that may have happened is
// not repeated and returns ErrUnknownOutcome.
//
// Its calls are grouped by subject.
type Client struct {
	EntityCalls
	VersionCalls
	AccessCalls
	ProvenanceCalls
	HandleCalls
	UploadCalls
	StorageCalls
	PrincipalCalls

	base      *url.URL
	token     Token
	userAgent string
	transport http.RoundTripper
}

// New makes a Client and connects to nothing yet. It returns ErrPlainHTTP
// for an endpoint that would carry the token unencrypted across a network.
func New(o Options) (*Client, error) {
	base, err := ParseEndpoint(o.Endpoint)
	if err != nil {
		return nil, err
	}
	if !o.AllowPlainHTTP && loopback.Clear(base) {
		return nil, fmt.Errorf("endpoint %s: %w", base, ErrPlainHTTP)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, fmt.Errorf("making a cookie jar: %w", err)
	}
	c := &Client{base: base, token: o.Token, userAgent: o.UserAgent}
	if c.userAgent == "" {
		c.userAgent = "synapse-migrate"
	}
	c.transport = stack(o, jar)
	c.EntityCalls, c.VersionCalls = EntityCalls{c}, VersionCalls{c}
	c.AccessCalls, c.ProvenanceCalls = AccessCalls{c}, ProvenanceCalls{c}
	c.HandleCalls, c.UploadCalls = HandleCalls{c}, UploadCalls{c}
	c.StorageCalls, c.PrincipalCalls = StorageCalls{c}, PrincipalCalls{c}
	return c, nil
}

// stack puts the transports on top of each other. Each attempt passes all
// below retryTransport.
func stack(o Options, jar http.CookieJar) http.RoundTripper {
	limiter, t := limiterOf(o.Budget), o.Transport
	if t == nil {
		t = newTransport()
	}
	t = logTransport{next: t, logger: o.Logger}
	t = cookieTransport{next: t, jar: jar}
	t = limitTransport{next: t, limiter: limiter}
	retried := func() {}
	if b, ok := limiter.(*Budget); ok {
		retried = b.countRetry
	}
	return retryTransport{
		next: t, retried: retried, logger: o.Logger, notice: &notice{},
	}
}

// limiterOf is the limiter that was given, or a new Budget.
func limiterOf(given Limiter) Limiter {
	if b, ok := given.(*Budget); given == nil || ok && b == nil {
		return NewBudget(BudgetOptions{})
	}
	return given
}

// newTransport is made for few connections to one host. Idle ones are closed
// before a load balancer would (AWS: after 60 s), so that a create is seldom
// sent into a connection that is being closed.
func newTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         dialer.DialContext,
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: 8,
		IdleConnTimeout:     30 * time.Second,
		TLSHandshakeTimeout: 15 * time.Second,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
	}
}
