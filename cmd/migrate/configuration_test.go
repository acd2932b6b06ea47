package main

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"synapse-migrate/migrate/config"
	"synapse-migrate/migrate/credentials"
	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/planner"
)

// opening opens buckets with a configuration, and asks nobody.
func opening(t *testing.T, text string, flags targetFlags, environ map[string]string) opener {
	t.Helper()
	c, err := config.Parse("/etc/lab.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CONFIG_FILE", t.TempDir()+"/none")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", t.TempDir()+"/none")
	m := migration{env: environment{getenv: func(name string) string { return environ[name] }}, target: &flags}
	return m.newOpener(&session{}, c)
}

const twoRules = `
buckets:
  - bucket: lab
    endpoint: https://rule.example.org
    region: eu-west-1
    path-style: false
    etags: opaque
    requester-pays: true
    encryption: {sse: aws:kms, kms-key-id: alias/lab}
    credentials: {kind: anonymous}
  - {bucket: "lab-*", region: eu-west-2}
`

func TestFlagsComeBeforeTheConfigurationAndThatBeforeTheEnvironment(t *testing.T) {
	environ := map[string]string{"AWS_ENDPOINT_URL_S3": "https://env.example.org", etagsVariable: "md5"}
	tests := []struct {
		name, bucket     string
		flags            said
		endpoint, region string
		pathStyle, pays  bool
		chosen, note     string
	}{
		{"rule", "lab", said{}, "https://rule.example.org", "eu-west-1", false, true,
			"nobody (anonymous)", " (lab.yaml, line 3)"},
		{"flags", "lab", said{endpoint: "https://flag.example.org", region: "us-east-2"},
			"https://flag.example.org", "us-east-2", false, true, "nobody (anonymous)", " (lab.yaml, line 3)"},
		{"environment", "lab-2", said{}, "https://env.example.org", "eu-west-2", true, false, "", " (lab.yaml, line 11)"},
		{"nothing said", "other", said{}, "https://env.example.org", "", true, false, "", ""},
		{"flag pays", "other", said{requesterPays: true}, "https://env.example.org", "", true, true, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := opening(t, twoRules, targetFlags{}, environ).accessTo(t.Context(), tt.bucket, tt.flags)
			if err != nil {
				t.Fatal(err)
			}
			if a.bucket != tt.bucket || a.endpoint != tt.endpoint || a.region != tt.region ||
				a.usesPathStyle() != tt.pathStyle || a.requesterPays != tt.pays || a.note != tt.note {
				t.Errorf("got %+v, want %+v", a.way, tt)
			}
			if want := map[bool]objectstore.ETags{true: "opaque", false: "md5"}[tt.bucket == "lab"]; a.etags != want {
				t.Errorf("got ETags %q, want %q", a.etags, want)
			}
			got := ""
			if a.chosen != nil {
				got = a.chosen.Name()
			}
			if got != tt.chosen {
				t.Errorf("got credentials %q, want %q", got, tt.chosen)
			}
		})
	}
}

func TestETagsThatNobodyKnowsAreRefused(t *testing.T) {
	o := opening(t, twoRules, targetFlags{}, map[string]string{etagsVariable: "sha1"})
	_, err := o.store(t.Context(), o.place("other", said{}).way)
	var usage *exitError
	if !errors.As(err, &usage) || usage.code != exitUsage || !strings.Contains(err.Error(), etagsVariable) {
		t.Errorf("got %v, want a usage error that names the variable", err)
	}
}

