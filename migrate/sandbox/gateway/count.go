package gateway

import (
	"maps"
	"net/http"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v3"

	"synapse-migrate/migrate/sandbox/describe"
	"synapse-migrate/migrate/sandbox/identity"
)

// counter counts S3 requests by principal and kind.
type counter struct {
	store *identity.Store

	mu     sync.Mutex
	counts map[string]*describe.S3Count
}

func newCounter(store *identity.Store) *counter {
	return &counter{store: store, counts: make(map[string]*describe.S3Count)}
}

// middleware counts a request once it is answered.
func (c *counter) middleware(ctx fiber.Ctx) error {
	r := requestOf(ctx)
	who, kind := c.who(r), r.kind()
	in := int64(ctx.Request().Header.ContentLength())
	if decoded := ctx.Get("X-Amz-Decoded-Content-Length"); decoded != "" {
		in = parseLength(decoded)
	}
	err := ctx.Next()
	status := ctx.Response().StatusCode()
	out := int64(ctx.Response().Header.ContentLength())
	c.add(who, kind, status, in, out)
	return err
}

func parseLength(text string) int64 {
	var n int64
	for _, digit := range text {
		if digit < '0' || digit > '9' || n > 1<<50 {
			return 0
		}
		n = n*10 + int64(digit-'0')
	}
	return n
}

func (c *counter) add(who, kind string, status int, in, out int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	count, known := c.counts[who]
	if !known {
		count = &describe.S3Count{Requests: map[string]int64{}, Refused: map[string]int64{}}
		c.counts[who] = count
	}
	if status >= http.StatusBadRequest {
		count.Refused[kind]++
		return
	}
	count.Requests[kind]++
	switch kind {
	case "put", "upload-part":
		count.BytesIn += max(in, 0)
	case "get":
		count.BytesOut += max(out, 0)
	}
}

// snapshot copies the counts.
func (c *counter) snapshot() describe.S3Counts {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := describe.S3Counts{Principals: make(map[string]describe.S3Count)}
	for who, count := range c.counts {
		copied := *count
		copied.Requests = maps.Clone(count.Requests)
		copied.Refused = maps.Clone(count.Refused)
		all.Principals[who] = copied
	}
	return all
}

func (c *counter) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.counts)
}

// who names the sender of a request, by what it claims.
func (c *counter) who(r request) string {
	if r.has("X-Amz-Signature") {
		return "presigned"
	}
	_, rest, _ := strings.Cut(r.header("Authorization"), "Credential=")
	key, _, _ := strings.Cut(rest, "/")
	return c.store.NameOf(key)
}

// request is what tells the kind of an S3 request.
type request struct {
	method, path string
	has          func(query string) bool
	header       func(name string) string
}

func requestOf(ctx fiber.Ctx) request {
	return request{
		method: ctx.Method(), path: ctx.Path(),
		has:    func(query string) bool { return ctx.Request().URI().QueryArgs().Has(query) },
		header: func(name string) string { return ctx.Get(name) },
	}
}

// kind names the S3 operation, in the words of describe.S3Count.
func (r request) kind() string {
	_, key, _ := strings.Cut(strings.TrimPrefix(r.path, "/"), "/")
	switch {
	case key == "":
		return r.bucketKind()
	case r.has("uploads"), r.has("uploadId"):
		return r.uploadKind()
	case r.has("tagging"), r.has("acl"), r.has("attributes"), r.has("retention"), r.has("legal-hold"):
		return "other"
	}
	switch r.method {
	case http.MethodGet:
		return "get"
	case http.MethodHead:
		return "head"
	case http.MethodDelete:
		return "delete"
	case http.MethodPut:
		if r.header("X-Amz-Copy-Source") != "" {
			return "copy"
		}
		return "put"
	}
	return "other"
}

func (r request) bucketKind() string {
	switch {
	case r.method == http.MethodPost && r.has("delete"):
		return "delete"
	case r.method != http.MethodGet || r.has("location") || r.has("policy") ||
		r.has("versioning") || r.has("acl") || r.path == "/":
		return "other"
	}
	return "list"
}

func (r request) uploadKind() string {
	switch r.method {
	case http.MethodPut:
		if r.header("X-Amz-Copy-Source") != "" {
			return "copy-part"
		}
		return "upload-part"
	case http.MethodPost:
		if r.has("uploads") {
			return "create-upload"
		}
		return "complete-upload"
	case http.MethodDelete:
		return "abort-upload"
	}
	return "list-parts"
}
