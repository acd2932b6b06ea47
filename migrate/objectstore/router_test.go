package objectstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// errBroken is a bucket that can't be reached.
var errBroken = errors.New("broken")

// routed is a router from one bucket and a site to a base key.
func routed(t *testing.T) (*fixture, *site, *Router) {
	t.Helper()
	f, s := newFixture(t, nil), newSite(t, noise(1000), nil)
	return f, s, NewRouter(Routes{
		Bucket: func(_ context.Context, bucket string) (*Store, error) {
			switch bucket {
			case sourceBucket:
				return f.source, nil
			case "none":
				return nil, nil
			case "broken":
				return nil, errBroken
			}
			return nil, transfer.ErrUnknownBucket
		},
		Downloads: s.web, Destination: f.dest, DestinationBucket: destBucket, BaseKey: "base",
	})
}

func TestRoutes(t *testing.T) {
	f, s, r := routed(t)
	data := noise(1000)
	source := f.put(t, sourceBucket, "k", data, nil)
	inside := f.put(t, destBucket, "base/synapse/k", data, nil)
	beside := f.put(t, destBucket, "base2/k", data, nil)
	tests := []struct {
		name string
		from planner.Object
		err  error
	}{
		{"bucket", source, nil},
		{"destination", inside, nil},
		{"beside the base key, with no other way", beside, nil},
		{"download", s.object(), nil},
		{"unknown", planner.Object{Bucket: "x", Key: "k", SizeBytes: 1}, transfer.ErrUnknownBucket},
		{"none", planner.Object{Bucket: "none", Key: "k", SizeBytes: 1}, transfer.ErrUnknownBucket},
		{"broken", planner.Object{Bucket: "broken", Key: "k", SizeBytes: 1}, errBroken},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ctx := t.Context()
			check := func(what string, err error) {
				t.Helper()
				if !errors.Is(err, tt.err) {
					t.Errorf("%s: got %v, want %v", what, err, tt.err)
				}
			}
			check("unchanged", r.Unchanged(ctx, tt.from))
			sum, err := r.Hash(ctx, tt.from, nil)
			check("hash", err)
			res, err := r.Stream(ctx, transfer.Request{
				Source: tt.from, Bucket: destBucket, Key: fmt.Sprintf("base/%d", i),
			})
			check("stream", err)
			if want := md5Of(data); err == nil && (sum != want || res.MD5 != want) {
				t.Errorf("MD5s %s and %s, want %s", sum, res.MD5, want)
			}
			body, err := r.Open(ctx, tt.from, 0, 1)
			check("open", err)
			if err == nil {
				_, _ = io.Copy(io.Discard, body)
				_ = body.Close()
			}
		})
	}
}

// TestRouteOfACopyInside: the destination's credentials alone are used.
func TestRouteOfACopyInside(t *testing.T) {
	f, _, r := routed(t)
	made := f.put(t, destBucket, "base/synapse/k", noise(1000), nil)
	res, err := r.Copy(t.Context(), transfer.Request{Source: made, Bucket: destBucket, Key: "base/a/k"})
	if err != nil || res.Object.ETag != made.ETag || len(f.from.sent) != 0 {
		t.Fatalf("got %+v, %v; %d requests beside", res, err, len(f.from.sent))
	}
	for _, again := range []bool{false, true} {
		if err := r.Remove(t.Context(), destBucket, made.Key, made.ETag); err != nil {
			t.Errorf("again %v: %v", again, err)
		}
	}
	if _, err := r.Head(t.Context(), destBucket, made.Key); !errors.Is(err, transfer.ErrNotFound) {
		t.Errorf("got %v, want %v", err, transfer.ErrNotFound)
	}
	if d, err := r.Head(t.Context(), destBucket, "base/a/k"); err != nil || d.ETag != made.ETag {
		t.Errorf("got %+v, %v", d, err)
	}
}

// TestRouteOfACopyFromElsewhere: whoever copies may look.
func TestRouteOfACopyFromElsewhere(t *testing.T) {
	f, _, r := routed(t)
	if err := f.createBucket(t, "partner"); err != nil {
		t.Fatal(err)
	}
	o := f.put(t, "partner", "k", noise(1000), nil)
	res, err := r.Copy(t.Context(), transfer.Request{Source: o, Bucket: destBucket, Key: "base/k"})
	if err != nil || res.Object.ETag != o.ETag {
		t.Errorf("got %+v, %v", res, err)
	}
}

