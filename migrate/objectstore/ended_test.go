package objectstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"synapse-migrate/migrate/credentials"
	"synapse-migrate/migrate/transfer"
)

// leftBehind are the multipart uploads that the destination has, seen past the
// wires.
func (f *fixture) leftBehind(t *testing.T) int {
	t.Helper()
	n := 0
	for _, err := range f.store(t, &wire{}, nil).LeftUploads(t.Context(), destBucket, "") {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

// ways are how objects get their parts.
func ways(m *Mover) map[string]func(context.Context, transfer.Request) (transfer.Result, error) {
	return map[string]func(context.Context, transfer.Request) (transfer.Result, error){"stream": m.Stream, "copy": m.Copy}
}

// inParts has all that is moved here go in parts.
func inParts(o *Options) {
	streamOptions(o)
	o.CopyLimitBytes, o.MaxRetryDelay = 1, 1
}

// Several runs bring one object to one place at once. S3 lets one complete its
// upload; the others find the object, and leave nothing behind.
func TestRunsAgainstEachOther(t *testing.T) {
	for _, way := range []string{"stream", "copy"} {
		t.Run(way, func(t *testing.T) {
			f := newFixture(t, inParts)
			o := f.put(t, sourceBucket, "k", noise(2*minPartBytes), nil)
			const runs = 3
			var ready sync.WaitGroup
			ready.Add(runs)
			var one sync.Mutex
			written := false
			f.to.before = func(r *http.Request) (*http.Response, error) {
				if !completes(r) {
					return nil, nil
				}
				ready.Done()
				ready.Wait() // nobody finds the object before all have sent their parts
				one.Lock()
				if written {
					one.Unlock()
					return reply(r, http.StatusPreconditionFailed, "PreconditionFailed"), nil
				}
				return nil, nil
			}
			f.to.after = func(r *http.Request, resp *http.Response) (*http.Response, error) {
				if completes(r) {
					written = true
					one.Unlock()
				}
				return resp, nil
			}
			var group errgroup.Group
			for range runs {
				group.Go(func() error {
					req := request(o, "k")
					req.Save = func(context.Context, transfer.Upload) error { return nil }
					_, err := ways(f.mover)[way](t.Context(), req)
					return err
				})
			}
			if err := group.Wait(); err != nil {
				t.Fatal(err)
			}
			if n := f.leftBehind(t); n != 0 {
				t.Errorf("%d uploads are left behind", n)
			}
		})
	}
}

// However a transfer ends, its upload is gone, or remembered.
func TestUploadsThatEnd(t *testing.T) {
	uploads := func(r *http.Request) bool { // sends or copies a part
		return r.Method == http.MethodPut && r.URL.Query().Has("partNumber")
	}
	refuse := func(when func(*http.Request) bool, status int, code string) func(*http.Request) (*http.Response, error) {
		return func(r *http.Request) (*http.Response, error) {
			if when(r) {
				return reply(r, status, code), nil
			}
			return nil, nil
		}
	}
	unsaved := errors.New("disk full")
	tests := []struct {
		name string
		to   func(*http.Request) (*http.Response, error)
		// other content comes to the destination meanwhile
		other bool
		save  error
		keep  bool // the upload is remembered, and there
		is    error
	}{
		{"other content", refuse(completes, 412, "PreconditionFailed"), true, nil, false, transfer.ErrExists},
		{"refused parts", refuse(completes, 400, "InvalidPart"), false, nil, false, nil},
		{"too small parts", refuse(completes, 400, "EntityTooSmall"), false, nil, false, nil},
		{"no bucket any more", refuse(uploads, 404, "NoSuchBucket"), false, nil, false, transfer.ErrNotFound},
		{"a denied part", refuse(uploads, 403, "AccessDenied"), false, nil, true, transfer.ErrDenied},
		{"a part that fails", refuse(uploads, 500, "InternalError"), false, nil, true, nil},
		{"nobody can remember it", nil, false, unsaved, false, unsaved},
	}
	for _, way := range []string{"stream", "copy"} {
		for _, tt := range tests {
			t.Run(way+"/"+tt.name, func(t *testing.T) {
				f := newFixture(t, inParts)
				o := f.put(t, sourceBucket, "k", noise(2*minPartBytes), nil)
				f.to.before = func(r *http.Request) (*http.Response, error) {
					if tt.other && completes(r) {
						f.put(t, destBucket, "k", []byte("other"), nil)
					}
					if tt.to == nil {
						return nil, nil
					}
					return tt.to(r)
				}
				req := request(o, "k")
				var saved transfer.Upload
				req.Save = func(_ context.Context, u transfer.Upload) error {
					saved = u
					return tt.save
				}
				_, err := ways(f.mover)[way](t.Context(), req)
				if err == nil || tt.is != nil && !errors.Is(err, tt.is) {
					t.Fatalf("got %v, want %v", err, tt.is)
				}
				if n := f.leftBehind(t); (n == 1) != tt.keep || n > 1 {
					t.Errorf("%d uploads are left behind; kept: %t", n, tt.keep)
				}
				if tt.keep && saved.UploadID == "" {
					t.Error("the upload that is left behind is not remembered")
				}
			})
		}
	}
}

// A source that changes while it is brought leaves no upload, and neither does an
// attempt that nobody goes on with.
func TestUploadsOfNoFurtherUse(t *testing.T) {
	for _, changes := range []bool{true, false} {
		for _, way := range []string{"stream", "copy"} {
			t.Run(fmt.Sprintf("%s, source changes %t", way, changes), func(t *testing.T) {
				f := newFixture(t, inParts)
				o := f.put(t, sourceBucket, "k", noise(2*minPartBytes), nil)
				f.to.before = func(r *http.Request) (*http.Response, error) {
					q := r.URL.Query()
					switch {
					case changes && q.Has("uploads"):
						f.put(t, sourceBucket, "k", noise(2*minPartBytes+1), nil)
					case changes && r.Header.Get("X-Amz-Copy-Source") != "":
						return reply(r, http.StatusPreconditionFailed, "PreconditionFailed"), nil
					case !changes && r.Method == http.MethodPut && q.Has("partNumber"):
						return reply(r, http.StatusInternalServerError, "InternalError"), nil
					}
					return nil, nil
				}
				req := request(o, "k")
				if changes {
					req.Save = func(context.Context, transfer.Upload) error { return nil }
				}
				_, err := ways(f.mover)[way](t.Context(), req)
				if err == nil || errors.Is(err, transfer.ErrChanged) != changes {
					t.Errorf("got %v, want that it has changed: %t", err, changes)
				}
				begun, ended := len(f.to.requests("POST", "uploads")), len(f.to.requests("DELETE", "uploadId"))
				if begun != 1 || ended != 1 {
					t.Errorf("%d uploads begun, %d aborted", begun, ended)
				}
			})
		}
	}
}

// An upload that lost against another run's and can't be aborted is remembered
// as one that nothing goes on with.
func TestUploadThatStays(t *testing.T) {
	f := newFixture(t, inParts)
	data := noise(2 * minPartBytes)
	o := f.put(t, sourceBucket, "k", data, nil)
	f.to.before = func(r *http.Request) (*http.Response, error) {
		switch {
		case completes(r):
			f.put(t, destBucket, "k", data, nil)
			return reply(r, http.StatusPreconditionFailed, "PreconditionFailed"), nil
		case r.Method == http.MethodDelete:
			return reply(r, http.StatusForbidden, "AccessDenied"), nil
		}
		return nil, nil
	}
	req := request(o, "k")
	var saved transfer.Upload
	req.Save = func(_ context.Context, u transfer.Upload) error {
		saved = u
		return nil
	}
	res, err := f.mover.Stream(t.Context(), req)
	if err != nil || !res.Found {
		t.Fatalf("got %+v, %v, want the object that is there", res, err)
	}
	if !saved.Left || saved.UploadID == "" {
		t.Errorf("remembered is %+v, want an upload that is left", saved)
	}
}

// An upload that a later attempt can't go on with is aborted before another is
// begun.
func TestUploadOfNoUse(t *testing.T) {
	f := newFixture(t, streamOptions)
	o := f.put(t, sourceBucket, "k", noise(2*minPartBytes), nil)
	for way, move := range ways(f.mover) {
		made, err := f.dest.client.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{
			Bucket: aws.String(destBucket), Key: aws.String(way),
		})
		if err != nil {
			t.Fatal(err)
		}
		req := request(o, way)
		req.Save = func(context.Context, transfer.Upload) error { return nil }
		req.Resume = transfer.Upload{UploadID: *made.UploadId}
		if _, err := move(t.Context(), req); err != nil {
			t.Fatal(err)
		}
		if n := f.leftBehind(t); n != 0 {
			t.Errorf("%s: %d uploads are left behind", way, n)
		}
	}
}

// The answer to the request that begins an upload is lost. The next attempt of the request begins another; that the
// first may be left is remembered, and stays so when the transfer succeeds.
func TestUploadWhoseCreationIsNotAnswered(t *testing.T) {
	creates := func(r *http.Request) bool { return r.Method == http.MethodPost && r.URL.Query().Has("uploads") }
	tests := []struct {
		name string
		// lost are the attempts whose answers don't come
		lost        int
		status      int
		code        string
		fails, left bool
	}{
		{"answered", 0, 0, "", false, false},
		{"one answer lost", 1, 0, "", false, true},
		{"all answers lost", maxAttempts, 0, "", true, true},
		{"trouble", 0, 500, "InternalError", true, true},
		{"denied", 0, 403, "AccessDenied", true, false},
		{"throttled", 0, 503, "SlowDown", true, false},
		{"no ID in the answer", 0, 200, "", true, true},
	}
	for _, way := range []string{"stream", "copy"} {
		for _, tt := range tests {
			t.Run(way+"/"+tt.name, func(t *testing.T) {
				f := newFixture(t, inParts)
				o := f.put(t, sourceBucket, "k", noise(2*minPartBytes), nil)
				f.to.before = func(r *http.Request) (*http.Response, error) {
					if creates(r) && tt.status != 0 {
						resp := reply(r, tt.status, tt.code)
						if tt.code == "" {
							resp.Body = io.NopCloser(strings.NewReader("<InitiateMultipartUploadResult/>"))
						}
						return resp, nil
					}
					return nil, nil
				}
				lost := 0
				f.to.after = func(r *http.Request, resp *http.Response) (*http.Response, error) {
					if creates(r) && lost < tt.lost {
						lost++
						return lose(resp)
					}
					return resp, nil
				}
				req := request(o, "k")
				var saved transfer.Upload
				req.Save = func(_ context.Context, u transfer.Upload) error {
					saved = u
					return nil
				}
				_, err := ways(f.mover)[way](t.Context(), req)
				if (err != nil) != tt.fails || saved.Asked.IsZero() == tt.left {
					t.Fatalf("got %v, remembered %+v; fails: %t, may be left: %t", err, saved, tt.fails, tt.left)
				}
				if tt.status == 0 { // else none was ever begun, and the server lists none
					if n := f.leftBehind(t); n != tt.lost {
						t.Errorf("%d uploads are left behind, want %d", n, tt.lost)
					}
				}
				// What was remembered outlives the next attempt, and doesn't hinder it.
				if tt.fails && tt.lost > 0 {
					asked := saved.Asked
					req.Resume = saved
					if _, err := ways(f.mover)[way](t.Context(), req); err != nil || !saved.Asked.Equal(asked) {
						t.Errorf("again: %v, remembered %+v", err, saved)
					}
				}
			})
		}
	}
}

// An upload may be left where S3 may have done what was asked, and not where nothing was sent, or S3 refused.
func TestLostAnswers(t *testing.T) {
	status := func(code int) error {
		return &smithyhttp.ResponseError{
			Response: &smithyhttp.Response{Response: &http.Response{StatusCode: code}}, Err: errors.New("answered"),
		}
	}
	refused := func(err error) error { return &credentials.RefusedError{Name: "the lab's", Err: err} }
	tests := []struct {
		name string
		err  error
		want bool
	}{
		{"none", nil, false},
		{"broken off", io.ErrUnexpectedEOF, true},
		{"trouble", status(500), true},
		{"an unreadable answer", status(200), true},
		{"refused", status(403), false},
		{"not known to the server", status(501), false},
		{"not reached", &net.OpError{Op: "dial", Err: errors.New("refused")}, false},
		{"broken while it was sent", &net.OpError{Op: "write", Err: errors.New("reset")}, true},
		{"no credentials", refused(errors.New("exit status 1")), false},
		{"no credentials, by the trouble of who gives them", refused(status(500)), false},
		{"expired, and no others", fmt.Errorf("%w, after: %w", refused(status(500)), status(400)), false},
	}
	for _, tt := range tests {
		if got := lostAnswer(tt.err); got != tt.want {
			t.Errorf("%s: got %t, want %t", tt.name, got, tt.want)
		}
	}
}

// Where nobody remembers uploads, it is at least said that one may be left.
func TestUploadThatNobodyRemembers(t *testing.T) {
	f := newFixture(t, inParts)
	o := f.put(t, sourceBucket, "k", noise(2*minPartBytes), nil)
	lost := false
	f.to.after = func(r *http.Request, resp *http.Response) (*http.Response, error) {
		if r.Method == http.MethodPost && r.URL.Query().Has("uploads") && !lost {
			lost = true
			return lose(resp)
		}
		return resp, nil
	}
	var log bytes.Buffer
	m := NewMover(f.source, f.dest, MoverOptions{Logger: zerolog.New(&log)})
	if _, err := m.Stream(t.Context(), request(o, "k")); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(log.String(), "may be left"); n != 1 {
		t.Errorf("said %d times, want once:\n%s", n, &log)
	}
}
