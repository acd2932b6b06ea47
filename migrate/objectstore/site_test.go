package objectstore

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"synapse-migrate/planner"
)

// secret is in every URL's query.
const secret = "X-Amz-Signature=d00d1e"

// site is a web server with one object, whose URLs can be made to expire.
type site struct {
	url string
	web *Web

	mu      sync.Mutex
	data    []byte
	etag    string
	mime    string
	expired map[string]bool
	asked   int
	sent    []*http.Request
	// before may answer in the site's place, and says whether it did.
	before func(w http.ResponseWriter, r *http.Request) bool
}

// newSite serves data. Its Web asks it for download URLs.
func newSite(t *testing.T, data []byte, edit func(*WebOptions)) *site {
	t.Helper()
	s := &site{data: data, etag: `"` + md5Of(data) + `-7"`, mime: "text/x-odd", expired: map[string]bool{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.url = server.URL
	o := WebOptions{MaxRetryDelay: time.Millisecond, RangeConcurrency: 4}
	if edit != nil {
		edit(&o)
	}
	s.web = NewDownloads(s, o)
	return s
}

// DownloadURL gives another URL at every call.
func (s *site) DownloadURL(_ context.Context, d planner.Download) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	return fmt.Sprintf("%s/%s/%d?%s", s.url, d.FileHandleID, s.asked, secret), nil
}

// ServeHTTP serves the object as net/http does, conditions and ranges
// included.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.sent = append(s.sent, r.Clone(context.WithoutCancel(r.Context())))
	before, data, expired := s.before, s.data, s.expired[r.URL.Path]
	w.Header().Set("Content-Type", s.mime)
	w.Header().Set("X-Amz-Meta-Colour", "blue")
	w.Header().Set("Cache-Control", "private")
	if s.etag != "" {
		w.Header().Set("ETag", s.etag)
	}
	s.mu.Unlock()
	if before != nil && before(w, r) {
		return
	}
	if expired {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprintf(w, "<Error><Code>AccessDenied</Code><Message>%s</Message></Error>", r.URL)
		return
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

// object is what a plan says of the object, without an ETag.
func (s *site) object() planner.Object {
	return planner.Object{
		Bucket: "lost", Key: "k", SizeBytes: int64(len(s.data)),
		Download: &planner.Download{FileHandleID: "900", EntityID: "syn5"},
	}
}

// expire makes the newest URL one that is refused.
func (s *site) expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expired[fmt.Sprintf("/900/%d", s.asked)] = true
}

// change puts another object in the first one's place.
func (s *site) change(data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.data, s.etag = data, `"`+md5Of(data)+`-7"`
}

// requests are those sent so far.
func (s *site) requests() []*http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent
}

// calls are the URLs asked for so far.
func (s *site) calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// silent fails the test where an error shows the secret.
func silent(t *testing.T, err error) {
	t.Helper()
	if err != nil && strings.Contains(err.Error(), "d00d1e") {
		t.Errorf("the error shows the URL's query: %v", err)
	}
}

// mover streams from a site to a fixture's destination.
func (s *site) mover(t *testing.T, edit func(*Options)) (*fixture, *Mover) {
	t.Helper()
	f := newFixture(t, edit)
	return f, NewMover(s.web, f.dest, MoverOptions{})
}
