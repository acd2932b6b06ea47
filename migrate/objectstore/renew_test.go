package objectstore

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"synapse-migrate/migrate/credentials"
	"synapse-migrate/migrate/transfer"
)

// numbered gives keys AKID1, AKID2 and so on, one further at each call.
type numbered struct {
	calls atomic.Int32
	// refuse makes calls after the first fail.
	refuse bool
	// gate, if set, is waited for at calls after the first.
	gate chan struct{}
}

func (p *numbered) Retrieve(context.Context) (aws.Credentials, error) {
	n := p.calls.Add(1)
	if n > 1 && p.refuse {
		return aws.Credentials{}, errors.New("no more")
	}
	if n > 1 && p.gate != nil {
		<-p.gate
	}
	return aws.Credentials{
		AccessKeyID: fmt.Sprint("AKID", n), SecretAccessKey: "SECRET", SessionToken: "TOKEN",
		CanExpire: true, Expires: time.Now().Add(time.Hour),
	}, nil
}

// refuseKey answers requests signed with a key in S3's way for expired ones.
func refuseKey(key string) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		if !strings.Contains(r.Header.Get("Authorization"), key+"/") {
			return nil, nil
		}
		if r.Method == http.MethodHead {
			return reply(r, http.StatusBadRequest, ""), nil
		}
		return reply(r, http.StatusBadRequest, "ExpiredToken"), nil
	}
}

// renewingFixture has a destination with numbered credentials.
func renewingFixture(t *testing.T, p *numbered) *fixture {
	t.Helper()
	f := newFixture(t, nil)
	provider := credentials.NewRenewing("numbered", p, credentials.Options{})
	f.dest = f.store(t, f.to, func(o *Options) { o.Credentials = provider })
	f.mover = NewMover(f.source, f.dest, MoverOptions{})
	return f
}

// The attempt after a renewal is signed with the new credentials: the SDK
// asks for them inside its retry loop.
func TestExpiredCredentialsAreRenewedOnce(t *testing.T) {
	calls := map[string]func(context.Context, *fixture) error{
		"with a body": func(ctx context.Context, f *fixture) error {
			_, err := f.mover.Stream(ctx, request(f.put(t, sourceBucket, "k", noise(9), nil), "k"))
			return err
		},
		"HEAD, which has no code": func(ctx context.Context, f *fixture) error {
			f.put(t, destBucket, "k", noise(9), nil)
			_, err := f.dest.Head(ctx, destBucket, "k")
			return err
		},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			p := &numbered{}
			f := renewingFixture(t, p)
			f.to.before = refuseKey("AKID1")
			if err := call(t.Context(), f); err != nil {
				t.Fatal(err)
			}
			if got := p.calls.Load(); got != 2 {
				t.Errorf("%d calls to the provider, want 2", got)
			}
			sent := f.to.requests()
			want := 2
			if sent[0].Method == http.MethodHead {
				// A bare 400 may mean the part's number: the whole is asked for, twice.
				want = 4
			}
			if len(sent) != want || !strings.Contains(sent[want-1].Header.Get("Authorization"), "AKID2/") {
				t.Errorf("%d requests, want %d, the last one with new credentials", len(sent), want)
			}
		})
	}
}

// taken notes which keys S3 is said to have taken.
type taken struct {
	numbered
	mu   sync.Mutex
	keys []string
}

func (p *taken) Refresh(context.Context, aws.Credentials) error { return nil }

func (p *taken) Accepted(c aws.Credentials) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys = append(p.keys, c.AccessKeyID)
}

// Late keys are waited for only where the earlier ones are known to have been good: the provider is told of those that
// S3 took, and of no others.
func TestTakenCredentialsAreTold(t *testing.T) {
	p := &taken{}
	f := newFixture(t, nil)
	f.put(t, destBucket, "k", noise(9), nil)
	dest := f.store(t, f.to, func(o *Options) { o.Credentials = p })
	f.to.before = func(r *http.Request) (*http.Response, error) {
		switch {
		case strings.Contains(r.Header.Get("Authorization"), "AKID1/"):
			return reply(r, http.StatusBadRequest, "ExpiredToken"), nil
		case strings.Contains(r.Header.Get("Authorization"), "AKID3/"):
			return reply(r, http.StatusForbidden, "InvalidAccessKeyId"), nil
		}
		return nil, nil
	}
	for range 2 { // AKID2 after AKID1 was refused, AKID4 after AKID3 was
		if _, err := dest.ReadSmall(t.Context(), destBucket, "k", 9); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"AKID2", "AKID4"}; !slices.Equal(p.keys, want) {
		t.Errorf("told of %q, want %q", p.keys, want)
	}
}

func TestExpiredAgainIsAnError(t *testing.T) {
	p := &numbered{}
	f := renewingFixture(t, p)
	f.to.before = refuseKey("AKID")
	f.to.before = func(r *http.Request) (*http.Response, error) {
		return reply(r, http.StatusBadRequest, "ExpiredToken"), nil
	}
	_, err := f.mover.Stream(t.Context(), request(f.put(t, sourceBucket, "k", noise(9), nil), "k"))
	if !errors.Is(err, transfer.ErrCredentials) {
		t.Fatalf("got %v, want %v", err, transfer.ErrCredentials)
	}
	if calls, sent := p.calls.Load(), len(f.to.requests()); calls != 2 || sent != 2 {
		t.Errorf("%d renewals and %d requests, want 2 and 2", calls, sent)
	}
}

