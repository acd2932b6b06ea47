package migrate

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
)

// stuckReader is a source whose bodies come to a stop after a few bytes, until
// their context ends.
type stuckReader struct {
	mover
	t *testing.T
}

func (s stuckReader) Open(ctx context.Context, _ planner.Object, _, _ int64) (io.ReadCloser, error) {
	return &stuckBody{ctx: ctx, t: s.t, closed: make(chan struct{})}, nil
}

// stuckBody is of one reader alone, as a source's body is: whoever closes it
// must know that nobody reads.
type stuckBody struct {
	ctx   context.Context
	t     *testing.T
	begun bool

	reading atomic.Bool
	closed  chan struct{}
}

func (b *stuckBody) Read(p []byte) (int, error) {
	if b.reading.Swap(true) {
		b.t.Error("read while a read is under way")
	}
	defer b.reading.Store(false)
	if !b.begun {
		b.begun = true
		return copy(p, "by"), nil
	}
	select {
	case <-b.closed:
		b.t.Error("read after it was closed, or closed while a read is under way")
		return 0, io.ErrClosedPipe
	case <-b.ctx.Done():
		return 0, b.ctx.Err()
	}
}

func (b *stuckBody) Close() error {
	close(b.closed)
	return nil
}

// TestAnswerWhileThePartIsSent is an answer before all of the part was sent:
// the client goes on reading the request's body for a while.
func TestAnswerWhileThePartIsSent(t *testing.T) {
	for status, says := range map[int]string{
		http.StatusOK:                 "answered after 2 of 5 bytes",
		http.StatusServiceUnavailable: "status 503",
	} {
		t.Run(says, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				plan{w}.item(planner.ActionUpload, "x", "bytes", known)
				d := w.deps()
				d.Source = stuckReader{mover{w}, t}
				d.PartClient = partClient(roundTrip(func(r *http.Request) (*http.Response, error) {
					go func() {
						_, _ = io.Copy(io.Discard, r.Body)
						_, _ = io.Copy(io.Discard, r.Body) // and once more, after its end
					}()
					synctest.Wait() // the second read is under way
					return &http.Response{StatusCode: status, Request: r, Body: http.NoBody}, nil
				}))
				if _, err := Run(t.Context(), Options{}, d); err != nil {
					t.Fatal(err)
				}
				got := w.entries[1]
				if got.State != checkpoint.StateFailed || got.Failure.Side == checkpoint.SideSource {
					t.Fatalf("item is %s: %+v, want the upload's failure", got.State, got.Failure)
				}
				if !strings.HasSuffix(got.Failure.Cause, says) {
					t.Errorf("failed by %q, want the end %q", got.Failure.Cause, says)
				}
			})
		})
	}
}
