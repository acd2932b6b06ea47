package credentials

import (
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	awscredentials "github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
)

const (
	// defaultPatience is how long new credentials are waited for. Programs that
	// replace the AWS tools' files mostly do so on the minute.
	defaultPatience = time.Minute
	// firstPause doubles up to longestPause.
	firstPause   = time.Second
	longestPause = 10 * time.Second
)

// Lateness knows whose credentials are waited for. The zero value is ready for
// use, and nil is nobody who wants to know. It is safe for concurrent use.
type Lateness struct {
	mu    sync.Mutex
	since map[string]time.Time
}

// Longest is the provider whose credentials have been waited for longest, and
// for how long; false where none are.
func (l *Lateness) Longest() (name string, lasts time.Duration, waiting bool) {
	if l == nil {
		return "", 0, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var first time.Time
	for who, since := range l.since {
		if !waiting || since.Before(first) || since.Equal(first) && who < name {
			name, first, waiting = who, since, true
		}
	}
	if !waiting {
		return "", 0, false
	}
	return name, time.Since(first), true
}

func (l *Lateness) begins(name string, since time.Time) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.since == nil {
		l.since = map[string]time.Time{}
	}
	l.since[name] = since
}

func (l *Lateness) over(name string) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.since, name)
}

// askedError is that of a person who was asked for a code and gave none.
type askedError struct{ error }

// Unwrap is what went wrong.
func (e askedError) Unwrap() error { return e.error }

// patient is how long to wait before the provider is asked again; 0 is not at
// all. Credentials that were good and are over are waited for, for as long as
// the patience lasts: a program that replaces a file, or the one that a
// credential_process asks, may be some seconds late. Those that were never good
// are not, and neither is what can't get better by waiting. C is what came, if
// it did. The caller holds r.mu.
func (r *Renewing) patient(f *flight, c aws.Credentials, attempt int, err error) time.Duration {
	now := time.Now()
	hopeful := r.cached.credentials.HasKeys() && !r.cached.valid(now)
	if f.forced {
		hopeful = r.cached.proven
	}
	if !hopeful || fixed(c) || final(err) {
		return 0
	}
	// What a service refused before its time has had its wait; its end is waited
	// for anew.
	if r.late.IsZero() || !f.forced && r.late.Before(r.cached.credentials.Expires) {
		r.late = now
	}
	left := r.options.Patience - now.Sub(r.late)
	if left <= 0 {
		return 0
	}
	if attempt == 0 {
		r.options.Lateness.begins(r.name, r.late)
		r.options.Logger.Warn().Str("provider", r.name).Err(err).Str("atMost", left.String()).
			Msg("the credentials have expired and no new ones arrive: waiting for them")
	}
	return min(left, longestPause, firstPause<<min(attempt, 10))
}

// fixed reports whether credentials are never replaced: those of this
// process's own environment.
func fixed(c aws.Credentials) bool {
	switch c.Source {
	case awsconfig.CredentialsSourceName, awscredentials.StaticCredentialsName, sourceVariables:
		return true
	}
	return false
}

// final reports whether a renewal failed so that waiting is of no use: somebody
// said no, or a person has to do something first.
func final(err error) bool {
	for _, is := range []error{errNoPrompt, ErrLogin, ErrTerms, errChained} {
		if errors.Is(err, is) {
			return true
		}
	}
	var session *ssocreds.InvalidTokenError
	var asked askedError
	if errors.As(err, &session) || errors.As(err, &asked) {
		return true
	}
	if (&RefusedError{Err: err}).Temporary() {
		return false
	}
	var answer interface{ HTTPStatusCode() int }
	if errors.As(err, &answer) && refusal(answer.HTTPStatusCode()) {
		return true
	}
	var vended *VendError
	return errors.As(err, &vended) && refusal(vended.Status)
}

// refusal reports whether a status is a service's no.
func refusal(status int) bool {
	return status >= http.StatusBadRequest && status < http.StatusInternalServerError
}
