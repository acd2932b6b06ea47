package main

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// bucketRule refuses a write that lacks something, as the policy or a setting of a bucket does.
type bucketRule struct {
	status  int
	code    string
	refuses func(http.Header) bool
}

// demanding stands before S3 as a bucket that refuses what its rules say. A refusal is counted.
func demanding(t *testing.T, s3 string, refused *atomic.Int64, rules ...bucketRule) *httptest.Server {
	t.Helper()
	to, err := url.Parse(s3)
	if err != nil {
		t.Fatal(err)
	}
	pass := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host // it is signed
	}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if begins(r) {
			for _, rule := range rules {
				if rule.refuses(r.Header) {
					refused.Add(1)
					w.WriteHeader(rule.status)
					_, _ = fmt.Fprintf(w, "<Error><Code>%s</Code><Message>told so</Message></Error>", rule.code)
					return
				}
			}
		}
		pass.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server
}

// begins reports whether a request writes an object, or begins to.
func begins(r *http.Request) bool {
	q := r.URL.Query()
	setting := q.Has("policy") || q.Has("cors")
	return r.Method == "PUT" && strings.Count(r.URL.Path, "/") > 1 && !q.Has("partNumber") && !setting ||
		r.Method == "POST" && q.Has("uploads")
}

// TestBucketsThatAskForMore makes a folder in a bucket that wants a checksum (Object Lock), encryption and the ACL of
// every object, checks it, and migrates into it.
func TestBucketsThatAskForMore(t *testing.T) {
	s := newSite(t, "--throttle=false")
	var refused atomic.Int64
	bucket := demanding(t, s.S3Endpoint, &refused,
		bucketRule{400, "InvalidRequest", func(h http.Header) bool {
			names := slices.Collect(maps.Keys(h))
			return h.Get("Content-Md5") == "" && h.Get("X-Amz-Copy-Source") == "" && !slices.ContainsFunc(names, func(n string) bool {
				return strings.HasPrefix(n, "X-Amz-Checksum-")
			})
		}},
		bucketRule{403, "AccessDenied", func(h http.Header) bool { return h.Get("X-Amz-Server-Side-Encryption") != "AES256" }},
		bucketRule{403, "AccessDenied", func(h http.Header) bool { return h.Get("X-Amz-Acl") != "bucket-owner-full-control" }},
	)
	place := []string{"folder", "create", s.place("strict"), "--bucket", s.Destination, "--base-key", "strict", "--apply",
		"--endpoint-url", bucket.URL}

	o := s.want(exitFailed, place...)
	if !strings.Contains(o.stderr, "encryption and acl in the configuration file (--config)") || o.stdout != "" {
		t.Errorf("the hint doesn't name the cause, or something was done:\n%s%s", o.stdout, o.stderr)
	}
	policy := s.path("migrate.yaml")
	rule := "buckets:\n  - {bucket: " + s.Destination + ", encryption: {sse: AES256}, acl: bucket-owner-full-control}\n"
	if err := os.WriteFile(policy, []byte(rule), 0o600); err != nil {
		t.Fatal(err)
	}
	refused.Store(0)
	folder := s.makeFolder(place[2:]...)
	o = s.want(exitDone, "folder", "check", folder, "--endpoint-url", bucket.URL)
	for _, want := range []string{"write                ok", "delete               ok", "overlap              ok",
		"object ownership     ok         bucket owner enforced"} {
		if !strings.Contains(o.stdout, want) {
			t.Errorf("the check doesn't say %q:\n%s", want, o.stdout)
		}
	}
	objects := study("raw/", 5)
	s.fill(s.Source, objects)
	s.want(exitDone, "bucket", "s3://"+s.Source+"/raw/", "--to", folder, "--yes", fast, "--dest-endpoint-url", bucket.URL)
	s.holds(folder, wanted(objects, "raw/"))
	if n := refused.Load(); n != 0 {
		t.Errorf("%d writes were refused, want 0", n)
	}
}

// TestOlderBuckets migrates into a bucket whose owner wants to own what is written there.
func TestOlderBuckets(t *testing.T) {
	s := newSite(t, "--throttle=false", "--older-buckets")
	objects := study("raw/", 3)
	s.fill(s.Source, objects)
	rules := "buckets:\n  - {bucket: " + s.Destination + ", acl: none}\n"
	if err := os.WriteFile(s.path("without.yaml"), []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"bucket", "s3://" + s.Source + "/raw/", "--to", s.External.ID, "--yes", fast}
	o := s.run(append(args, "--config", "without.yaml", "--run", "without.migrate")...)
	if !strings.Contains(o.stdout+o.stderr, "403") {
		t.Errorf("without the ACL nothing was denied: exit %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	s.want(exitDone, args...)
	s.holds(s.External.ID, wanted(objects, "raw/"))
	o = s.want(exitDone, "folder", "check", s.External.ID)
	for _, want := range []string{"write                ok", "object ownership     ok         bucket owner preferred"} {
		if !strings.Contains(o.stdout, want) {
			t.Errorf("the check doesn't say %q:\n%s", want, o.stdout)
		}
	}
}

// TestFolderHints has hints that named flags of other commands, or other causes.
func TestFolderHints(t *testing.T) {
	s := newSite(t, "--throttle=false")
	create := func(name, bucket string) []string {
		return []string{"folder", "create", s.place(name), "--bucket", bucket, "--base-key", name, "--apply"}
	}
	tests := []struct {
		name string
		as   *site
		args []string
		want string
	}{
		{"a stranger's token", s.as(s.Stranger), []string{"folder", "check", s.External.ID}, "may not see it"},
		{"no such bucket", s, create("nowhere", "no-such-bucket"), "--endpoint-url names an S3"},
		{"no right to read the policy", s.with(s.ForeignKeys), create("foreign", s.Destination), "s3:GetBucketPolicy"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.as.t = t
			o := tt.as.want(exitFailed, tt.args...)
			_, hint, _ := strings.Cut(o.stderr, "hint: ")
			cmd := commandNamed(t, strings.Join(tt.args[:2], " "))
			if !strings.Contains(hint, tt.want) || !fits(cmd, hint) {
				t.Errorf("got the hint %q, want %q and only flags of %s", hint, tt.want, cmd.CommandPath())
			}
		})
	}
}
