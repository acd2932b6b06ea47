package objectstore

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// doer answers in a server's place.
type doer func(*http.Request) (*http.Response, error)

func (d doer) Do(r *http.Request) (*http.Response, error)        { return d(r) }
func (d doer) RoundTrip(r *http.Request) (*http.Response, error) { return d(r) }

// stalled gives some data and then nothing more, until its request ends.
type stalled struct {
	io.Reader
	ctx context.Context
}

func (s *stalled) Read(p []byte) (int, error) {
	if n, err := s.Reader.Read(p); n > 0 || err == nil {
		return n, err
	}
	<-s.ctx.Done()
	return 0, s.ctx.Err()
}

func (*stalled) Close() error { return nil }

// partly answers a read with the first bytes of what is asked for, out of 20,
// and stalls where that is not all.
func partly(r *http.Request, etag string, bytes int) *http.Response {
	resp := reply(r, http.StatusOK, "")
	resp.Header.Set("ETag", etag)
	resp.ContentLength = 20
	if r.Header.Get("Range") == "bytes=10-19" {
		resp.StatusCode, resp.ContentLength = http.StatusPartialContent, 10
		resp.Header.Set("Content-Range", "bytes 10-19/20")
	}
	body := strings.NewReader(strings.Repeat("x", bytes))
	resp.Body = io.NopCloser(body)
	if int64(bytes) < resp.ContentLength {
		resp.Body = &stalled{body, r.Context()}
	}
	return resp
}

// bubbleStore is a store without a network.
func bubbleStore(t *testing.T, d doer) *Store {
	t.Helper()
	s, err := New(Options{
		Credentials: static, Endpoint: "http://localhost", PathStyle: true, HTTPClient: d,
		MaxRetryDelay: time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestStalledReads: after a minute without a byte the rest is asked for.
func TestStalledReads(t *testing.T) {
	var requests []string
	answer := func(r *http.Request) (*http.Response, error) {
		requests = append(requests, r.Header.Get("Range"))
		if len(requests) == 1 { // no answer at all
			<-r.Context().Done()
			return nil, r.Context().Err()
		}
		return partly(r, `"e"`, 10), nil
	}
	sources := map[string]func(*testing.T) Source{
		"store": func(t *testing.T) Source { return bubbleStore(t, answer) },
		"web": func(*testing.T) Source {
			return NewDownloads(refusing{"http://localhost/k"}, WebOptions{Transport: doer(answer)})
		},
	}
	for name, source := range sources {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				requests = nil
				o := planner.Object{Bucket: "b", Key: "k", SizeBytes: 20, ETag: "e",
					Download: &planner.Download{FileHandleID: "9"}}
				began := time.Now()
				r, err := open(t.Context(), source(t), o, 0, 20, nil)
				if err != nil {
					t.Fatal(err)
				}
				defer r.Close()
				time.Sleep(time.Hour) // a reader may take its time
				got, err := io.ReadAll(r)
				if err != nil || len(got) != 20 {
					t.Errorf("got %d bytes, %v", len(got), err)
				}
				if took := time.Since(began).Truncate(time.Minute) - time.Hour; took != 2*stallTimeout {
					t.Errorf("took %v, want twice the timeout", took)
				}
				if want := []string{"", "", "bytes=10-19"}; strings.Join(requests, ",") != strings.Join(want, ",") {
					t.Errorf("asked for %q, want %q", requests, want)
				}
			})
		})
	}
}