func TestRefusedRenewal(t *testing.T) {
	f := renewingFixture(t, &numbered{refuse: true})
	f.to.before = refuseKey("AKID1")
	_, err := f.mover.Stream(t.Context(), request(f.put(t, sourceBucket, "k", noise(9), nil), "k"))
	if !errors.Is(err, transfer.ErrCredentials) {
		t.Fatalf("got %v, want %v", err, transfer.ErrCredentials)
	}
	for _, secret := range []string{"SECRET", "TOKEN"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%q holds a secret", err)
		}
	}
}

// Many requests that were refused the same credentials cause one renewal.
func TestManyExpiredAtOnce(t *testing.T) {
	const users = 64
	p := &numbered{gate: make(chan struct{})}
	f := renewingFixture(t, p)
	f.dest.transport.limiter = newLimiter(users)
	var refused atomic.Int32
	refuse := refuseKey("AKID1")
	f.to.before = func(r *http.Request) (*http.Response, error) {
		resp, err := refuse(r)
		if resp != nil && refused.Add(1) == users {
			close(p.gate)
		}
		return resp, err
	}
	f.put(t, destBucket, "k", noise(9), nil)
	var group sync.WaitGroup
	errs := make([]error, users)
	for i := range users {
		group.Go(func() { _, errs[i] = f.dest.Head(t.Context(), destBucket, "k") })
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if got := p.calls.Load(); got != 2 {
		t.Errorf("%d calls to the provider, want 2", got)
	}
}

func TestExpired(t *testing.T) {
	now := time.Unix(1000, 0)
	temporary := aws.Credentials{SessionToken: "T", CanExpire: true, Expires: now.Add(time.Hour)}
	over := aws.Credentials{SessionToken: "T", CanExpire: true, Expires: now}
	coded := func(code string) error { return &smithy.GenericAPIError{Code: code} }
	tests := []struct {
		name string
		err  error
		used aws.Credentials
		want bool
	}{
		{"expired", coded("ExpiredToken"), temporary, true},
		{"MinIO's word for it", coded("InvalidAccessKeyId"), temporary, true},
		{"long-lived keys, replaced", coded("InvalidAccessKeyId"), aws.Credentials{}, true},
		{"long-lived keys, bare 400", bareStatus(400), aws.Credentials{}, false},
		{"denied", coded("AccessDenied"), over, false},
		{"bare 400", bareStatus(400), temporary, true},
		{"bare 403", bareStatus(403), temporary, false},
		{"bare 403, expired by the clock", bareStatus(403), over, true},
		{"bare 404", bareStatus(404), over, false},
		{"no answer", errStop, over, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := expired(tt.err, tt.used, now); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// longLived gives long-lived keys, others at each call where they are replaced.
type longLived struct {
	calls    atomic.Int32
	replaced bool
}

func (p *longLived) Retrieve(context.Context) (aws.Credentials, error) {
	n := p.calls.Add(1)
	if !p.replaced {
		n = 1
	}
	return aws.Credentials{AccessKeyID: fmt.Sprint("AKID", n), SecretAccessKey: "SECRET"}, nil
}

// Long-lived keys that S3 doesn't know any more are read again; where the same
// ones come, S3's own word is the error.
func TestReplacedKeys(t *testing.T) {
	for _, replaced := range []bool{true, false} {
		f := newFixture(t, nil)
		p := &longLived{replaced: replaced}
		f.dest = f.store(t, f.to, func(o *Options) {
			o.Credentials = credentials.NewRenewing("lasting", p, credentials.Options{})
		})
		f.to.before = func(r *http.Request) (*http.Response, error) {
			if strings.Contains(r.Header.Get("Authorization"), "AKID1/") {
				return reply(r, http.StatusForbidden, "InvalidAccessKeyId"), nil
			}
			return nil, nil
		}
		f.put(t, destBucket, "k", noise(9), nil)
		_, err := f.dest.BucketPolicy(t.Context(), destBucket)
		refused := err != nil && strings.Contains(err.Error(), "InvalidAccessKeyId")
		if p.calls.Load() != 2 || refused == replaced || err != nil && strings.Contains(err.Error(), "came again") {
			t.Errorf("replaced %t: got %v after %d calls", replaced, err, p.calls.Load())
		}
	}
}

// bareStatus is an answer without a code.
type bareStatus int

func (s bareStatus) Error() string       { return http.StatusText(int(s)) }
func (s bareStatus) HTTPStatusCode() int { return int(s) }

func TestSlowDownIsObeyedAndRetried(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Concurrency = 8 })
	f.put(t, destBucket, "k", noise(9), nil)
	var refusals atomic.Int32
	f.to.before = func(r *http.Request) (*http.Response, error) {
		if refusals.Add(1) <= 2 {
			return reply(r, http.StatusServiceUnavailable, "SlowDown"), nil
		}
		return nil, nil
	}
	if _, err := f.dest.Head(t.Context(), destBucket, "k"); err != nil {
		t.Fatal(err)
	}
	c := f.dest.Counters()
	if c.Refused != 2 || c.Calls["HeadObject"] != 3 {
		t.Errorf("got %+v, want 2 refusals in 3 calls", c)
	}
	if got := f.dest.transport.limiter.limit; got >= 4 || got < 2 {
		t.Errorf("limit %v after two refusals from 8 and one success", got)
	}
}

func TestRenewedCredentialsAreUsedAtOnce(t *testing.T) {
	slow := newRetryer(time.Hour)
	for name, tt := range map[string]struct {
		err  error
		wait bool
	}{
		"renewed": {fmt.Errorf("GetObject: %w", renewedError{errors.New("ExpiredToken")}), false},
		"busy":    {errors.New("SlowDown"), true},
	} {
		delay, err := slow.RetryDelay(4, tt.err)
		if err != nil || (delay > 0) != tt.wait {
			t.Errorf("%s: got a pause of %v, %v", name, delay, err)
		}
	}
}
