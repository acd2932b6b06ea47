package objectstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

func TestStreamOfDownloads(t *testing.T) {
	for _, size := range []int{0, 1, 100_000, 2*minPartBytes + 12345} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			data := noise(size)
			s := newSite(t, data, nil)
			f, mover := s.mover(t, streamOptions)
			req := request(s.object(), "k")
			var told atomic.Int64
			req.Progress = func(n int64) { told.Add(n) }
			res, err := mover.Stream(t.Context(), req)
			if err != nil {
				t.Fatal(err)
			}
			if got := f.get(t, destBucket, "k"); !bytes.Equal(got, data) {
				t.Error("other bytes arrived")
			}
			if res.MD5 != md5Of(data) || res.ContentType != "text/x-odd" ||
				res.BytesRead != int64(size) || told.Load() != int64(size) {
				t.Errorf("got %+v, told %d", res, told.Load())
			}
			if s.calls() != 1 {
				t.Errorf("%d URLs asked for, want one for all parts", s.calls())
			}
			head, err := f.dest.head(t.Context(), destBucket, "k", nil)
			if err != nil {
				t.Fatal(err)
			}
			if head.Metadata["colour"] != "blue" || aws.ToString(head.CacheControl) != "" {
				t.Errorf("metadata %v, cache control %q", head.Metadata, aws.ToString(head.CacheControl))
			}
		})
	}
}

// What is sent to where a URL leads tells nothing about the caller, and pins
// every request but the first.
func TestWebRequests(t *testing.T) {
	s := newSite(t, noise(1000), nil)
	for range 2 {
		r, err := open(t.Context(), s.web, s.object(), 10, 20, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, s.data[10:30]) {
			t.Errorf("got %d bytes, %v", len(got), err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	allowed := []string{"Accept-Encoding", "User-Agent", "Range", "If-Match"}
	for i, r := range s.requests() {
		for name := range r.Header {
			if !slices.Contains(allowed, name) {
				t.Errorf("header %s was sent", name)
			}
		}
		if r.Header.Get("Range") != "bytes=10-29" || r.Header.Get("Accept-Encoding") != "identity" {
			t.Errorf("header %v", r.Header)
		}
		if pinned := r.Header.Get("If-Match") == s.etag; pinned != (i > 0) {
			t.Errorf("request %d: If-Match %q", i, r.Header.Get("If-Match"))
		}
	}
	if c := s.web.Counters(); c.BytesRead != 40 || c.Calls[operationGET] != 2 {
		t.Errorf("got %+v, want two requests and 40 bytes", c)
	}
}

// A URL that expires while an object is read is asked for once more, for all
// its parts.
func TestURLExpiresInTheMiddle(t *testing.T) {
	data := noise(3 * smallPartBytes)
	s := newSite(t, data, nil)
	f, mover := s.mover(t, func(o *Options) { o.PartSizeBytes = minPartBytes })
	var once atomic.Bool
	s.before = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("Range") == "bytes=5242880-10485759" && once.CompareAndSwap(false, true) {
			s.expire()
			s.mu.Lock()
			defer s.mu.Unlock()
			s.before = nil
		}
		return false
	}
	// The request that expires the URL is let through: it had begun.
	res, err := mover.Stream(t.Context(), request(s.object(), "k"))
	if err != nil || res.MD5 != md5Of(data) {
		t.Fatalf("got %+v, %v", res, err)
	}
	if !bytes.Equal(f.get(t, destBucket, "k"), data) {
		t.Error("other bytes arrived")
	}
	if s.calls() != 2 {
		t.Errorf("%d URLs asked for, want two", s.calls())
	}
}

func TestURLRefused(t *testing.T) {
	forbid := func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusForbidden)
		return true
	}
	tests := []struct {
		name     string
		web      func(*site) *Web
		requests int
	}{
		{"download URL, asked for again", func(s *site) *Web { return s.web }, 2},
		{"fixed URL", func(s *site) *Web {
			return NewURLs(func(planner.Object) (string, error) { return s.url + "/k?" + secret, nil },
				WebOptions{})
		}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, noise(10), nil)
			s.before = forbid
			_, err := open(t.Context(), tt.web(s), s.object(), 0, 10, nil)
			if !errors.Is(err, transfer.ErrDenied) || len(s.requests()) != tt.requests {
				t.Errorf("got %v after %d requests, want %d", err, len(s.requests()), tt.requests)
			}
			silent(t, err)
		})
	}
}

// errNoURL is what asking for a URL ends with.
var errNoURL = errors.New("no URL")

// refusing gives no URL.
type refusing struct{ url string }

func (r refusing) DownloadURL(context.Context, planner.Download) (string, error) {
	if r.url == "" {
		return "", errNoURL
	}
	return r.url, nil
}

