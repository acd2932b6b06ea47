package object_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/rs/zerolog"

	"synapse-migrate/migrate/object"
	"synapse-migrate/migrate/sandbox/sandboxtest"
	"synapse-migrate/migrate/sandbox/tea"
)

const token = "earthdata-token-planted"

// box is a sandbox with a TEA, and a way to S3 that a test can stand in.
type box struct {
	*sandboxtest.Instance
	t       *testing.T
	options object.Options
	// tea is asked so often.
	tea    *httptest.Server
	vended atomic.Int64
	// app is the name that it was last asked with.
	app atomic.Value
	// before sees each request to S3, and says whether it answered.
	before func(http.ResponseWriter, *http.Request) bool
	log    bytes.Buffer
}

func newBox(t *testing.T, args ...string) *box {
	b := &box{Instance: sandboxtest.Start(t, args...), t: t}
	client := sts.NewFromConfig(b.Config(b.OwnerKeys), func(o *sts.Options) { o.BaseEndpoint = &b.STSEndpoint })
	endpoint := tea.New(tea.Options{
		STS: client, RoleARN: b.ReaderRole.ARN, Users: map[string]tea.User{
			token:      {ID: b.ReaderRole.ExternalID},
			"no-terms": {ID: "x", NoTerms: true},
		},
	})
	b.tea = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.vended.Add(1)
		b.app.Store(r.Header.Get("app-name"))
		endpoint.ServeHTTP(w, r)
	}))
	t.Cleanup(b.tea.Close)
	target, err := url.Parse(b.S3Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	pass := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host // it is signed
	}, ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }}
	way := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if b.before == nil || !b.before(w, r) {
			pass.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(way.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", b.OwnerKeys.AccessKeyID)
	t.Setenv("AWS_SECRET_ACCESS_KEY", b.OwnerKeys.SecretAccessKey)
	t.Setenv("AWS_SESSION_TOKEN", "")
	t.Setenv("AWS_PROFILE", "")
	b.options = object.Options{
		Endpoint: way.URL, PartSizeBytes: 5 << 20, PartConcurrency: 1,
		Logger: zerolog.New(&b.log),
	}
	return b
}

// event brings a key of the bucket Foreign to one of the bucket Source.
func (b *box) event(from, to string) object.Event {
	return object.Event{
		CredentialsEndpoint: b.tea.URL + tea.Path, BearerToken: token,
		Source: object.Address{Bucket: b.Foreign, Key: from}, Dest: object.Address{Bucket: b.Source, Key: to},
	}
}

// noise is data that doesn't repeat.
func noise(size int) string {
	data := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{3}).Read(data)
	return string(data)
}

func sumOf(content string) string {
	sum := md5.Sum([]byte(content))
	return hex.EncodeToString(sum[:])
}

// holds fails the test unless the bucket Source has that object.
func (b *box) holds(key, want string) {
	b.t.Helper()
	out, err := b.S3(b.Root).GetObject(b.t.Context(), &s3.GetObjectInput{Bucket: &b.Source, Key: &key})
	if err != nil {
		b.t.Fatal(err)
	}
	defer out.Body.Close()
	if got, err := io.ReadAll(out.Body); err != nil || string(got) != want {
		b.t.Errorf("%s: other bytes arrived (%d, want %d), %v", key, len(got), len(want), err)
	}
}

// silent fails the test where a text shows the token or a key.
func (b *box) silent(texts ...string) {
	b.t.Helper()
	for _, text := range append(texts, b.log.String()) {
		for _, secret := range []string{token, b.OwnerKeys.SecretAccessKey} {
			if strings.Contains(text, secret) {
				b.t.Errorf("a secret is in %.300s", text)
			}
		}
	}
}

// failed is the failure that an event ends with.
func (b *box) failed(ctx context.Context, e object.Event, o object.Options) *object.Failure {
	b.t.Helper()
	_, err := object.Handle(ctx, e, o)
	var f *object.Failure
	if !errors.As(err, &f) {
		b.t.Fatalf("got %v, want a failure", err)
	}
	text, jsonErr := json.Marshal(f)
	if jsonErr != nil || !strings.Contains(string(text), `"code":"`+string(f.Code)+`"`) {
		b.t.Errorf("it is written as %s, %v", text, jsonErr)
	}
	b.silent(string(text), err.Error())
	return f
}

