package credentials

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/rs/zerolog"
)

// refresher gives keys of a generation, which somebody else moves on, or an
// error in place of them.
type refresher struct {
	mu         sync.Mutex
	generation int
	err        error
	source     string
	expires    time.Time
	calls      int
}

func (r *refresher) Retrieve(context.Context) (aws.Credentials, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	return aws.Credentials{
		AccessKeyID: fmt.Sprint("AKID", r.generation), SecretAccessKey: "hush", SessionToken: "hush",
		Source: r.source, CanExpire: !r.expires.IsZero(), Expires: r.expires,
	}, r.err
}

// becomes changes what is given, after a while.
func (r *refresher) becomes(generation int, err error, after time.Duration) {
	time.AfterFunc(after, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.generation, r.err = generation, err
		if !r.expires.IsZero() {
			r.expires = time.Now().Add(time.Hour)
		}
	})
}

// Whoever renews the keys may be late. That is waited for, for a minute at
// most, where the keys were good and something can be hoped for.
func TestLateRefreshers(t *testing.T) {
	broken := errors.New("exit status 1")
	tests := []struct {
		name   string
		source string
		proven bool
		// err is what the refresher gives once the keys are over; nil is the same
		// ones again.
		err  error
		late time.Duration
		// waits is how long it takes to succeed, or to fail.
		waits  time.Duration
		failed bool
	}{
		{"a few seconds late", "", true, nil, 5 * time.Second, 7 * time.Second, false},
		{"its program fails meanwhile", "", true, broken, 20 * time.Second, 25 * time.Second, false},
		{"it never comes", "", true, nil, time.Hour, time.Minute, true},
		{"its program never gets well", "", true, broken, time.Hour, time.Minute, true},
		{"keys that were never good", "", false, nil, 5 * time.Second, 0, true},
		{"variables don't change", awsconfig.CredentialsSourceName, true, nil, 5 * time.Second, 0, true},
		{"a login is wanted", "", true, &VendError{Status: 401, kind: ErrLogin}, 5 * time.Second, 0, true},
		{"a refusal", "", true, &VendError{Status: 403}, 5 * time.Second, 0, true},
		{"a person didn't answer", "", true, fmt.Errorf("MFA: %w", askedError{broken}), 5 * time.Second, 0, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				var late Lateness
				p := &refresher{generation: 1, source: tt.source}
				r := NewRenewing("the lab's", p, Options{Lateness: &late, Logger: zerolog.New(&log).Level(zerolog.WarnLevel)})
				stale, err := r.Retrieve(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if tt.proven {
					r.Accepted(stale)
				}
				p.becomes(1, tt.err, 0)
				time.Sleep(time.Second)
				p.becomes(2, nil, tt.late)
				began, done := time.Now(), make(chan error, 8)
				for range cap(done) {
					go func() { done <- r.Refresh(t.Context(), stale) }()
				}
				synctest.Wait()
				if name, _, waiting := late.Longest(); waiting != (tt.waits > 0) || waiting && name != "the lab's" {
					t.Errorf("waiting for %q: %t, want it: %t", name, waiting, tt.waits > 0)
				}
				for range cap(done) {
					if err := <-done; (err != nil) != tt.failed || tt.failed && !errors.Is(err, ErrRefused) {
						t.Errorf("got %v, want an error: %t", err, tt.failed)
					}
				}
				if took := time.Since(began); took != tt.waits {
					t.Errorf("took %v, want %v", took, tt.waits)
				}
				if _, _, waiting := late.Longest(); waiting {
					t.Error("still waiting")
				}
				if said := strings.Count(log.String(), "waiting for them"); said != min(1, int(tt.waits)) {
					t.Errorf("said %d times:\n%s", said, &log)
				}
				if tt.failed { // and isn't waited for twice
					began = time.Now()
					if err := r.Refresh(t.Context(), stale); err == nil && tt.late == time.Hour || time.Since(began) > 0 {
						t.Errorf("the second time: %v after %v", err, time.Since(began))
					}
				}
			})
		})
	}
}

// What says when it expires is waited for once it has, and not before.
func TestLateRefreshersOfKeysThatExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &refresher{generation: 1, expires: time.Now().Add(time.Hour)}
		r := NewRenewing("hour", p, Options{})
		if _, err := r.Retrieve(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.becomes(1, errors.New("out of order"), 0)
		time.Sleep(58 * time.Minute)
		began := time.Now()
		if c, err := r.Retrieve(t.Context()); err != nil || c.AccessKeyID != "AKID1" || time.Since(began) > 0 {
			t.Errorf("old ones that are still good: got %s, %v after %v", c.AccessKeyID, err, time.Since(began))
		}
		time.Sleep(2*time.Minute + time.Second)
		p.becomes(2, nil, 6*time.Second)
		began = time.Now()
		if c, err := r.Retrieve(t.Context()); err != nil || c.AccessKeyID != "AKID2" || time.Since(began) != 7*time.Second {
			t.Errorf("got %s, %v after %v", c.AccessKeyID, err, time.Since(began))
		}
	})
}

// That keys were waited for in vain when a service refused them before their time, as some servers do for other
// reasons, takes nothing from the wait once they have expired.
func TestLateRefreshersAfterARefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &refresher{generation: 1, expires: time.Now().Add(time.Hour)}
		r := NewRenewing("hour", p, Options{})
		stale, err := r.Retrieve(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		r.Accepted(stale)
		began := time.Now()
		if err := r.Refresh(t.Context(), stale); !errors.Is(err, errSame) || time.Since(began) != time.Minute {
			t.Errorf("before their time: got %v after %v", err, time.Since(began))
		}
		time.Sleep(time.Hour)
		p.mu.Lock()
		p.err = errors.New("out of order")
		p.mu.Unlock()
		for _, want := range []time.Duration{time.Minute, 0} { // once
			began = time.Now()
			if _, err := r.Retrieve(t.Context()); !errors.Is(err, p.err) || time.Since(began) != want {
				t.Errorf("once they have expired: got %v after %v, want it after %v", err, time.Since(began), want)
			}
		}
	})
}
