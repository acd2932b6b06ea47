package credentials

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"synapse-migrate/synapse"
)

// vendor gives credentials of a lifetime, and takes its time over it.
type vendor struct {
	mu       sync.Mutex
	calls    int
	lifetime time.Duration
	takes    time.Duration
	err      error
}

func (v *vendor) Retrieve(ctx context.Context) (aws.Credentials, error) {
	v.mu.Lock()
	v.calls++
	n, err := v.calls, v.err
	v.mu.Unlock()
	select {
	case <-time.After(v.takes):
	case <-ctx.Done():
		return aws.Credentials{}, ctx.Err()
	}
	if err != nil {
		return aws.Credentials{}, err
	}
	return aws.Credentials{
		AccessKeyID: fmt.Sprint("AKID", n), SecretAccessKey: "hush-secret",
		SessionToken: fmt.Sprint("hush-token", n), CanExpire: v.lifetime > 0,
		Expires: time.Now().Add(v.lifetime),
	}, nil
}

// fail makes the next calls fail; nil ends that.
func (v *vendor) fail(err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.err = err
}

func TestRenewingUnderLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &vendor{lifetime: 3 * time.Second, takes: 100 * time.Millisecond}
		r := NewRenewing("three seconds", v, Options{})
		var group sync.WaitGroup
		for range 64 {
			group.Go(func() {
				for range 90 {
					c, err := r.Retrieve(t.Context())
					if err != nil || !time.Now().Before(c.Expires) {
						t.Errorf("got %v, expiring %v at %v", err, c.Expires, time.Now())
					}
					time.Sleep(100 * time.Millisecond)
				}
			})
		}
		group.Wait()
		// Nine seconds and a bit, of tokens renewed after 2.4 seconds.
		if v.calls < 4 || v.calls > 5 {
			t.Errorf("%d calls, want one for each renewal", v.calls)
		}
	})
}

func TestRefreshOfOneStaleForMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &vendor{lifetime: time.Hour, takes: time.Second}
		r := NewRenewing("hour", v, Options{})
		stale, err := r.Retrieve(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		for i := range 100 {
			group.Go(func() {
				// Some are late: the renewal is over when they ask.
				time.Sleep(time.Duration(i) * 20 * time.Millisecond)
				if err := r.Refresh(t.Context(), stale); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		fresh, err := r.Retrieve(t.Context())
		if err != nil || fresh.AccessKeyID != "AKID2" || v.calls != 2 {
			t.Errorf("got %s, %v after %d calls, want AKID2 after 2", fresh.AccessKeyID, err, v.calls)
		}
	})
}

func TestRenewalOutlivesItsFirstCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &vendor{lifetime: time.Hour, takes: time.Second}
		r := NewRenewing("hour", v, Options{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		first := make(chan error, 1)
		go func() { _, err := r.Retrieve(ctx); first <- err }()
		synctest.Wait()
		c, err := r.Retrieve(t.Context())
		if err != nil || c.AccessKeyID != "AKID1" || v.calls != 1 {
			t.Errorf("got %s, %v after %d calls", c.AccessKeyID, err, v.calls)
		}
		if err := <-first; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the impatient caller got %v", err)
		}
	})
}

func TestFailedRenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &vendor{lifetime: time.Hour}
		r := NewRenewing("the folder syn1", v, Options{})
		if _, err := r.Retrieve(t.Context()); err != nil {
			t.Fatal(err)
		}
		v.fail(errors.New("out of order"))
		time.Sleep(56 * time.Minute)
		for range 10 {
			if c, err := r.Retrieve(t.Context()); err != nil || c.AccessKeyID != "AKID1" {
				t.Fatalf("old credentials are still good, got %s, %v", c.AccessKeyID, err)
			}
		}
		if v.calls != 2 {
			t.Errorf("%d calls, want a pause after the one that failed", v.calls)
		}
		time.Sleep(5 * time.Minute)
		_, err := r.Retrieve(t.Context())
		if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "the folder syn1") {
			t.Errorf("got %v, want %v and the name", err, ErrRefused)
		}
		v.fail(nil)
		if _, err := r.Retrieve(t.Context()); err != nil {
			t.Errorf("a failure was kept: %v", err)
		}
	})
}

// A provider with a cache of its own must not answer a renewal from it.
func TestRenewalPassesAnInnerCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := aws.NewCredentialsCache(&vendor{lifetime: time.Hour})
		r := NewRenewing("cached", inner, Options{})
		for _, want := range []string{"AKID1", "AKID2"} {
			c, err := r.Retrieve(t.Context())
			if err != nil || c.AccessKeyID != want {
				t.Errorf("got %s, %v; want %s", c.AccessKeyID, err, want)
			}
			time.Sleep(56 * time.Minute)
		}
	})
}

func TestRenewalGivesUpInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := NewRenewing("slow", &vendor{takes: time.Hour}, Options{Timeout: time.Minute})
		if _, err := r.Retrieve(t.Context()); !errors.Is(err, ErrRefused) {
			t.Errorf("got %v, want %v", err, ErrRefused)
		}
	})
}

func TestRefreshOfWhatNeverChanges(t *testing.T) {
	r := NewRenewing("static", Static("AKID", "hush-secret", "hush-token"), Options{})
	c, err := r.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Refresh(t.Context(), c); !errors.Is(err, ErrRefused) {
		t.Errorf("got %v, want %v", err, ErrRefused)
	}
}

func TestExpiredOnArrival(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := NewRenewing("past", &vendor{lifetime: time.Second, takes: 0}, Options{})
		if _, err := r.Retrieve(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := usable(aws.Credentials{
			AccessKeyID: "A", SecretAccessKey: "B", CanExpire: true, Expires: time.Now(),
		}, time.Now()); err == nil {
			t.Error("expired credentials taken")
		}
		if err := usable(aws.Credentials{}, time.Now()); err == nil {
			t.Error("no credentials taken")
		}
	})
}

func TestNothingPrintsASecret(t *testing.T) {
	r := NewRenewing("hour", &vendor{lifetime: time.Hour}, Options{})
	if _, err := r.Retrieve(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d"} {
		for _, value := range []any{r, struct{ R *Renewing }{r}} {
			got := fmt.Sprintf(format, value)
			if strings.Contains(got, "hush") {
				t.Errorf("%s prints %s", format, got)
			}
		}
	}
}

func TestWindow(t *testing.T) {
	began := time.Unix(0, 0)
	tests := []struct{ lifetime, want time.Duration }{
		{12 * time.Hour, 12*time.Hour - 5*time.Minute},
		{10 * time.Minute, 8 * time.Minute},
		{5 * time.Second, 4 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.lifetime.String(), func(t *testing.T) {
			c := aws.Credentials{CanExpire: true, Expires: began.Add(tt.lifetime)}
			if got := renewal(c, began).Sub(began); got != tt.want {
				t.Errorf("renewed after %v, want %v", got, tt.want)
			}
		})
	}
	if got := renewal(aws.Credentials{}, began); !got.IsZero() {
		t.Errorf("keys for ever are renewed at %v", got)
	}
}

// vending is a Synapse that knows one folder.
type vending struct{ asked string }

func (v *vending) STSCredentials(
	_ context.Context, id string, p synapse.STSPermission,
) (synapse.STSCredentials, error) {
	v.asked = id + " " + string(p)
	if id != "syn1" {
		return synapse.STSCredentials{}, errors.New("no such folder")
	}
	return synapse.STSCredentials{
		AccessKeyID: "AKID", SecretAccessKey: "hush-secret", SessionToken: "hush-token",
		Expiration: synapse.NewTime(time.Unix(5000, 0)),
	}, nil
}

func TestSynapse(t *testing.T) {
	v := &vending{}
	c, err := Synapse(v, "syn1", synapse.STSReadWrite).Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := aws.Credentials{
		AccessKeyID: "AKID", SecretAccessKey: "hush-secret", SessionToken: "hush-token",
		Source: "SynapseSTS", CanExpire: true, Expires: time.Unix(5000, 0).UTC(),
	}
	if c != want || v.asked != "syn1 read_write" {
		t.Errorf("asked for %q, got other credentials than were vended", v.asked)
	}
	_, err = Synapse(v, "syn2", synapse.STSReadOnly).Retrieve(t.Context())
	if err == nil || !strings.Contains(err.Error(), "read_only credentials of syn2") {
		t.Errorf("got %v, want what was asked for in it", err)
	}
}

func TestDefault(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "AKID")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "hush-secret")
	t.Setenv("AWS_REGION", "eu-west-1")
	t.Setenv("AWS_CONFIG_FILE", t.TempDir()+"/none")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", t.TempDir()+"/none")
	r, settings, err := Default(t.Context(), "", Deps{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := r.Retrieve(t.Context())
	if err != nil || c.AccessKeyID != "AKID" || settings.Region != "eu-west-1" {
		t.Errorf("got %s in %s, %v", c.AccessKeyID, settings.Region, err)
	}
	if _, _, err := Default(t.Context(), "nobody", Deps{}); !errors.Is(err, ErrRefused) {
		t.Errorf("unknown profile: got %v, want %v", err, ErrRefused)
	}
}
