package objectstore

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

func TestPagesInThePlaceOfFiles(t *testing.T) {
	const login = "<!DOCTYPE html><html><form action=/login></form></html>"
	vouched := func(planner.Object) bool { return true }
	tests := []struct {
		name, key, contentType, body string
		ranges                       bool
		vouched                      func(planner.Object) bool
		want                         error
	}{
		{"a login for a file", "a/granule.nc", "text/html; charset=utf-8", login, false, nil, ErrPage},
		{"with ranges", "granule.nc", "text/html", login, true, nil, ErrPage},
		{"as XHTML", "granule.nc", "application/xhtml+xml", login, false, nil, ErrPage},
		{"with an odd parameter", "granule.nc", "text/html; charset", login, false, nil, ErrPage},
		{"under another type", "granule.nc", "application/octet-stream", login, false, nil, ErrPage},
		{"no extension", "README", "text/html", login, false, nil, ErrPage},
		{"a page", "docs/index.HTML", "text/html", login, false, nil, nil},
		{"vouched for", "granule.nc", "text/html", login, false, vouched, nil},
		{"a file", "granule.nc", "application/x-netcdf", "\x89HDF", false, nil, nil},
		{"a text", "notes.txt", "text/plain", "5 < 6", false, nil, nil},
		{"no type", "granule.nc", "", "\x89HDF", true, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serving(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header()["Content-Type"] = nil
				if tt.contentType != "" {
					w.Header().Set("Content-Type", tt.contentType)
				}
				giveBody(w, r, tt.body, tt.ranges)
			}, tt.vouched)
			seen, err := s.Examine(t.Context(), planner.Object{Bucket: "https://h/x", Key: tt.key, SizeBytes: -1})
			if !errors.Is(err, tt.want) || (err != nil) != (tt.want != nil) {
				t.Fatalf("looked at: got %v, want %v", err, tt.want)
			}
			if err != nil {
				return
			}
			buf := make([]byte, len(tt.body))
			if _, err := fill(t.Context(), s, seen.Object, 0, buf, nil); err != nil || string(buf) != tt.body {
				t.Errorf("read %q, %v", buf, err)
			}
		})
	}
}

// TestAPageThatComesLater has the session expire between plan and run.
func TestAPageThatComesLater(t *testing.T) {
	const body = "0123456789"
	var expired atomic.Bool
	s := serving(t, func(w http.ResponseWriter, r *http.Request) {
		if expired.Load() {
			w.Header().Set("Content-Type", "text/html")
		}
		giveBody(w, r, body, false)
	}, nil)
	seen, err := s.Examine(t.Context(), planner.Object{Bucket: "https://h/x", Key: "x.nc", SizeBytes: -1})
	if err != nil {
		t.Fatal(err)
	}
	expired.Store(true)
	_, err = fill(t.Context(), s, seen.Object, 0, make([]byte, len(body)), nil)
	if !errors.Is(err, ErrPage) || !errors.Is(err, transfer.ErrChanged) {
		t.Errorf("got %v, want %v, which is a change", err, ErrPage)
	}
}

// serving reads from a server of its own.
func serving(t *testing.T, h http.HandlerFunc, vouched func(planner.Object) bool) *Web {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return NewURLs(func(planner.Object) (string, error) { return server.URL + "/x", nil },
		WebOptions{Vouched: vouched})
}

// giveBody serves a body, with ranges or without.
func giveBody(w http.ResponseWriter, r *http.Request, body string, ranges bool) {
	if ranges {
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(body))
		return
	}
	_, _ = w.Write([]byte(body))
}
