package objectstore

import (
	"net/http"
	"strings"
	"testing"
)

func TestHeadersThatAreRewrittenAreNotSigned(t *testing.T) {
	f := newFixture(t, nil)
	o := f.put(t, sourceBucket, "k", noise(10), nil)
	rewritten := 0
	// As Google's front end does; the server behind it checks the signature.
	f.from.before = func(r *http.Request) (*http.Response, error) {
		if v := r.Header.Get("Accept-Encoding"); v != "" {
			rewritten++
			r.Header.Set("Accept-Encoding", v+",gzip(gfe)")
		}
		r.Header.Del("Amz-Sdk-Invocation-Id")
		r.Header.Set("Amz-Sdk-Request", "attempt=9")
		return nil, nil
	}
	if _, err := f.mover.Hash(t.Context(), o, nil); err != nil {
		t.Fatal(err)
	}
	for _, err := range f.source.List(t.Context(), sourceBucket, "", "") {
		if err != nil {
			t.Fatal(err)
		}
	}
	if rewritten < 2 {
		t.Errorf("%d requests said how they may be answered, want all: what isn't signed is still sent", rewritten)
	}
	for _, r := range f.from.requests("") {
		signed := strings.ToLower(r.Header.Get("Authorization"))
		for _, name := range notSigned {
			if strings.Contains(signed, strings.ToLower(name)) {
				t.Errorf("%s is signed: %s", name, signed)
			}
		}
		if !strings.Contains(signed, "host;") {
			t.Errorf("not signed: %s", signed)
		}
	}
}

// TestAWSHeadersAreSignedAsTheSDKDoes: nothing stands before AWS that rewrites them.
func TestAWSHeadersAreSignedAsTheSDKDoes(t *testing.T) {
	w := &wire{before: func(r *http.Request) (*http.Response, error) {
		resp := reply(r, 200, "")
		resp.Header.Set("ETag", `"e"`)
		return resp, nil
	}}
	s, err := New(Options{Credentials: static, HTTPClient: w})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Head(t.Context(), "bucket", "key"); err != nil {
		t.Fatal(err)
	}
	if signed := w.requests("")[0].Header.Get("Authorization"); !strings.Contains(signed, "accept-encoding;") {
		t.Errorf("got %s", signed)
	}
}