func TestHandle(t *testing.T) {
	b := newBox(t)
	for name, size := range map[string]int{"empty": 0, "small": 1000, "large": 12<<20 + 5} {
		t.Run(name, func(t *testing.T) {
			content := noise(size)
			b.Put(t, b.Foreign, name, content)
			r, err := object.Handler(b.options)(t.Context(), b.event(name, "out/"+name))
			if err != nil {
				t.Fatal(err)
			}
			b.holds("out/"+name, content)
			parts := max(1, (int64(size)+5<<20-1)/(5<<20))
			if r.MD5 != sumOf(content) || r.SizeBytes != int64(size) || r.Parts != parts || r.Resumed || r.Found ||
				r.BytesRead != int64(size) || r.BytesWritten != int64(size) || r.Source.ETag == "" ||
				r.Destination.Key != "out/"+name || r.DurationSeconds <= 0 {
				t.Errorf("got %+v, want %d parts", r, parts)
			}
			text, err := json.Marshal(r)
			b.silent(string(text))
			if again, e := object.Handle(t.Context(), b.event(name, "out/"+name), b.options); err != nil || e != nil ||
				!again.Found || again.MD5 != r.MD5 {
				t.Errorf("again: got %+v, %v", again, e)
			}
		})
	}
}

// A destination without a key keeps the source's, and the endpoint is told
// which program asks.
func TestHandleKeepsTheKey(t *testing.T) {
	b := newBox(t)
	b.Put(t, b.Foreign, "a/granule.h5", "data")
	for name, want := range map[string]string{"": "migrate", "lab-copy": "lab-copy"} {
		o := b.options
		o.AppName = name
		r, err := object.Handle(t.Context(), b.event("a/granule.h5", ""), o)
		if app := b.app.Load(); err != nil || r.Destination.Key != "a/granule.h5" || app != want {
			t.Errorf("got %+v as %q, %v", r, app, err)
		}
	}
	b.holds("a/granule.h5", "data")
}

// An attempt that is called off in the middle is gone on with: what was sent
// is not read again.
func TestHandleGoesOn(t *testing.T) {
	b := newBox(t)
	content := noise(32 << 20)
	b.Put(t, b.Foreign, "k", content)
	b.options.StatePath = filepath.Join(t.TempDir(), "event.state")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	b.before = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Get("partNumber") == "5" {
			cancel()
		}
		return false
	}
	f := b.failed(ctx, b.event("k", "out"), b.options)
	if f.Code != object.CodeInterrupted || !f.Retryable {
		t.Errorf("got %+v, want it to be interrupted", f)
	}
	saved, err := os.ReadFile(b.options.StatePath)
	if err != nil {
		t.Fatal(err)
	}
	b.silent(string(saved))
	b.before = nil
	r, err := object.Handle(t.Context(), b.event("k", "out"), b.options)
	if err != nil {
		t.Fatal(err)
	}
	b.holds("out", content)
	if !r.Resumed || r.ResumedBytes != 4*5<<20 || r.BytesRead != 12<<20 || r.MD5 != sumOf(content) || r.Parts != 7 {
		t.Errorf("got %+v, want four parts of before and 12 MiB read", r)
	}
	if _, err := os.Stat(b.options.StatePath); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the state file is left: %v", err)
	}
}

