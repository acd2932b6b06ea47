package objectstore

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"synapse-migrate/migrate/transfer"
)

// A server that ignores If-None-Match keeps what lies at the key all the same: it is looked at before the object is
// written, and before the parts are put together, since it may have come meanwhile.
func TestGoogleKeepsWhatIsThere(t *testing.T) {
	for _, way := range []string{"stream", "copy"} {
		for name, size := range map[string]int{"whole": 10, "in parts": 2 * minPartBytes} {
			for _, meanwhile := range []bool{false, true} {
				if meanwhile && name == "whole" {
					continue // there is no while
				}
				t.Run(way+"/"+name, func(t *testing.T) {
					f := newFixture(t, func(o *Options) {
						streamOptions(o)
						o.CopyLimitBytes, o.Endpoint = minPartBytes, "https://storage.googleapis.com"
					})
					f.from.before = f.reroute
					if !meanwhile {
						f.put(t, destBucket, "k", []byte("other"), nil)
					}
					f.to.before = func(r *http.Request) (*http.Response, error) {
						if meanwhile && r.Method == http.MethodPut && r.URL.Query().Has("partNumber") {
							f.put(t, destBucket, "k", []byte("other"), nil)
						}
						return f.reroute(r)
					}
					o := f.put(t, sourceBucket, "k", noise(size), nil)
					if _, err := ways(f.mover)[way](t.Context(), request(o, "k")); !errors.Is(err, transfer.ErrExists) {
						t.Errorf("got %v, want %v", err, transfer.ErrExists)
					}
					if got := string(f.get(t, destBucket, "k")); got != "other" {
						t.Errorf("what was there was overwritten: %d bytes", len(got))
					}
				})
			}
		}
	}
}

// reroute sends what is meant for Google to the server of the test, without the conditions that Google ignores.
func (f *fixture) reroute(r *http.Request) (*http.Response, error) {
	u, err := url.Parse(f.url)
	if err == nil {
		r.URL.Scheme, r.URL.Host, r.Host = u.Scheme, u.Host, u.Host
		r.Header.Del("If-None-Match")
	}
	return nil, err
}

// Google has more than one endpoint, and others are not taken for it.
func TestUnguardedServers(t *testing.T) {
	for endpoint, want := range map[string]bool{
		"https://storage.googleapis.com":                 true,
		"https://bucket.Storage.GoogleAPIs.com:443":      true,
		"https://us-central1-storage.googleapis.com":     true,
		"https://storage.me-central2.rep.googleapis.com": true,
		"https://storage.googleapis.com.example.org":     false,
		"https://notgoogleapis.com":                      false,
		"http://127.0.0.1:9000/storage.googleapis.com":   false,
		"": false,
	} {
		s := Store{options: Options{Endpoint: endpoint}}
		if got := s.unguarded(transfer.Request{}); got != want {
			t.Errorf("%q: got %t, want %t", endpoint, got, want)
		}
		if s.unguarded(transfer.Request{Replace: true}) {
			t.Errorf("%q: what is to be replaced is guarded", endpoint)
		}
	}
}

// Those who may list and write, but not read (Google's role Storage Legacy Bucket Writer), would overwrite what they
// can't look at.
func TestGoogleKeepsWhatMayNotBeRead(t *testing.T) {
	for _, way := range []string{"stream", "copy"} {
		for name, size := range map[string]int{"whole": 10, "in parts": 2 * minPartBytes} {
			t.Run(way+"/"+name, func(t *testing.T) {
				f := newFixture(t, func(o *Options) {
					streamOptions(o)
					o.CopyLimitBytes, o.Endpoint = minPartBytes, "https://storage.googleapis.com"
				})
				f.from.before = f.reroute
				f.to.before = func(r *http.Request) (*http.Response, error) {
					if r.Method == http.MethodHead && strings.Contains(r.URL.Path, destBucket) {
						return reply(r, http.StatusForbidden, ""), nil
					}
					return f.reroute(r)
				}
				f.put(t, destBucket, "k", []byte("other"), nil)
				o := f.put(t, sourceBucket, "k", noise(size), nil)
				if _, err := ways(f.mover)[way](t.Context(), request(o, "k")); !errors.Is(err, transfer.ErrExists) {
					t.Errorf("got %v, want %v", err, transfer.ErrExists)
				}
				if got := string(f.get(t, destBucket, "k")); got != "other" {
					t.Errorf("what was there was overwritten: %d bytes", len(got))
				}
			})
		}
	}
}

// Small objects, such as owner.txt, are written only where there is none, too.
func TestGoogleKeepsSmallObjects(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Endpoint = "https://storage.googleapis.com" })
	f.to.before = f.reroute
	for _, want := range []error{nil, transfer.ErrExists} {
		if _, err := f.dest.PutNew(t.Context(), destBucket, "k", fmt.Sprint(want)); !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
	if got := string(f.get(t, destBucket, "k")); got != fmt.Sprint(error(nil)) {
		t.Errorf("what was there was overwritten: %q", got)
	}
}
