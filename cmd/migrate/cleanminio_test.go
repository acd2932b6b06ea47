//go:build minio

package main

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
)

// hasUpload asks MinIO for the parts of a multipart upload; it lists uploads
// by whole keys only.
func (s *site) hasUpload(key, id string) bool {
	s.t.Helper()
	_, err := s.root().ListParts(s.t.Context(), &s3.ListPartsInput{
		Bucket: &s.Destination, Key: &key, UploadId: &id,
	})
	var refused smithy.APIError
	switch {
	case err == nil:
		return true
	case errors.As(err, &refused) && refused.ErrorCode() == "NoSuchUpload":
		return false
	}
	s.t.Fatalf("listing the parts of %q: %v", key, err)
	return false
}

func TestMinIOCleanAbortsWhatTheRunLeftBehindAndNothingElse(t *testing.T) {
	s, _ := minioSite(t)
	objects := map[string]string{"raw/a.txt": "a", "raw/b.txt": "b"}
	s.fill(s.Source, objects)
	there := s.External.BaseKey + "/there.txt"
	s.fill(s.Destination, map[string]string{there: "there"})
	source := "s3://" + s.Source + "/raw/"
	s.want(exitDone, "bucket", source, "--to", s.External.ID, "--dry-run")
	s.want(exitDone, "bucket", source, "--to", s.External.ID, "--run", "other.migrate", "--dry-run")

	mine, hidden, other := s.External.BaseKey+"/a.txt", s.External.BaseKey+"/of nobody.bin", s.External.BaseKey+"/b.txt"
	own, unknown, others := s.begin(s.Destination, mine), s.begin(s.Destination, hidden), s.begin(s.Destination, other)
	again := s.begin(s.Destination, mine)
	run := runFileFor(s.External.ID)
	held := s.saveUpload(run, own)
	if err := errors.Join(held.Close(), s.saveUpload("other.migrate", others).Close()); err != nil {
		t.Fatal(err)
	}

	clean := []string{"clean", "--run", run, "--older-than", "0s"}
	o := s.want(exitDone, append(clean, "--dry-run")...)
	if !strings.Contains(o.stdout, "item 1 of this run") || !strings.Contains(o.stdout, "2.0 KiB") ||
		!s.hasUpload(mine, own) {
		t.Errorf("got\n%s\nwant this run's upload with its size, and nothing aborted", o.stdout)
	}
	o = s.want(exitDone, append(clean, "--yes")...)
	if !strings.Contains(o.stdout, "1 aborted") || s.hasUpload(mine, own) {
		t.Errorf("this run's upload is still there:\n%s", o.stdout)
	}
	for key, id := range map[string]string{hidden: unknown, other: others, mine: again} {
		if !s.hasUpload(key, id) {
			t.Errorf("the upload of %q is gone: it is not this run's, and MinIO doesn't list it", key)
		}
	}
	o = s.want(exitDone, append(clean, "--yes")...)
	if !strings.Contains(o.stdout, "0 multipart uploads left behind") {
		t.Errorf("once more, there is nothing to abort; got\n%s", o.stdout)
	}
	if got, want := s.readBack(there), wanted(map[string]string{there: "there"}, "")[there].MD5; got != want {
		t.Errorf("the object that was there has the MD5 %s, want %s", got, want)
	}
	s.want(exitDone, "bucket", source, "--to", s.External.ID, "--run", run, "--yes", fast)
	s.holds(s.External.ID, wanted(objects, "raw/"))
}

// denyCompletion stands before S3 and, while it is to, denies that multipart
// uploads are completed.
func denyCompletion(t *testing.T, endpoint string) (deny *atomic.Bool, at string) {
	t.Helper()
	target, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) {
		p.SetURL(target)
		p.Out.Host = p.In.Host // the signature covers it
	}}
	deny = &atomic.Bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if deny.Load() && r.Method == http.MethodPost && r.URL.Query().Has("uploadId") {
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, "<Error><Code>AccessDenied</Code><Message>Access Denied.</Message></Error>")
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return deny, server.URL
}

// TestMinIOCleanAfterAStreamThatCouldNotEnd leaves all parts of an object
// behind, as a run does.
func TestMinIOCleanAfterAStreamThatCouldNotEnd(t *testing.T) {
	s, _ := minioSite(t)
	deny, endpoint := denyCompletion(t, s.S3Endpoint)
	s.env = append(s.env, "AWS_ENDPOINT_URL_S3="+endpoint)
	objects := map[string]string{"raw/large.bin": strings.Repeat("0123456789abcdef", 1<<20)}
	s.fill(s.Source, objects)
	run := []string{"bucket", "s3://" + s.Source + "/raw/", "--to", s.External.ID, "--yes", fast, "--part-size=5MiB"}
	deny.Store(true)
	s.want(exitIncomplete, run...)
	o := s.want(exitDone, "clean", "--dry-run")
	if !strings.Contains(o.stdout, "1 multipart uploads left behind, 16 MiB") {
		t.Errorf("got\n%s\nwant the upload with all its parts", o.stdout)
	}
	o = s.want(exitDone, "clean", "--yes")
	if !strings.Contains(o.stdout, "1 aborted") {
		t.Errorf("got\n%s\nwant it aborted", o.stdout)
	}
	if o = s.want(exitDone, "clean", "--yes"); !strings.Contains(o.stdout, "0 multipart uploads") {
		t.Errorf("got\n%s\nwant nothing left", o.stdout)
	}
	deny.Store(false)
	s.want(exitDone, "resume", "--retry-failed", "--yes", fast, "--part-size=5MiB")
	s.holds(s.External.ID, wanted(objects, "raw/"))
}