// TestStalledWrite: a part of which nothing more is taken is sent again.
func TestStalledWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		puts := 0
		answer := func(r *http.Request) (*http.Response, error) {
			resp := reply(r, http.StatusOK, "")
			if r.Method == http.MethodGet {
				resp.Header.Set("ETag", `"e"`)
				resp.Body = io.NopCloser(bytes.NewReader(make([]byte, 100)))
				resp.ContentLength = 100
				return resp, nil
			}
			puts++
			for i := range 10 { // slow is not stalled
				time.Sleep(stallTimeout - time.Second)
				if _, err := io.CopyN(io.Discard, r.Body, 10); err != nil || puts == 1 && i == 5 {
					<-r.Context().Done()
					return nil, r.Context().Err()
				}
			}
			resp.Header.Set("ETag", `"`+md5Of(make([]byte, 100))+`"`)
			return resp, nil
		}
		s := bubbleStore(t, answer)
		res, err := NewMover(s, s, MoverOptions{}).Stream(t.Context(), transfer.Request{
			Source: planner.Object{Bucket: "b", Key: "k", SizeBytes: 100, ETag: "e"},
			Bucket: "b", Key: "to",
		})
		if err != nil || puts != 2 {
			t.Errorf("got %+v, %v after %d writes, want two", res, err, puts)
		}
	})
}

// TestSlowAnswers: S3 may work on a copy for minutes before it answers.
func TestSlowAnswers(t *testing.T) {
	for name, tt := range map[string]struct {
		wait  time.Duration
		calls int32
	}{"slow": {10 * time.Minute, 1}, "never": {time.Hour, maxAttempts}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var calls atomic.Int32
				s := bubbleStore(t, func(r *http.Request) (*http.Response, error) {
					if r.Method == http.MethodHead {
						return reply(r, http.StatusNotFound, ""), nil
					}
					calls.Add(1)
					select {
					case <-time.After(tt.wait):
					case <-r.Context().Done():
						return nil, r.Context().Err()
					}
					resp := reply(r, http.StatusOK, "")
					resp.Body = io.NopCloser(strings.NewReader(
						`<CopyObjectResult><ETag>"e"</ETag></CopyObjectResult>`))
					return resp, nil
				})
				_, err := NewMover(s, s, MoverOptions{}).Copy(t.Context(), transfer.Request{
					Source: planner.Object{Bucket: "b", Key: "k", SizeBytes: 100, ETag: "e"},
					Bucket: "b", Key: "to",
				})
				if calls.Load() != tt.calls || (err == nil) != (tt.calls == 1) {
					t.Errorf("got %v after %d calls, want %d", err, calls.Load(), tt.calls)
				}
				if err != nil && (!errors.Is(err, errStalled) || errors.Is(err, context.Canceled)) {
					t.Errorf("got %v, want %v", err, errStalled)
				}
			})
		})
	}
}

// TestURLAge: a URL serves for twenty seconds.
func TestURLAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &site{url: "http://localhost"}
		w := NewDownloads(s, WebOptions{Transport: doer(func(r *http.Request) (*http.Response, error) {
			resp := partly(r, `"e"`, 20)
			return resp, nil
		})})
		o := planner.Object{SizeBytes: 20, Download: &planner.Download{FileHandleID: "9"}}
		for i, want := range []int{1, 1, 2, 2} {
			r, err := open(t.Context(), w, o, 0, 20, nil)
			if err != nil {
				t.Fatal(err)
			}
			_ = r.Close()
			if s.calls() != want {
				t.Errorf("read %d: %d URLs asked for, want %d", i, s.calls(), want)
			}
			time.Sleep(15 * time.Second)
		}
	})
}

// TestRetryAfter: what the server asks to wait is waited, up to a bound.
func TestRetryAfter(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"7": 7 * time.Second, "3600": 20 * time.Second, "-5": firstPause, "soon": firstPause,
	} {
		t.Run(header, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				first := true
				w := NewDownloads(refusing{"http://localhost/"}, WebOptions{
					Transport: doer(func(r *http.Request) (*http.Response, error) {
						if !first {
							return partly(r, `"e"`, 20), nil
						}
						first = false
						resp := reply(r, http.StatusServiceUnavailable, "")
						resp.Header.Set("Retry-After", header)
						return resp, nil
					})})
				began := time.Now()
				o := planner.Object{SizeBytes: 20, Download: &planner.Download{FileHandleID: "9"}}
				r, err := open(t.Context(), w, o, 0, 20, nil)
				if err != nil || time.Since(began) != want {
					t.Fatalf("got %v after %v, want %v", err, time.Since(began), want)
				}
				_ = r.Close()
			})
		})
	}
}
