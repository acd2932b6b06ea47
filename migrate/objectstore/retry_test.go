package objectstore

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"synapse-migrate/migrate/transfer"
)

// A server that puts requests off is asked more often than one that fails,
// whatever the operation and whether or not its answer can have a code.
func TestPatienceWithThrottling(t *testing.T) {
	tests := []struct {
		name   string
		status int
		code   string
		want   int // how often it is asked
		is     error
	}{
		{"429", http.StatusTooManyRequests, "TooManyRequests", maxThrottled, transfer.ErrThrottled},
		{"429 of another code", http.StatusTooManyRequests, "Quota", maxThrottled, transfer.ErrThrottled},
		{"503", http.StatusServiceUnavailable, "SlowDown", maxThrottled, transfer.ErrThrottled},
		{"503 of a gateway", http.StatusServiceUnavailable, "", maxThrottled, transfer.ErrThrottled},
		{"500", http.StatusInternalServerError, "InternalError", maxAttempts, nil},
		{"502", http.StatusBadGateway, "", maxAttempts, nil},
		{"400", http.StatusBadRequest, "EntityTooLarge", 1, transfer.ErrInvalid},
		{"400 of another code", http.StatusBadRequest, "DirectoryObjectContainsData", 1, transfer.ErrInvalid},
	}
	f := newFixture(t, func(o *Options) { o.MaxRetryDelay = 1 })
	for name, call := range operations(f.source, f.mover) {
		for _, tt := range tests {
			t.Run(name+"/"+tt.name, func(t *testing.T) {
				asked := 0
				f.from.before = func(r *http.Request) (*http.Response, error) {
					asked++
					code := tt.code
					if r.Method == http.MethodHead {
						code = ""
					}
					return reply(r, tt.status, code), nil
				}
				f.to.before = f.from.before
				err := call(t)
				bare := tt.status == http.StatusBadRequest && strings.HasPrefix(name, "Head")
				want := tt.want
				if bare && name == "HeadObject" {
					want++ // without the part's number, which it may be about
				}
				if asked != want {
					t.Errorf("asked %d times, want %d: %v", asked, want, err)
				}
				if tt.is != nil && !bare && !errors.Is(err, tt.is) {
					t.Errorf("got %v, want %v", err, tt.is)
				}
			})
		}
	}
}

// An answer comes after as many refusals as a run of throttling brings.
func TestThrottledHeadSucceeds(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.MaxRetryDelay = 1 })
	o := f.put(t, sourceBucket, "k", []byte("text"), nil)
	for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		var asked atomic.Int64
		f.from.before = func(r *http.Request) (*http.Response, error) {
			if asked.Add(1) < maxThrottled {
				return reply(r, status, ""), nil
			}
			return nil, nil
		}
		if err := f.source.unchanged(t.Context(), o); err != nil {
			t.Errorf("%d: %v after %d", status, err, asked.Load())
		}
	}
}

// What the server asks to wait is waited, within bounds.
func TestRetryAfterIsObeyed(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.MaxRetryDelay = 1 })
	f.from.before = func(r *http.Request) (*http.Response, error) {
		resp := reply(r, http.StatusTooManyRequests, "")
		resp.Header.Set("Retry-After", "7")
		return resp, nil
	}
	_, err := f.source.Head(t.Context(), sourceBucket, "k")
	for most, want := range map[time.Duration]time.Duration{
		time.Minute: 7 * time.Second, 3 * time.Second: 3 * time.Second,
	} {
		if got, err := newRetryer(most).RetryDelay(1, err); got != want {
			t.Errorf("waits %v (%v) of at most %v, want %v", got, err, most, want)
		}
	}
}

// A refusal with status 400 is for good, unless it says that the request was
// damaged on its way, and as long as it says why.
func TestKindsOfBadRequests(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.MaxRetryDelay = 1 })
	for code, invalid := range map[string]bool{
		"DirectoryObjectContainsData": true, "MalformedXML": true, "KMS.DisabledException": true,
		"AuthorizationHeaderMalformed": true, "SomethingNew": true, "XMinioInvalidObjectName": true,
		"RequestTimeout": false, "IncompleteBody": false, "BadDigest": false,
		"XAmzContentSHA256Mismatch": false, "InvalidPart": false, "EntityTooSmall": false, "": false,
	} {
		f.from.before = func(r *http.Request) (*http.Response, error) {
			return reply(r, http.StatusBadRequest, code), nil
		}
		_, err := f.source.ReadSmall(t.Context(), sourceBucket, "k", 1)
		if got := errors.Is(err, transfer.ErrInvalid); got != invalid {
			t.Errorf("%q is for good: %t, want %t: %v", code, got, invalid, err)
		}
	}
}