// unanswered has a state file say that another upload was asked for and that no answer came.
func unanswered(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	asked := strings.Replace(string(text), `"upload":{`, `"upload":{"asked":"2026-11-01T12:00:00Z",`, 1)
	if asked == string(text) {
		t.Fatalf("no upload in %s", text)
	}
	if err := os.WriteFile(path, []byte(asked), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Parts of a source that has changed meanwhile are of no use.
func TestHandleBeginsAnewAfterAChange(t *testing.T) {
	b := newBox(t)
	b.Put(t, b.Foreign, "k", noise(20<<20))
	b.options.StatePath = filepath.Join(t.TempDir(), "event.state")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	b.before = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Get("partNumber") == "3" {
			cancel()
		}
		return false
	}
	b.failed(ctx, b.event("k", "out"), b.options)
	b.before = nil
	unanswered(t, b.options.StatePath)
	content := noise(20<<20 - 1)
	b.Put(t, b.Foreign, "k", content)
	r, err := object.Handle(t.Context(), b.event("k", "out"), b.options)
	if err != nil {
		t.Fatal(err)
	}
	b.holds("out", content)
	if r.Resumed || r.MD5 != sumOf(content) || len(r.Warnings) != 2 ||
		!strings.Contains(r.Warnings[1], "the answer to its creation was lost") {
		t.Errorf("got %+v, want a new beginning with a warning, and one of what may be left", r)
	}
	uploads, err := b.S3(b.Root).ListMultipartUploads(t.Context(), &s3.ListMultipartUploadsInput{Bucket: &b.Source})
	if err != nil || len(uploads.Uploads) != 0 {
		t.Errorf("%d uploads are left behind, %v", len(uploads.Uploads), err)
	}
}

// Keys that die every second are renewed, and nothing fails.
func TestHandleRenews(t *testing.T) {
	b := newBox(t, "--token-life", "1s")
	content := noise(50 << 20)
	b.Put(t, b.Foreign, "k", content)
	b.before = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPut { // ten parts, one after the other, take four seconds
			<-time.After(400 * time.Millisecond)
		}
		return false
	}
	r, err := object.Handle(t.Context(), b.event("k", "out"), b.options)
	if err != nil || r.MD5 != sumOf(content) {
		t.Fatalf("got %+v, %v", r, err)
	}
	b.holds("out", content)
	if n := b.vended.Load(); n < 3 {
		t.Errorf("the endpoint was asked %d times, want at least 3", n)
	}
	b.silent()
}

func TestHandleFails(t *testing.T) {
	b := newBox(t)
	b.Put(t, b.Foreign, "k", "content")
	b.Put(t, b.Source, "taken", "other content")
	b.Put(t, b.Source, "own", "not the role's")
	tests := []struct {
		name string
		edit func(*object.Event, *object.Options)
		code object.Code
		side string
		want string
	}{
		{"login", func(e *object.Event, _ *object.Options) { e.BearerToken = "expired" },
			object.CodeLogin, object.SideSource, "token"},
		{"terms", func(e *object.Event, _ *object.Options) { e.BearerToken = "no-terms" },
			object.CodeTerms, object.SideSource, "terms of use"},
		{"no object", func(e *object.Event, _ *object.Options) { e.Source.Key = "gone" },
			object.CodeNotFound, object.SideSource, "gone"},
		{"no right to read", func(e *object.Event, _ *object.Options) {
			e.Source = object.Address{Bucket: b.Source, Key: "own"}
		},
			object.CodeDenied, object.SideSource, b.Source},
		{"no bucket to write", func(e *object.Event, _ *object.Options) { e.Dest.Bucket = "no-such-bucket" },
			object.CodeNotFound, object.SideDestination, "no-such-bucket"},
		{"taken", func(e *object.Event, _ *object.Options) { e.Dest.Key = "taken" },
			object.CodeExists, object.SideDestination, "taken"},
		{"no event", func(e *object.Event, _ *object.Options) { e.BearerToken = "" },
			object.CodeEvent, "", "BearerToken"},
		{"S3 in the clear", func(_ *object.Event, o *object.Options) { o.Endpoint = "http://s3.example.org" },
			object.CodeFailed, "", "not https"},
		{"state of nobody", func(_ *object.Event, o *object.Options) { o.StatePath = t.TempDir() },
			object.CodeState, "", "unusable state file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, o := b.event("k", "out"), b.options
			tt.edit(&e, &o)
			f := b.failed(t.Context(), e, o)
			if f.Code != tt.code || f.Side != tt.side || !strings.Contains(f.Message, tt.want) {
				t.Errorf("got %s, side %q: %s", f.Code, f.Side, f.Message)
			}
		})
	}
	t.Run("replace", func(t *testing.T) {
		o := b.options
		o.Replace = true
		if _, err := object.Handle(t.Context(), b.event("k", "taken"), o); err != nil {
			t.Fatal(err)
		}
		b.holds("taken", "content")
	})
}
