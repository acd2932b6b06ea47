package access

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"synapse-migrate/migrate/config"
	"synapse-migrate/migrate/credentials"
	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/planner"
)

// opening opens buckets with a configuration, and asks nobody.
func opening(t *testing.T, text string, o Options, target Target) Migration {
	t.Helper()
	c, err := config.Parse("/etc/lab.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CONFIG_FILE", t.TempDir()+"/none")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", t.TempDir()+"/none")
	o.Config = c
	return New(o).Migration(target)
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
	environment := Options{Endpoint: "https://env.example.org", ETags: "md5"}
	tests := []struct {
		name, bucket     string
		flags            Override
		endpoint, region string
		pathStyle, pays  bool
		chosen, note     string
	}{
		{"rule", "lab", Override{}, "https://rule.example.org", "eu-west-1", false, true,
			"nobody (anonymous)", " (lab.yaml, line 3)"},
		{"flags", "lab", Override{Endpoint: "https://flag.example.org", Region: "us-east-2"},
			"https://flag.example.org", "us-east-2", false, true, "nobody (anonymous)", " (lab.yaml, line 3)"},
		{"environment", "lab-2", Override{}, "https://env.example.org", "eu-west-2", true, false, "", " (lab.yaml, line 11)"},
		{"nothing said", "other", Override{}, "https://env.example.org", "", true, false, "", ""},
		{"flag pays", "other", Override{RequesterPays: true}, "https://env.example.org", "", true, true, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w, err := opening(t, twoRules, environment, Target{}).Way(t.Context(), tt.bucket, tt.flags)
			if err != nil {
				t.Fatal(err)
			}
			if w.Bucket != tt.bucket || w.Endpoint != tt.endpoint || w.Region != tt.region ||
				w.usesPathStyle() != tt.pathStyle || w.RequesterPays != tt.pays || w.note != tt.note {
				t.Errorf("got %+v, want %+v", w, tt)
			}
			if want := map[bool]objectstore.ETags{true: "opaque", false: "md5"}[tt.bucket == "lab"]; w.ETags != want {
				t.Errorf("got ETags %q, want %q", w.ETags, want)
			}
			got := ""
			if w.Credentials != nil {
				got = w.Credentials.Name()
			}
			if got != tt.chosen {
				t.Errorf("got credentials %q, want %q", got, tt.chosen)
			}
		})
	}
}

func TestWhoWritesTheDestination(t *testing.T) {
	own := Principal{Credentials: credentials.NewRenewing("own", nil, credentials.Options{})}
	tests := []struct {
		name   string
		writer Writer
		dest   planner.Destination
		want   string
	}{
		{"Synapse's", WriterSynapse, planner.Destination{Bucket: "lab", FolderID: "syn1"},
			"Synapse's temporary credentials for syn1 (lab.yaml, line 3)"},
		{"own", WriterSource, planner.Destination{Bucket: "lab"}, "own (lab.yaml, line 3)"},
		{"configured", WriterConfig, planner.Destination{Bucket: "lab"}, "nobody (anonymous) (lab.yaml, line 3)"},
		{"managed", WriterConfig, planner.Destination{Bucket: "lab", FolderID: "syn1", Managed: true},
			"Synapse's temporary credentials for syn1 (lab.yaml, line 3)"},
		{"not configured", WriterConfig, planner.Destination{Bucket: "lab-2"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := opening(t, twoRules, Options{}, Target{Writer: tt.writer})
			w, err := o.DestinationWay(t.Context(), own, tt.dest)
			if tt.want == "" {
				if !errors.Is(err, ErrNotConfigured) || !strings.Contains(err.Error(), "lab-2") {
					t.Errorf("got %v, want an error that names the bucket", err)
				}
				return
			}
			if err != nil || w.Name() != tt.want {
				t.Fatalf("got %q, %v, want %q", w.Name(), err, tt.want)
			}
			if want := (config.Encryption{SSE: "aws:kms", KMSKeyID: "alias/lab"}); w.Encryption != want {
				t.Errorf("got %+v, want %+v", w.Encryption, want)
			}
		})
	}
}

func TestEachRuleHasOneProvider(t *testing.T) {
	o := opening(t, "buckets:\n  - {bucket: [a, b], credentials: {kind: anonymous}}\n"+
		"  - {bucket: c, credentials: {kind: anonymous}}\n", Options{}, Target{})
	var made []*credentials.Renewing
	for _, bucket := range []string{"a", "b", "a", "c"} {
		w, err := o.Way(t.Context(), bucket, Override{})
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, w.Credentials)
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
		name     string
		writer   Writer
		from, to []credentials.Need
	}{
		{"Synapse writes", WriterSynapse, []credentials.Need{read}, []credentials.Need{
			{Bucket: "to", Read: true, List: true}, {Bucket: "o?-*", Read: true, List: true}}},
		{"source writes", WriterSource, []credentials.Need{read, write}, []credentials.Need{
			{Bucket: "to", Read: true, List: true}, {Bucket: "o?-*", Read: true, List: true}}},
		{"configured writes", WriterConfig, []credentials.Need{read}, []credentials.Need{read, write}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := opening(t, rules, Options{}, Target{Writer: tt.writer})
			o.needBucket(src, dest)
			for i, want := range [][]credentials.Need{tt.from, tt.to} {
				if got := o.providers.needsOf(o.options.Config.Rules[i]); !slices.Equal(got, want) {
					t.Errorf("rule %d: got %+v, want %+v", i, got, want)
				}
			}
		})
	}
}
