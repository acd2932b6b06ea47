package objectstore

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awscredentials "github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/rclone/gofakes3"
	"github.com/rclone/gofakes3/s3mem"

	"synapse-migrate/planner"
)

const (
	sourceBucket = "from"
	destBucket   = "to"
)

// wire passes requests on, records them, and can be told to interfere.
type wire struct {
	mu   sync.Mutex
	sent []*http.Request
	// before may answer in the server's place; nil passes the request on.
	before func(*http.Request) (*http.Response, error)
	// after may replace the server's answer.
	after func(*http.Request, *http.Response) (*http.Response, error)
}

func (w *wire) Do(req *http.Request) (*http.Response, error) {
	w.mu.Lock()
	w.sent = append(w.sent, req.Clone(context.WithoutCancel(req.Context())))
	before, after := w.before, w.after
	w.mu.Unlock()
	if before != nil {
		if resp, err := before(req); resp != nil || err != nil {
			return resp, err
		}
	}
	resp, err := http.DefaultClient.Do(req)
	if err == nil && after != nil {
		return after(req, resp)
	}
	return resp, err
}

// requests are those sent so far whose method and URL contain all words.
func (w *wire) requests(words ...string) []*http.Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	var found []*http.Request
	for _, r := range w.sent {
		line := r.Method + " " + r.URL.String()
		ok := true
		for _, word := range words {
			ok = ok && strings.Contains(line, word)
		}
		if ok {
			found = append(found, r)
		}
	}
	return found
}

// fixture is an S3 server with two buckets and a store for each side.
type fixture struct {
	url          string
	from, to     *wire
	source, dest *Store
	mover        *Mover
}

// static are long-lived keys.
var static = awscredentials.NewStaticCredentialsProvider("AKID", "SECRET", "")

// newFixture starts a server; edit may change the stores' options.
func newFixture(t *testing.T, edit func(*Options)) *fixture {
	t.Helper()
	backend := s3mem.New()
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	f := &fixture{url: server.URL, from: &wire{}, to: &wire{}}
	f.source, f.dest = f.store(t, f.from, edit), f.store(t, f.to, edit)
	for _, b := range []string{sourceBucket, destBucket} {
		if err := backend.CreateBucket(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	f.mover = NewMover(f.source, f.dest, MoverOptions{})
	return f
}

// store reaches the server through a wire.
func (f *fixture) store(t *testing.T, w *wire, edit func(*Options)) *Store {
	t.Helper()
	o := Options{Credentials: static, Endpoint: f.url, PathStyle: true, HTTPClient: w,
		MaxRetryDelay: time.Millisecond}
	if edit != nil {
		edit(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// put writes an object past the wires and returns it as a listing would.
func (f *fixture) put(
	t *testing.T, bucket, key string, data []byte, edit func(*s3.PutObjectInput),
) planner.Object {
	t.Helper()
	in := &s3.PutObjectInput{
		Bucket: aws.String(bucket), Key: aws.String(key), Body: bytes.NewReader(data),
	}
	if edit != nil {
		edit(in)
	}
	s := f.store(t, &wire{}, nil)
	out, err := s.client.PutObject(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return planner.Object{
		Bucket: bucket, Key: key, SizeBytes: int64(len(data)), ETag: unquote(*out.ETag),
	}
}

// createBucket makes one more bucket.
func (f *fixture) createBucket(t *testing.T, name string) error {
	t.Helper()
	_, err := f.store(t, &wire{}, nil).client.CreateBucket(t.Context(),
		&s3.CreateBucketInput{Bucket: aws.String(name)})
	return err
}

// get reads an object past the wires.
func (f *fixture) get(t *testing.T, bucket, key string) []byte {
	t.Helper()
	s := f.store(t, &wire{}, nil)
	out, err := s.client.GetObject(t.Context(), &s3.GetObjectInput{
		Bucket: aws.String(bucket), Key: aws.String(key),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Body.Close()
	data, err := io.ReadAll(out.Body)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// noise is data that doesn't repeat, the same at every run.
func noise(size int) []byte {
	data := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(data)
	return data
}

// md5Of is the MD5 in hex.
func md5Of(data []byte) string {
	sum := md5.Sum(data)
	return hex.EncodeToString(sum[:])
}

// reply makes an answer as S3 gives it; a code adds an error document.
func reply(req *http.Request, status int, code string) *http.Response {
	body := ""
	if code != "" {
		body = `<?xml version="1.0"?><Error><Code>` + code + `</Code><Message>told so</Message></Error>`
	}
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1",
		ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
		Request: req,
	}
}

// lose drops an answer, as a broken connection does.
func lose(resp *http.Response) (*http.Response, error) {
	_ = resp.Body.Close()
	return nil, io.ErrUnexpectedEOF
}

// cutBody breaks off after some bytes.
type cutBody struct {
	io.ReadCloser
	left int64
}

func (c *cutBody) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, io.ErrUnexpectedEOF
	}
	n, err := c.ReadCloser.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}

var (
	_ planner.Lister   = (*Store)(nil)
	_ planner.Examiner = (*Store)(nil)
)