func TestRouterKeepsOutside(t *testing.T) {
	f, s, r := routed(t)
	o := f.put(t, sourceBucket, "k", noise(10), nil)
	for _, to := range []planner.Object{
		{Bucket: destBucket, Key: "base2/k"}, {Bucket: destBucket, Key: "base"},
		{Bucket: sourceBucket, Key: "base/k"}, {Bucket: destBucket, Key: "base/../k"},
	} {
		t.Run(to.Bucket+" "+to.Key, func(t *testing.T) {
			ctx := t.Context()
			req := transfer.Request{Source: o, Bucket: to.Bucket, Key: to.Key}
			if _, err := r.Stream(ctx, req); !errors.Is(err, errOutside) {
				t.Errorf("stream: got %v", err)
			}
			if _, err := r.Copy(ctx, req); !errors.Is(err, errOutside) {
				t.Errorf("copy: got %v", err)
			}
			if err := r.Remove(ctx, to.Bucket, to.Key, o.ETag); !errors.Is(err, errOutside) {
				t.Errorf("remove: got %v", err)
			}
			if _, err := r.Head(ctx, to.Bucket, to.Key); !errors.Is(err, errOutside) {
				t.Errorf("head: got %v", err)
			}
		})
	}
	if n := len(f.to.requests("PUT")) + len(f.to.requests("DELETE")); n != 0 {
		t.Errorf("%d requests that write", n)
	}
	t.Run("read-only destination", func(t *testing.T) {
		r := NewRouter(Routes{Downloads: s.web})
		req := transfer.Request{Source: s.object(), Bucket: destBucket, Key: "base/k"}
		if _, err := r.Stream(t.Context(), req); !errors.Is(err, errReadOnly) {
			t.Errorf("got %v, want %v", err, errReadOnly)
		}
		if _, err := r.Hash(t.Context(), s.object(), nil); err != nil {
			t.Error(err)
		}
		if _, err := r.Hash(t.Context(), o, nil); !errors.Is(err, transfer.ErrUnknownBucket) {
			t.Errorf("got %v, want %v", err, transfer.ErrUnknownBucket)
		}
	})
	t.Run("no downloads", func(t *testing.T) {
		_, err := NewRouter(Routes{}).Hash(t.Context(), s.object(), nil)
		if !errors.Is(err, transfer.ErrUnknownBucket) {
			t.Errorf("got %v, want %v", err, transfer.ErrUnknownBucket)
		}
	})
}

func TestRemove(t *testing.T) {
	tests := []struct {
		name, etag string
		there      bool
		err        error
		left       bool
	}{
		{"there", "", true, nil, false},
		{"gone", "any", false, nil, false},
		{"another one", "other", true, transfer.ErrChanged, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t, nil)
			if tt.there {
				o := f.put(t, destBucket, "odd +%20&=é", noise(10), nil)
				if tt.etag == "" {
					tt.etag = o.ETag
				}
			}
			err := f.mover.Remove(t.Context(), destBucket, "odd +%20&=é", tt.etag)
			if !errors.Is(err, tt.err) {
				t.Errorf("got %v, want %v", err, tt.err)
			}
			_, err = f.dest.Head(t.Context(), destBucket, "odd +%20&=é")
			if left := err == nil; left != tt.left {
				t.Errorf("left behind: %v, want %v", left, tt.left)
			}
		})
	}
	t.Run("without an ETag", func(t *testing.T) {
		f := newFixture(t, nil)
		if err := f.mover.Remove(t.Context(), destBucket, "k", ""); err == nil || len(f.to.sent) != 0 {
			t.Errorf("got %v after %d requests", err, len(f.to.sent))
		}
	})
}

// TestRemoveWhatMayNotBeSeen: those who may not list the bucket are denied
// what isn't there.
func TestRemoveWhatMayNotBeSeen(t *testing.T) {
	for _, there := range []bool{false, true} {
		t.Run(fmt.Sprint("there ", there), func(t *testing.T) {
			f, _, r := routed(t)
			key := "base/odd +%20&=é"
			f.put(t, destBucket, key+"2", noise(10), nil)
			if there {
				f.put(t, destBucket, key, noise(10), nil)
			}
			f.to.before = func(r *http.Request) (*http.Response, error) {
				if r.Method == http.MethodGet {
					return nil, nil
				}
				return reply(r, http.StatusForbidden, ""), nil
			}
			want, wantHead := error(nil), transfer.ErrNotFound
			if there {
				want, wantHead = transfer.ErrDenied, transfer.ErrDenied
			}
			if err := r.Remove(t.Context(), destBucket, key, "e"); !errors.Is(err, want) {
				t.Errorf("remove: got %v, want %v", err, want)
			}
			if _, err := r.Head(t.Context(), destBucket, key); !errors.Is(err, wantHead) {
				t.Errorf("head: got %v, want %v", err, wantHead)
			}
		})
	}
}

// TestRemoveOnAWS: the condition is S3's to judge, in one request.
func TestRemoveOnAWS(t *testing.T) {
	tests := []struct {
		name   string
		status int
		code   string
		err    error
	}{
		{"removed", http.StatusNoContent, "", nil},
		{"gone", http.StatusNotFound, "NoSuchKey", nil},
		{"another one", http.StatusPreconditionFailed, "PreconditionFailed", transfer.ErrChanged},
		{"denied", http.StatusForbidden, "AccessDenied", transfer.ErrDenied},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := &wire{before: func(r *http.Request) (*http.Response, error) {
				return reply(r, tt.status, tt.code), nil
			}}
			s, err := New(Options{Credentials: static, HTTPClient: w})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.remove(t.Context(), "b", "k", "e"); !errors.Is(err, tt.err) {
				t.Errorf("got %v, want %v", err, tt.err)
			}
			if deletes := w.requests("DELETE"); len(deletes) != 1 || w.requests("HEAD") != nil || w.sent[0].Method != http.MethodDelete ||
				w.sent[0].Header.Get("If-Match") != `"e"` {
				t.Errorf("%d requests, the first %v", len(w.sent), w.sent[0])
			}
		})
	}
}

// TestRemoveAfterALostReply finds nothing to remove any more.
func TestRemoveAfterALostReply(t *testing.T) {
	f := newFixture(t, nil)
	o := f.put(t, destBucket, "k", noise(10), nil)
	lost := false
	f.to.after = func(r *http.Request, resp *http.Response) (*http.Response, error) {
		if r.Method == http.MethodDelete && !lost {
			lost = true
			return lose(resp)
		}
		return resp, nil
	}
	if err := f.mover.Remove(t.Context(), destBucket, "k", o.ETag); err != nil {
		t.Error(err)
	}
}
