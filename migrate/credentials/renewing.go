package credentials

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/rs/zerolog"

	"synapse-migrate/migrate/document"
	"synapse-migrate/synapse"
)

// ErrRefused is wrapped by every error of a provider that could not give
// credentials, except for the end of the caller's own context.
var ErrRefused = errors.New("no valid credentials")

// RefusedError is a renewal that failed, as all who waited for it get it.
// It unwraps to ErrRefused and to its cause.
type RefusedError struct {
	// Name is the provider's, as NewRenewing got it.
	Name string
	// Err is the provider's own error, or what is wrong with what it gave.
	Err error
}

// Error names the provider, then why it gave nothing.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("credentials of %s: %v: %v", e.Name, ErrRefused, e.Err)
}

// Unwrap is ErrRefused and the cause.
func (e *RefusedError) Unwrap() []error { return []error{ErrRefused, e.Err} }

// Temporary reports whether the provider may do better later: it was not
// there, or in trouble itself, and didn't refuse.
func (e *RefusedError) Temporary() bool {
	var asked *synapse.Error
	var vended *VendError
	var answer interface{ HTTPStatusCode() int }
	switch {
	case errors.Is(e.Err, document.ErrOther): // a proxy's page, which comes and goes
		return true
	case errors.As(e.Err, &asked):
		return passing(asked.Status)
	case errors.As(e.Err, &vended):
		return vended.kind == nil && passing(vended.Status)
	case errors.As(e.Err, &answer):
		return passing(answer.HTTPStatusCode())
	}
	// Of those who were not reached, STS alone is known to be there: the SDK
	// looks for a metadata service on any machine.
	var sts *STSError
	var dial *net.OpError
	return errors.As(e.Err, &sts) && errors.As(e.Err, &dial)
}

// passing reports whether a status is that of a service's own trouble; 0 is
// no answer.
func passing(status int) bool {
	return status == 0 || status == http.StatusTooManyRequests || status >= 500
}

const (
	// maxWindow is the longest time before expiry at which credentials are
	// renewed. Requests signed just before expiry must still arrive in time.
	maxWindow = 5 * time.Minute
	// windowShare is the share of a lifetime that the window may take.
	windowShare = 5
	// defaultTimeout bounds one renewal, all retries of its provider
	// included.
	defaultTimeout = 2 * time.Minute
)

// Options shape a Renewing. The zero value is ready for use.
type Options struct {
	// Timeout bounds one renewal; 0 is two minutes.
	Timeout time.Duration
	// Patience is how long new credentials are waited for once good ones are
	// over and whoever renews them is late; 0 is a minute.
	Patience time.Duration
	// Lateness is told while they are waited for; nil is nobody.
	Lateness *Lateness
	// Logger is told of renewals, never of a secret; the zero value
	// discards.
	Logger zerolog.Logger
}

// Renewing is an aws.CredentialsProvider that caches what another one
// gives. It is safe for concurrent use.
type Renewing struct {
	name     string
	provider aws.CredentialsProvider
	options  Options

	mu     sync.Mutex
	cached lease
	flight *flight
	// late is since when nothing new comes; the zero time where all is well.
	late time.Time
}

// lease is credentials with the time at which to renew them.
type lease struct {
	credentials aws.Credentials
	// renewOn is the zero time for credentials that don't expire.
	renewOn time.Time
	// proven is true where a service took them.
	proven bool
}

// flight is a renewal under way; err may be read once done is closed.
type flight struct {
	// forced is true where Refresh began it, which returns its error whatever
	// is cached.
	forced bool
	// stale is what was refused, where it is forced.
	stale  aws.Credentials
	done   chan struct{}
	result aws.Credentials
	err    error
}

// NewRenewing wraps p. The name stands in errors and reports; it must hold
// no secret.
func NewRenewing(name string, p aws.CredentialsProvider, o Options) *Renewing {
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.Patience <= 0 {
		o.Patience = defaultPatience
	}
	return &Renewing{name: name, provider: p, options: o}
}

// Name is the provider's name, for reports.
func (r *Renewing) Name() string { return r.name }

// String names the provider and hides what it holds.
func (r *Renewing) String() string { return r.name + " REDACTED" }

// GoString is String, so that no format prints a secret.
func (r *Renewing) GoString() string { return r.String() }

// Format is String for every verb.
func (r *Renewing) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, r.String()) }

// IsCredentialsProvider reports whether the wrapped provider is of a type.
// The SDK asks it to find out that a request is to be anonymous.
func (r *Renewing) IsCredentialsProvider(target aws.CredentialsProvider) bool {
	return aws.IsCredentialsProvider(r.provider, target)
}

// Retrieve gives credentials that are good for a while yet: a fifth of
// their lifetime or five minutes, whichever is less. When a renewal fails
// and the old ones have not expired, these are given. An error wraps
// ErrRefused, or is the context's.
func (r *Renewing) Retrieve(ctx context.Context) (aws.Credentials, error) {
	r.mu.Lock()
	have := r.cached
	if have.fresh(time.Now()) {
		r.mu.Unlock()
		return have.credentials, nil
	}
	f := r.join(ctx, false)
	r.mu.Unlock()
	c, err := f.wait(ctx)
	if err != nil && ctx.Err() == nil && have.valid(time.Now()) {
		return have.credentials, nil
	}
	return c, err
}

