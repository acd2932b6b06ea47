package bench

import (
	"io"
	"maps"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
)

// Recorder is a proxy before an S3 server that counts what it is asked. The
// host that a request was signed for is kept.
type Recorder struct {
	proxy *httputil.ReverseProxy

	mu    sync.Mutex
	calls map[string]int64
	bytes atomic.Int64
}

// NewRecorder stands before the server at a base URL.
func NewRecorder(server *url.URL) *Recorder {
	r := &Recorder{calls: map[string]int64{}}
	r.proxy = &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(server)
			p.Out.Host = p.In.Host
		},
		ModifyResponse: func(resp *http.Response) error {
			if Operation(resp.Request) == "GetObject" && resp.StatusCode < 300 {
				resp.Body = &countedBody{resp.Body, &r.bytes}
			}
			return nil
		},
	}
	return r
}

// ServeHTTP passes a request on.
func (r *Recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	operation := Operation(req)
	r.mu.Lock()
	r.calls[operation]++
	r.mu.Unlock()
	if operation == "PutObject" || operation == "UploadPart" {
		req.Body = &countedBody{req.Body, &r.bytes}
	}
	r.proxy.ServeHTTP(w, req)
}

// Take returns the requests by operation and the bytes of object data that
// passed in both directions, and begins anew. Chunked signatures and
// trailers count as data.
func (r *Recorder) Take() (calls map[string]int64, bytes int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	calls = maps.Clone(r.calls)
	clear(r.calls)
	return calls, r.bytes.Swap(0)
}

type countedBody struct {
	io.ReadCloser
	count *atomic.Int64
}

// Read counts.
func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.count.Add(int64(n))
	return n, err
}

// otherOperation is what Operation calls everything it doesn't tell apart.
const otherOperation = "other"

// Operation is the S3 operation that a path-style request asks for (source:
// S3 API reference, 2025).
func Operation(req *http.Request) string {
	query := req.URL.Query()
	_, key, _ := strings.Cut(strings.TrimPrefix(req.URL.Path, "/"), "/")
	if key == "" {
		return bucketOperation(req.Method, query)
	}
	copied := req.Header.Get("X-Amz-Copy-Source") != ""
	switch {
	case req.Method == http.MethodHead:
		return "HeadObject"
	case req.Method == http.MethodGet && !query.Has("uploadId") && !query.Has("tagging"):
		return "GetObject"
	case req.Method == http.MethodPut && query.Has("partNumber") && copied:
		return "UploadPartCopy"
	case req.Method == http.MethodPut && query.Has("partNumber"):
		return "UploadPart"
	case req.Method == http.MethodPut && copied:
		return "CopyObject"
	case req.Method == http.MethodPut && !query.Has("tagging"):
		return "PutObject"
	case req.Method == http.MethodPost && query.Has("uploads"):
		return "CreateMultipartUpload"
	case req.Method == http.MethodPost && query.Has("uploadId"):
		return "CompleteMultipartUpload"
	}
	return otherOperation
}

// bucketOperation is Operation without a key.
func bucketOperation(method string, query url.Values) string {
	switch {
	case method == http.MethodHead:
		return "HeadBucket"
	case method == http.MethodGet && (query.Has("list-type") || query.Has("delimiter") || query.Has("prefix")):
		return "ListObjects"
	}
	return otherOperation
}
