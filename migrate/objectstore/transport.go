package objectstore

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"sync"
	"sync/atomic"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/rs/zerolog"
)

// asideConcurrency is how many checks may be in flight besides everything
// else: enough to be answered faster than Synapse takes calls.
const asideConcurrency = 16

// transport sends requests through a limiter and counts them.
type transport struct {
	next     HTTPClient
	limiter  *limiter
	counters *counters
	logger   zerolog.Logger
}

// newTransport allows the given number of requests in flight at most.
func newTransport(next HTTPClient, concurrency int, logger zerolog.Logger) *transport {
	return &transport{
		next: next, limiter: newLimiter(concurrency), counters: &counters{}, logger: logger,
	}
}

// beside is for short requests that nothing may hold up: asideConcurrency of
// them, which count as the others do.
func (t *transport) beside() *transport {
	return &transport{
		next: t.next, limiter: newLimiter(asideConcurrency), counters: t.counters, logger: t.logger,
	}
}

// Do sends one request of the SDK's.
func (t *transport) Do(req *http.Request) (*http.Response, error) {
	return t.send(awsmiddleware.GetOperationName(req.Context()), req)
}

// send sends one request. Its place is taken until the answer's body is
// closed. A request that makes no progress is broken off with errStalled.
func (t *transport) send(operation string, req *http.Request) (*http.Response, error) {
	place, err := t.limiter.acquire(req.Context())
	if err != nil {
		return nil, err
	}
	t.counters.call(operation)
	w := newWatch(req.Context(), operation)
	req = req.WithContext(w.ctx)
	if req.Body != nil && req.Body != http.NoBody {
		sent := &sentBody{ReadCloser: req.Body, watch: w}
		if writesData(operation) {
			sent.count = &t.counters.bytesWritten
		}
		req.Body = sent
	}
	resp, err := t.next.Do(req)
	w.answer()
	if err != nil {
		err = w.cause(err)
		w.end()
		t.limiter.release()
		return nil, err
	}
	t.limiter.report(place, t.judge(operation, resp))
	body := &countedBody{ReadCloser: resp.Body, watch: w, done: func() {
		w.end()
		t.limiter.release()
	}}
	if readsData(operation) && resp.StatusCode < 300 {
		body.count = &t.counters.bytesRead
	} else {
		body.ReadCloser = &documentBody{ReadCloser: resp.Body, left: maxDocumentBytes}
	}
	resp.Body = body
	return resp, nil
}

// judge says what an answer means for the speed.
func (t *transport) judge(operation string, resp *http.Response) verdict {
	switch {
	case slowsDown(resp.StatusCode):
		t.counters.refused.Add(1)
		t.logger.Debug().Str("operation", operation).Int("status", resp.StatusCode).
			Msg("S3 asks to slow down")
		return slowDown
	case resp.StatusCode < 300:
		return success
	}
	return neutral
}

// writesData reports whether an operation's request body is object data.
func writesData(operation string) bool {
	return operation == "PutObject" || operation == "UploadPart"
}

// readsData reports whether an operation's answer is object data.
func readsData(operation string) bool {
	return operation == "GetObject" || operation == operationGET
}

// sentBody counts what of a request is sent, and tells the watch.
type sentBody struct {
	io.ReadCloser
	count *atomic.Int64
	watch *watch
}

// Read counts.
func (b *sentBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.count != nil {
		b.count.Add(int64(n))
	}
	b.watch.sent()
	return n, err
}

// maxDocumentBytes bounds answers that are no object data. The largest that
// S3 gives are pages of 1,000 keys, with 1 KiB each and three times that
// encoded (S3 API reference, ListObjectsV2, November 2026).
const maxDocumentBytes = 32 << 20

// errEndless is an answer that is longer than any of S3's.
var errEndless = fmt.Errorf("answer is longer than %d bytes", maxDocumentBytes)

// documentBody is an answer that is read whole into memory, which ends with
// errEndless after so many bytes.
type documentBody struct {
	io.ReadCloser
	left int64
}

// Read reads on.
func (b *documentBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errEndless
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// countedBody counts what is read from it and says once when it is closed.
// Without a watch it waits for ever.
type countedBody struct {
	io.ReadCloser
	count  *atomic.Int64
	watch  *watch
	done   func()
	closed atomic.Bool
}

// Read counts.
func (b *countedBody) Read(p []byte) (n int, err error) {
	read := func() (int, error) { return b.ReadCloser.Read(p) }
	if b.watch == nil {
		n, err = read()
	} else {
		n, err = b.watch.read(read)
	}
	if b.count != nil {
		b.count.Add(int64(n))
	}
	return n, err
}

// Close closes the body, and tells at the first time.
func (b *countedBody) Close() error {
	err := b.ReadCloser.Close()
	if b.done != nil && b.closed.CompareAndSwap(false, true) {
		b.done()
	}
	return err
}

// counters count requests and bytes.
type counters struct {
	mu                      sync.Mutex
	calls                   map[string]int64
	refused                 atomic.Int64
	bytesRead, bytesWritten atomic.Int64
}

// call counts one request.
func (c *counters) call(operation string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.calls == nil {
		c.calls = make(map[string]int64)
	}
	c.calls[operation]++
}

// snapshot copies the numbers.
func (c *counters) snapshot() Counters {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Counters{
		Calls:        maps.Clone(c.calls),
		Refused:      c.refused.Load(),
		BytesRead:    c.bytesRead.Load(),
		BytesWritten: c.bytesWritten.Load(),
	}
}