// Refresh forces one renewal because a service refused stale, unless they
// have been replaced in the meantime: of many callers who were refused the
// same credentials, one causes a call and all wait for it. An error wraps
// ErrRefused, or is the context's.
func (r *Renewing) Refresh(ctx context.Context, stale aws.Credentials) error {
	for {
		r.mu.Lock()
		if !same(r.cached.credentials, stale) {
			r.mu.Unlock()
			return nil
		}
		f := r.join(ctx, true)
		r.mu.Unlock()
		if _, err := f.wait(ctx); err != nil && (f.forced || ctx.Err() != nil) {
			return err
		}
	}
}

// Accepted says that a service took credentials: where they are refused from
// then on, new ones can be hoped for.
func (r *Renewing) Accepted(c aws.Credentials) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cached.proven = r.cached.proven || same(r.cached.credentials, c)
}

// errSame: a renewal gave what had just been refused.
var errSame = errors.New("the same credentials came again")

// join returns the renewal under way, or begins one that outlives the
// cancellation of ctx. The caller holds r.mu.
func (r *Renewing) join(ctx context.Context, forced bool) *flight {
	if r.flight != nil {
		return r.flight
	}
	f := &flight{forced: forced, stale: r.cached.credentials, done: make(chan struct{})}
	r.flight = f
	go r.renew(context.WithoutCancel(ctx), f)
	return f
}

// renew asks the provider, as often as it can be hoped for that it is only
// late, and publishes the answer. A failure is kept by nobody but those who
// wait; old credentials that are still good are given a pause before the next
// attempt.
func (r *Renewing) renew(ctx context.Context, f *flight) {
	for attempt := 0; ; attempt++ {
		began := time.Now()
		c, err := r.ask(ctx, f)
		pause := r.publish(f, c, began, attempt, err)
		if pause == 0 {
			return
		}
		time.Sleep(pause)
	}
}

// ask asks the provider once. What has just been refused is no answer.
func (r *Renewing) ask(ctx context.Context, f *flight) (aws.Credentials, error) {
	ctx, cancel := context.WithTimeout(ctx, r.options.Timeout)
	defer cancel()
	// A provider with a cache of its own would only repeat itself.
	if p, ok := r.provider.(interface{ Invalidate() }); ok {
		p.Invalidate()
	}
	c, err := r.provider.Retrieve(ctx)
	if err == nil {
		err = usable(c, time.Now())
	}
	if err == nil && f.forced && same(c, f.stale) {
		err = errSame
	}
	return c, err
}

// publish ends a renewal; or it is a pause, after which to ask again.
func (r *Renewing) publish(
	f *flight, c aws.Credentials, began time.Time, attempt int, err error,
) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		if pause := r.patient(f, c, attempt, err); pause > 0 {
			return pause
		}
		f.err = &RefusedError{Name: r.name, Err: err}
		r.options.Logger.WithLevel(r.loudness(f)).Str("provider", r.name).Err(err).
			Msg("credentials not renewed")
		r.cached.renewOn = r.cached.pause(time.Now())
	} else {
		f.result = c
		r.cached, r.late = lease{credentials: c, renewOn: renewal(c, began)}, time.Time{}
		r.options.Logger.Debug().Str("provider", r.name).
			Time("expiration", c.Expires).Msg("credentials renewed")
	}
	r.options.Lateness.over(r.name)
	r.flight = nil
	close(f.done)
	return 0
}

// loudness is the level at which a renewal that failed is logged: a warning
// only where the old credentials are given, so that nobody gets its error.
// The caller holds r.mu.
func (r *Renewing) loudness(f *flight) zerolog.Level {
	if !f.forced && r.cached.valid(time.Now()) {
		return zerolog.WarnLevel
	}
	return zerolog.InfoLevel
}

// wait returns the outcome of a renewal, or the end of ctx.
func (f *flight) wait(ctx context.Context) (aws.Credentials, error) {
	select {
	case <-f.done:
		return f.result, f.err
	case <-ctx.Done():
		return aws.Credentials{}, ctx.Err()
	}
}

// fresh reports whether the credentials need no renewal yet.
func (l lease) fresh(now time.Time) bool {
	if !l.credentials.HasKeys() {
		return false
	}
	return l.renewOn.IsZero() || now.Before(l.renewOn)
}

// valid reports whether the credentials have not expired.
func (l lease) valid(now time.Time) bool {
	c := l.credentials
	return c.HasKeys() && (!c.CanExpire || now.Before(c.Expires))
}

// pause is when to try again after a renewal failed: at once when there is
// nothing valid to go on with, else after a tenth of what is left.
func (l lease) pause(now time.Time) time.Time {
	if !l.valid(now) || !l.credentials.CanExpire {
		return l.renewOn
	}
	return now.Add(l.credentials.Expires.Sub(now) / 10)
}

// renewal is when to renew credentials that were asked for at began; the
// zero time is never.
func renewal(c aws.Credentials, began time.Time) time.Time {
	if !c.CanExpire {
		return time.Time{}
	}
	lifetime := c.Expires.Sub(began)
	return c.Expires.Add(-min(maxWindow, lifetime/windowShare))
}

// usable refuses what no service would take.
func usable(c aws.Credentials, now time.Time) error {
	if !c.HasKeys() {
		return errors.New("the provider gave no keys")
	}
	if c.CanExpire && !now.Before(c.Expires) {
		return fmt.Errorf("they expired at %s, before they came: is the clock right?",
			c.Expires.UTC().Format(time.RFC3339))
	}
	return nil
}

// same reports whether a and b sign alike.
func same(a, b aws.Credentials) bool {
	return a.AccessKeyID == b.AccessKeyID && a.SecretAccessKey == b.SecretAccessKey &&
		a.SessionToken == b.SessionToken
}
