package main

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"synapse-migrate/migrate/config"
	"synapse-migrate/migrate/credentials"
	"synapse-migrate/planner"
)

func TestETagsThatNobodyKnowsAreRefused(t *testing.T) {
	env := environment{getenv: func(name string) string { return map[string]string{etagsVariable: "sha1"}[name] }}
	_, err := newOpener(env, commonFlags{}, runFlags{}, &targetFlags{}, &session{}, config.Config{})
	var usage *exitError
	if !errors.As(err, &usage) || usage.code != exitUsage || !strings.Contains(err.Error(), etagsVariable) {
		t.Errorf("got %v, want a usage error that names the variable", err)
	}
}

// Where S3 is, the command says before the AWS tools' environment does.
func TestEndpointsOfTheEnvironment(t *testing.T) {
	const general, s3 = "https://all.example.org", "https://s3.example.org"
	for _, tt := range []struct{ name, flag, all, s3, ignore, want string }{
		{"nothing", "", "", "", "", ""}, {"general", "", general, "", "", general},
		{"S3's first", "", general, s3, "", s3}, {"flag first", "https://flag.example.org", general, s3, "", "https://flag.example.org"},
		{"ignored", "", general, s3, "TRUE", ""}, {"flag, ignored", "https://flag.example.org", general, s3, "true", "https://flag.example.org"},
	} {
		env := environment{getenv: func(name string) string {
			return map[string]string{"AWS_ENDPOINT_URL": tt.all, "AWS_ENDPOINT_URL_S3": tt.s3,
				"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": tt.ignore}[name]
		}}
		if got := s3Endpoint(env, tt.flag); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// asked are the session policies that a Security Token Service was asked for.
type asked struct {
	mu       sync.Mutex
	policies []string
}

// before puts the notes before STS.
func (a *asked) before(t *testing.T, endpoint string) string {
	next := proxy(t, endpoint)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r)
		form, _ := url.ParseQuery(string(body))
		a.mu.Lock()
		defer a.mu.Unlock()
		a.policies = append(a.policies, form.Get("Policy"))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// Configured credentials write the destination with a session that may do
// what the plan needs and nothing else; they read the source, too, so that S3
// copies by itself. A configuration that changes in between is used, and said.
func TestConfiguredCredentialsWriteWithAPolicyOfThePlan(t *testing.T) {
	s := newSite(t, "--throttle=false")
	objects := study("raw/", 20)
	s.fill(s.Source, objects)
	var a asked
	provider := "{kind: assume-role, role-arn: '" + s.WriterRole.ARN + "', sts-endpoint: '" + a.before(t, s.STSEndpoint) + "'}"
	s.configured("migrate.yaml", s.Destination, provider)
	args := []string{"bucket", "s3://" + s.Source + "/raw/", "--to", s.External.ID, "--dest-credentials", "config", fast}
	s.want(exitDone, append(args, "--dry-run")...)
	s.configured("migrate.yaml", s.Source, "{kind: default}", s.Destination, provider)
	o := s.want(exitDone, append(args, "--yes")...)
	if !strings.Contains(o.stderr, "warning: the configuration migrate.yaml is another one") {
		t.Errorf("a changed configuration goes unsaid:\n%s", o.stderr)
	}
	s.holds(s.External.ID, wanted(objects, "raw/"))
	if n := s.jsonReport().items()[planner.ActionCopy]; n != int64(len(objects)) {
		t.Errorf("%d objects are copied in S3, want all %d", n, len(objects))
	}
	want, err := credentials.SessionPolicy([]credentials.Need{
		{Bucket: s.Source, Prefix: "raw/", Read: true, List: true},
		{Bucket: s.Destination, Prefix: s.External.BaseKey + "/", Read: true, List: true, Write: true, Delete: true},
	}, credentials.PolicyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range a.policies {
		if got != want {
			t.Errorf("got policy %s, want %s", got, want)
		}
	}
	if len(a.policies) == 0 {
		t.Error("STS was never asked")
	}
}
