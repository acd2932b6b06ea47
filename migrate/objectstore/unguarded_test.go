package objectstore

import (
	"errors"
	"net/http"
	"net/url"
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
