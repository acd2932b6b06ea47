package objectstore

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Without progress for this long, a request is broken off. Operations that
// S3 works on before it answers get more time.
const (
	stallTimeout     = time.Minute
	slowStallTimeout = 15 * time.Minute
)

// errStalled: nothing came, or went, for too long.
var errStalled = errors.New("no progress for too long")

// slow are the operations whose answer waits until much is done.
var slow = map[string]bool{
	"CopyObject": true, "UploadPartCopy": true, "CompleteMultipartUpload": true,
}

// watch breaks off a request that makes no progress. Its clock runs while
// the server has its turn: from the sending on, and while its body is read.
type watch struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	limit  time.Duration

	mu       sync.Mutex
	timer    *time.Timer
	answered bool
}

// newWatch starts the clock for one request, which is sent under the
// watch's context.
func newWatch(ctx context.Context, operation string) *watch {
	w := &watch{limit: stallTimeout}
	if slow[operation] {
		w.limit = slowStallTimeout
	}
	w.ctx, w.cancel = context.WithCancelCause(ctx)
	w.timer = time.AfterFunc(w.limit, func() { w.cancel(errStalled) })
	return w
}

// sent notes that data went out. What goes out after the answer, if
// anything, doesn't count.
func (w *watch) sent() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.answered {
		w.timer.Reset(w.limit)
	}
}

// answer stops the clock: the server has answered.
func (w *watch) answer() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answered = true
	w.timer.Stop()
}

// read runs the clock during one read of the answer's body.
func (w *watch) read(read func() (int, error)) (int, error) {
	w.timer.Reset(w.limit)
	n, err := read()
	w.timer.Stop()
	return n, w.cause(err)
}

// cause is err, or that the watch broke off.
func (w *watch) cause(err error) error {
	if err != nil && errors.Is(context.Cause(w.ctx), errStalled) {
		return errStalled
	}
	return err
}

// end frees what the watch holds.
func (w *watch) end() {
	w.timer.Stop()
	w.cancel(nil)
}
