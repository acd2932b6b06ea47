package faults

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rclone/gofakes3"
	"github.com/rclone/gofakes3/s3mem"

	"synapse-migrate/synapse/emulator"
)

// Buckets: the destination's, one of the user's that the destination's
// credentials can read, one that the user's keys read, one that Synapse alone
// reads, and Synapse's own.
const (
	bucketLab     = "lab"
	bucketOwn     = "own"
	bucketPartner = "partner"
	bucketFar     = "far"
	bucketSynapse = "synapse"
)

func buckets() []string {
	return []string{bucketLab, bucketOwn, bucketPartner, bucketFar, bucketSynapse}
}

// amazon is S3 in memory, with what the server behind it lacks: credentials
// that expire, and writes that overwrite nothing, decided one at a time.
type amazon struct {
	memory *s3mem.Backend
	server http.Handler
	mu     sync.Mutex // copies are decided on one at a time
	// uploads is held by what reads or copies parts of an upload.
	uploads  sync.Mutex
	sessions int // given so far
	clock    clock
}

// clock is the servers', which may go otherwise than that of this machine.
type clock struct{ ahead atomic.Int64 }

// now is what it shows.
func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

// mostSkew is how far a request's time may be from the server's ("Error
// responses", RequestTimeTooSkewed, Amazon S3 API Reference, November 2026).
const mostSkew = 15 * time.Minute

// skewed reports whether a request was signed at another time than now.
func (a *amazon) skewed(r *http.Request) bool {
	signed, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	return err == nil && a.clock.now().Sub(signed).Abs() > mostSkew
}

func newAmazon(t *testing.T) *amazon {
	a := &amazon{memory: s3mem.New()}
	a.server = gofakes3.New(a.memory, gofakes3.WithTimeSkewLimit(0)).Server()
	for _, bucket := range buckets() {
		if err := a.memory.CreateBucket(t.Context(), bucket); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

// session is an access key that expires: ASIA, its number, and when.
var session = regexp.MustCompile(`Credential=ASIA[0-9]+E([0-9]+)/`)

// ServeHTTP answers as S3 does.
func (a *amazon) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Date", a.clock.now().UTC().Format(http.TimeFormat))
	if r.Host == hostS3 && a.skewed(r) {
		refuse(w, r, http.StatusForbidden, "RequestTimeTooSkewed", "The difference is too large.")
		return
	}
	if m := session.FindStringSubmatch(r.Header.Get("Authorization")); m != nil {
		expires, err := strconv.ParseInt(m[1], 10, 64)
		if err != nil || a.clock.now().Unix() >= expires {
			refuse(w, r, http.StatusBadRequest, "ExpiredToken", "The provided token has expired.")
			return
		}
	}
	if r.Header.Get("If-None-Match") == "*" && !a.free(w, r) {
		return
	}
	if r.URL.Query().Has("uploadId") && (r.Method != http.MethodPut || r.Header.Get("X-Amz-Copy-Source") != "") {
		// gofakes3 lists the parts of an upload while others, of a run that was
		// stopped, still come to it. What has a body may be slow, and isn't held.
		a.uploads.Lock()
		defer a.uploads.Unlock()
	}
	a.server.ServeHTTP(w, r)
	if r.Header.Get("If-None-Match") == "*" {
		a.mu.Unlock()
	}
}

// free looks whether a key may be written, and then holds the lock.
func (a *amazon) free(w http.ResponseWriter, r *http.Request) bool {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		cut()
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	a.mu.Lock()
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if _, err := a.memory.HeadObject(r.Context(), bucket, key); err != nil {
		return true
	}
	a.mu.Unlock()
	refuse(w, r, http.StatusPreconditionFailed, "PreconditionFailed", "It exists.")
	return false
}

// AssumeRole gives credentials that S3 takes until they expire.
func (a *amazon) AssumeRole(
	_ context.Context, _, _ string, life time.Duration,
) (emulator.Credentials, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sessions++
	expires := a.clock.now().Add(life)
	return emulator.Credentials{
		AccessKeyID: fmt.Sprintf("ASIA%dE%d", a.sessions, expires.Unix()), SecretAccessKey: "secret",
		SessionToken: "token", Expiration: expires,
	}, nil
}

// put makes an object.
func (a *amazon) put(t *testing.T, bucket, key string, data []byte) {
	t.Helper()
	meta := map[string]string{"Content-Type": "text/plain"}
	_, err := a.memory.PutObject(t.Context(), bucket, key, meta, bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
}

// list are all objects: bucket, key and ETag.
func (a *amazon) list(t *testing.T) (all []string) {
	t.Helper()
	for _, bucket := range buckets() {
		page, err := a.memory.ListBucket(t.Context(), bucket, &gofakes3.Prefix{}, gofakes3.ListBucketPage{})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range page.Contents {
			all = append(all, fmt.Sprintf("object %s/%s %s %d", bucket, madeUp(o.Key), strings.Trim(o.ETag, `"`), o.Size))
		}
	}
	return all
}

// underWay counts the multipart uploads that were neither completed nor
// aborted.
func (a *amazon) underWay(t *testing.T) (n int) {
	t.Helper()
	for _, bucket := range buckets() {
		answer := httptest.NewRecorder()
		a.server.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "http://"+hostS3+"/"+bucket+"?uploads", nil))
		if answer.Code == http.StatusNotFound {
			continue // a bucket that never had any
		}
		if answer.Code != http.StatusOK {
			t.Fatalf("listing uploads in %s: status %d", bucket, answer.Code)
		}
		n += strings.Count(answer.Body.String(), "<Upload>")
	}
	return n
}

// generated is a key that Synapse made up: user, UUID, name.
var generated = regexp.MustCompile(`[0-9]+/[0-9a-f]{8}-[0-9a-f-]{27}/`)

// madeUp is a key without what differs from run to run.
func madeUp(key string) string { return generated.ReplaceAllString(key, "*/") }