func TestNoURL(t *testing.T) {
	object := planner.Object{SizeBytes: 1, Download: &planner.Download{FileHandleID: "9", EntityID: "syn5"}}
	t.Run("refused", func(t *testing.T) {
		_, err := open(t.Context(), NewDownloads(refusing{}, WebOptions{}), object, 0, 1, nil)
		if !errors.Is(err, errNoURL) || !strings.Contains(err.Error(), "file handle 9 of syn5") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("unreadable", func(t *testing.T) {
		web := NewDownloads(refusing{"https://h/%zz?" + secret}, WebOptions{})
		_, err := open(t.Context(), web, object, 0, 1, nil)
		if err == nil {
			t.Error("was read")
		}
		silent(t, err)
	})
	t.Run("not a download", func(t *testing.T) {
		web := NewDownloads(refusing{"https://h/"}, WebOptions{})
		if _, err := open(t.Context(), web, planner.Object{SizeBytes: 1}, 0, 1, nil); err == nil {
			t.Error("was read")
		}
	})
}

// whole answers with all of the object, whatever was asked for.
func whole(s *site) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		_, _ = w.Write(s.data)
		return true
	}
}

func TestServerWithoutRanges(t *testing.T) {
	tests := []struct {
		name          string
		first, length int64
		err           error
	}{
		{"whole", 0, 100_000, nil},
		{"begin", 0, 10, nil},
		{"middle", 10, 20, transfer.ErrNoRanges},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, noise(100_000), nil)
			s.before = whole(s)
			r, err := open(t.Context(), s.web, s.object(), tt.first, tt.length, nil)
			if !errors.Is(err, tt.err) {
				t.Fatalf("got %v, want %v", err, tt.err)
			}
			if err != nil {
				return
			}
			defer r.Close()
			got, err := io.ReadAll(r)
			if err != nil || !bytes.Equal(got, s.data[tt.first:tt.first+tt.length]) {
				t.Errorf("got %d bytes, %v", len(got), err)
			}
		})
	}
}

func TestEndlessBodies(t *testing.T) {
	tests := []struct {
		name   string
		status int
		size   int
		err    error
	}{
		{"object", http.StatusOK, 1000, transfer.ErrChanged},
		{"empty object", http.StatusOK, 0, transfer.ErrChanged},
		{"refusal", http.StatusNotFound, 1000, transfer.ErrNotFound},
		{"redirect", http.StatusFound, 1000, transfer.ErrURL},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, noise(tt.size), nil)
			s.before = func(w http.ResponseWriter, r *http.Request) bool {
				w.WriteHeader(tt.status)
				for r.Context().Err() == nil {
					if _, err := w.Write(s.data[:min(100, tt.size)]); err != nil {
						return true
					}
					if tt.size == 0 {
						_, _ = w.Write([]byte("x"))
					}
				}
				return true
			}
			mover := NewMover(s.web, nil, MoverOptions{})
			if _, err := mover.Hash(t.Context(), s.object(), nil); !errors.Is(err, tt.err) {
				t.Errorf("got %v, want %v", err, tt.err)
			}
		})
	}
}

