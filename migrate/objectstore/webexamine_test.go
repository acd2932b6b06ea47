package objectstore

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
)

// urlsOf examines the site's object under a URL of a list.
func urlsOf(s *site, expected int64, whole int64) URLList {
	web := NewURLs(func(planner.Object) (string, error) { return s.url + "/k?" + secret, nil },
		WebOptions{MaxRetryDelay: time.Millisecond})
	return URLList{Web: web, WholeBytes: whole, Expected: func(key string) (planner.Object, error) {
		return planner.Object{Bucket: s.url + "/k", Key: key, SizeBytes: expected}, nil
	}}
}

func TestExamine(t *testing.T) {
	answer := func(status int, headers map[string]string, body string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Del("ETag")
			for name, value := range headers {
				w.Header().Set(name, value)
			}
			w.WriteHeader(status)
			w.(http.Flusher).Flush() // no length
			_, _ = w.Write([]byte(body))
			return true
		}
	}
	sized := map[string]string{"Content-Length": "1000"}
	ranged := func(text string) map[string]string {
		return map[string]string{"Content-Range": text, "Content-Length": "1"}
	}
	tests := []struct {
		name     string
		expected int64
		before   func(http.ResponseWriter, *http.Request) bool
		size     int64
		rule     planner.RuleID
	}{
		{"range", -1, nil, 1000, ""},
		{"range as expected", 1000, nil, 1000, ""},
		{"range unlike expected", 999, nil, 0, rules.SourceURLOtherSize},
		{"whole", -1, answer(200, sized, ""), 1000, ""},
		{"whole unlike expected", 0, answer(200, sized, ""), 0, rules.SourceURLOtherSize},
		{"no length", -1, answer(200, nil, "x"), 0, rules.SourceURLNoSize},
		{"no length, expected", 1, answer(200, nil, "x"), 1, ""},
		{"unknown total", -1, answer(206, ranged("bytes 0-0/*"), "x"), 0, rules.SourceURLNoSize},
		{"unknown total, expected", 5, answer(206, ranged("bytes 0-0/*"), "x"), 5, ""},
		{"empty", -1, answer(416, map[string]string{"Content-Range": "bytes */0"}, ""), 0, ""},
		{"no range is right", -1, answer(416, nil, ""), 0, rules.SourceURLNoSize},
		{"odd range", -1, answer(206, ranged("bytes 5-6/10"), "x"), 0, rules.SourceURLNoRanges},
		{"whole and large", -1, answer(200, map[string]string{"Content-Length": "2001"}, ""), 0,
			rules.SourceURLNoRanges},
		{"gone", -1, answer(404, nil, ""), 0, rules.SourceURLGone},
		{"expired", -1, answer(403, nil, ""), 0, rules.SourceURLRefused},
		{"method", -1, answer(405, nil, ""), 0, rules.SourceURLRefused},
		{"broken", -1, answer(500, nil, ""), 0, rules.SourceURLRefused},
		{"elsewhere", -1, answer(302, map[string]string{"Location": "gopher://x/"}, ""), 0,
			rules.SourceURLNotRead},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, noise(1000), nil)
			s.before = tt.before
			d, err := urlsOf(s, tt.expected, 2000).Head(t.Context(), "", "k")
			var by *planner.RuleError
			if errors.As(err, &by) != (tt.rule != "") || by != nil && by.Rule != tt.rule {
				t.Fatalf("got %v, want rule %q", err, tt.rule)
			}
			if err != nil {
				silent(t, err)
				return
			}
			if d.SizeBytes != tt.size || d.PartsCount != -1 || d.Key != "k" || d.Bucket != s.url+"/k" {
				t.Errorf("got %+v, want %d bytes", d, tt.size)
			}
			if tt.before == nil && (d.ETag != strings.Trim(s.etag, `"`) || d.ContentType != "text/x-odd") {
				t.Errorf("got %+v", d)
			}
		})
	}
}

// A server that is overloaded says nothing about its files.
func TestExamineWaitsForOverload(t *testing.T) {
	for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			s := newSite(t, noise(10), nil)
			var asked atomic.Int32
			s.before = func(w http.ResponseWriter, _ *http.Request) bool {
				if asked.Add(1) > 2 {
					return false
				}
				w.WriteHeader(status)
				return true
			}
			if d, err := urlsOf(s, -1, 0).Head(t.Context(), "", "k"); err != nil || d.SizeBytes != 10 {
				t.Errorf("got %+v, %v", d, err)
			}
			s.before = func(w http.ResponseWriter, _ *http.Request) bool {
				w.WriteHeader(status)
				return true
			}
			var by *planner.RuleError
			if _, err := urlsOf(s, -1, 0).Head(t.Context(), "", "k"); err == nil || errors.As(err, &by) {
				t.Errorf("got %v, want an error that may pass", err)
			}
		})
	}
}

func TestRulesOfErrors(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want planner.RuleID
	}{
		{"nothing", nil, ""},
		{"no network", &net.OpError{Op: "dial", Err: errors.New("unreachable")}, ""},
		{"no such host", &net.DNSError{Err: "no such host", IsNotFound: true}, rules.SourceURLNotRead},
		{"no name server", &net.DNSError{Err: "timeout", IsTimeout: true}, ""},
		{"not followed", transfer.ErrURL, rules.SourceURLNotRead},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := urlRule(tt.err); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestPartsOf(t *testing.T) {
	for etag, want := range map[string]int64{"abc-7": 7, `"abc-12"`: 12, "abc": 1, "": 1, "abc-x": 1} {
		if got := PartsOf(etag); got != want {
			t.Errorf("%s: got %d, want %d", etag, got, want)
		}
	}
}