func TestWhoWritesTheDestination(t *testing.T) {
	own := credentials.NewRenewing("own", nil, credentials.Options{})
	tests := []struct {
		name, flag string
		dest       planner.Destination
		want       string
	}{
		{"Synapse's", destSynapse, planner.Destination{Bucket: "lab", FolderID: "syn1"},
			"Synapse's temporary credentials for syn1 (lab.yaml, line 3)"},
		{"own", destSource, planner.Destination{Bucket: "lab"}, "own (lab.yaml, line 3)"},
		{"configured", destConfig, planner.Destination{Bucket: "lab"}, "nobody (anonymous) (lab.yaml, line 3)"},
		{"managed", destConfig, planner.Destination{Bucket: "lab", FolderID: "syn1", Managed: true},
			"Synapse's temporary credentials for syn1 (lab.yaml, line 3)"},
		{"not configured", destConfig, planner.Destination{Bucket: "lab-2"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := opening(t, twoRules, targetFlags{destCredentials: tt.flag}, nil)
			a, err := o.accessToDestination(t.Context(), own, credentials.AWS{}, tt.dest)
			if tt.want == "" {
				if err == nil || !strings.Contains(err.Error(), "lab-2") {
					t.Errorf("got %v, want an error that names the bucket", err)
				}
				return
			}
			if err != nil || a.name() != tt.want || a.provider != a.chosen {
				t.Fatalf("got %q, %v, want %q", a.name(), err, tt.want)
			}
			if want := (config.Encryption{SSE: "aws:kms", KMSKeyID: "alias/lab"}); a.encryption != want {
				t.Errorf("got %+v, want %+v", a.encryption, want)
			}
		})
	}
}

func TestEachRuleHasOneProvider(t *testing.T) {
	o := opening(t, "buckets:\n  - {bucket: [a, b], credentials: {kind: anonymous}}\n"+
		"  - {bucket: c, credentials: {kind: anonymous}}\n", targetFlags{}, nil)
	var made []*credentials.Renewing
	for _, bucket := range []string{"a", "b", "a", "c"} {
		a, err := o.accessTo(t.Context(), bucket, said{})
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, a.chosen)
	}
	if made[0] != made[1] || made[0] != made[2] || made[0] == made[3] {
		t.Errorf("got %p, want one for the first three and another one for the last", made)
	}
}

func TestNeedsOfRules(t *testing.T) {
	src := planner.Source{Bucket: "from", Prefix: "run7/"}
	dest := planner.Destination{Bucket: "to", BaseKey: "study"}
	read := credentials.Need{Bucket: "from", Prefix: "run7/", Read: true, List: true}
	write := credentials.Need{Bucket: "to", Prefix: "study/", Read: true, List: true, Write: true, Delete: true}
	rules := "buckets:\n  - {bucket: from, credentials: {kind: anonymous}}\n  - {bucket: [to, 'o?-*'], region: r}\n"
	tests := []struct {
		name, flag string
		from, to   []credentials.Need
	}{
		{"Synapse writes", destSynapse, []credentials.Need{read}, []credentials.Need{
			{Bucket: "to", Read: true, List: true}, {Bucket: "o?-*", Read: true, List: true}}},
		{"source writes", destSource, []credentials.Need{read, write}, []credentials.Need{
			{Bucket: "to", Read: true, List: true}, {Bucket: "o?-*", Read: true, List: true}}},
		{"configured writes", destConfig, []credentials.Need{read}, []credentials.Need{read, write}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := opening(t, rules, targetFlags{destCredentials: tt.flag}, nil)
			o.needBucket(src, dest)
			for i, want := range [][]credentials.Need{tt.from, tt.to} {
				if got := o.providers.needsOf(o.config.Rules[i]); !slices.Equal(got, want) {
					t.Errorf("rule %d: got %+v, want %+v", i, got, want)
				}
			}
		})
	}
}

func TestChangedConfigurationIsSaid(t *testing.T) {
	at := func(path, digest string) config.Config { return config.Config{Path: path, Digest: digest} }
	tests := []struct {
		name     string
		was, is  config.Config
		contains string
	}{
		{"none", at("", ""), at("", ""), ""},
		{"same", at("a", "1"), at("a", "1"), ""},
		{"moved", at("a", "1"), at("/b/a", "1"), ""},
		{"changed", at("a", "1"), at("a", "2"), "another one"},
		{"gone", at("a", "1"), at("", ""), "isn't there any more"},
		{"come", at("", ""), at("a", "1"), "without the configuration a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			arguments := map[string]string{"to": "syn1"}
			header := planner.Header{Arguments: planned(arguments, tt.was)}
			got := changedConfiguration(header, tt.is)
			if (got == "") != (tt.contains == "") || !strings.Contains(got, tt.contains) {
				t.Errorf("got %q, want %q in it", got, tt.contains)
			}
			if d := difference(header.Arguments, arguments); d != "" {
				t.Errorf("another run: %s", d)
			}
		})
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