func TestWebGoesOnAfterCuts(t *testing.T) {
	data := noise(10_000)
	s := newSite(t, data, nil)
	var cuts atomic.Int32
	s.before = func(w http.ResponseWriter, r *http.Request) bool {
		if cuts.Add(1) > 2 {
			return false
		}
		first := map[string]int{"": 0, "bytes=1000-9999": 1000}[r.Header.Get("Range")]
		if first > 0 {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-9999/10000", first))
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(data)-first))
		w.WriteHeader(map[bool]int{true: 206, false: 200}[first > 0])
		_, _ = w.Write(data[first : first+1000])
		panic(http.ErrAbortHandler)
	}
	r, err := open(t.Context(), s.web, s.object(), 0, 10_000, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(got, data) {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
	if n := len(s.requests()); n != 3 || s.calls() != 1 {
		t.Errorf("%d requests with %d URLs, want 3 with one", n, s.calls())
	}
}

func TestWebSourceChanges(t *testing.T) {
	tests := []struct {
		name string
		edit func(*site)
		plan string
		want error
	}{
		{"other content", func(s *site) { s.change(noise(1001)[1:]) }, "", transfer.ErrChanged},
		{"longer", func(s *site) { s.change(noise(1001)) }, "", transfer.ErrChanged},
		{"no ETag any more", func(s *site) { s.etag = "" }, "", transfer.ErrChanged},
		{"weak ETag from then on", func(s *site) { s.etag = "W/" + s.etag }, "", transfer.ErrChanged},
		{"gone", func(s *site) {
			s.before = func(w http.ResponseWriter, _ *http.Request) bool {
				w.WriteHeader(http.StatusGone)
				return true
			}
		}, "", transfer.ErrNotFound},
		{"the same", func(*site) {}, "", nil},
		{"the same as planned", func(*site) {}, md5Of(noise(1000)) + "-7", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, noise(1000), nil)
			o := s.object()
			o.ETag = tt.plan
			mover := NewMover(s.web, nil, MoverOptions{})
			if err := mover.Unchanged(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			tt.edit(s)
			if err := mover.Unchanged(t.Context(), o); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func TestWebSourceIsNotWhatWasPlanned(t *testing.T) {
	s := newSite(t, noise(1000), nil)
	other, longer := s.object(), s.object()
	other.ETag = "other"
	longer.SizeBytes++
	for name, o := range map[string]planner.Object{"ETag": other, "size": longer} {
		t.Run(name, func(t *testing.T) {
			if _, err := open(t.Context(), s.web, o, 0, 1000, nil); !errors.Is(err, transfer.ErrChanged) {
				t.Errorf("got %v, want %v", err, transfer.ErrChanged)
			}
		})
	}
}

// A weak ETag makes no condition, which would never be met, but is compared.
func TestWeakETag(t *testing.T) {
	s := newSite(t, noise(1000), nil)
	s.etag = `W/"1"`
	for range 2 {
		if err := stillPlanned(t.Context(), s.web, s.object()); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range s.requests() {
		if r.Header.Get("If-Match") != "" {
			t.Errorf("condition %q", r.Header.Get("If-Match"))
		}
	}
	s.etag = `W/"2"`
	if err := stillPlanned(t.Context(), s.web, s.object()); !errors.Is(err, transfer.ErrChanged) {
		t.Errorf("got %v, want %v", err, transfer.ErrChanged)
	}
}

func TestWebRetries(t *testing.T) {
	for _, status := range []int{429, 500, 503} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			s := newSite(t, noise(10), nil)
			var seen atomic.Int32
			s.before = func(w http.ResponseWriter, _ *http.Request) bool {
				if seen.Add(1) == 3 {
					return false
				}
				w.Header().Set("Retry-After", "3600")
				w.WriteHeader(status)
				return true
			}
			if _, err := open(t.Context(), s.web, s.object(), 0, 10, nil); err != nil {
				t.Errorf("got %v after %d requests", err, seen.Load())
			}
		})
	}
	t.Run("for ever", func(t *testing.T) {
		s := newSite(t, noise(10), nil)
		s.before = func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(http.StatusBadGateway)
			fmt.Fprintf(w, "<Error><Code>Trouble</Code><Message>%s</Message></Error>", secret)
			return true
		}
		_, err := open(t.Context(), s.web, s.object(), 0, 10, nil)
		var e *Error
		if !errors.As(err, &e) || e.Status != 502 || e.Code != "Trouble" ||
			len(s.requests()) != maxAttempts {
			t.Errorf("got %v after %d requests", err, len(s.requests()))
		}
		silent(t, err)
	})
}

// An upload that was begun from an object without a planned ETag goes on
// from that object only.
func TestDownloadGoesOnFromTheSameObject(t *testing.T) {
	data := noise(2*minPartBytes + 1)
	for _, changed := range []bool{false, true} {
		t.Run(fmt.Sprint("changed ", changed), func(t *testing.T) {
			s := newSite(t, data, nil)
			f, mover := s.mover(t, streamOptions)
			req := request(s.object(), "k")
			req.Resume = interrupted(t, mover.Stream, req, 2)
			if req.Resume.SourceETag != unquote(s.etag) {
				t.Fatalf("saved ETag %q, want %s", req.Resume.SourceETag, s.etag)
			}
			if changed {
				s.change(noise(len(data) + 1)[1:])
			}
			// Another process goes on, and remembers nothing else.
			mover = NewMover(NewDownloads(s, WebOptions{}), f.dest, MoverOptions{})
			res, err := mover.Stream(t.Context(), req)
			if changed {
				if !errors.Is(err, transfer.ErrChanged) {
					t.Errorf("got %+v, %v, want %v", res, err, transfer.ErrChanged)
				}
				return
			}
			if err != nil || res.MD5 != md5Of(data) || res.BytesWritten >= int64(len(data)) {
				t.Errorf("got %+v, %v, want the rest written", res, err)
			}
		})
	}
}

func TestOnlyS3Copies(t *testing.T) {
	s := newSite(t, noise(10), nil)
	_, mover := s.mover(t, nil)
	if _, err := mover.Copy(t.Context(), request(s.object(), "k")); !errors.Is(err, errNotS3) {
		t.Errorf("got %v, want %v", err, errNotS3)
	}
}

// Objects that nobody reads are forgotten, those being read are not.
func TestTargetsAreBounded(t *testing.T) {
	ts := newTargets(nil, 0)
	busy := ts.acquire(planner.Object{Key: "busy"})
	for i := range 2 * maxTargets {
		ts.release(ts.acquire(planner.Object{Key: fmt.Sprint(i)}))
	}
	if n := len(ts.held); n > maxTargets+1 {
		t.Errorf("%d objects are remembered, want %d", n, maxTargets+1)
	}
	if ts.acquire(planner.Object{Key: "busy"}) != busy {
		t.Error("an object was forgotten while it was read")
	}
	last := planner.Object{Key: fmt.Sprint(2*maxTargets - 1)}
	if ts.held[targetKey{key: last.Key}] == nil {
		t.Error("the object read last was forgotten first")
	}
}
