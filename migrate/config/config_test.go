package config

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const complete = `
# Everything there is.
buckets:
  - bucket: lab-source
    region: eu-west-1
    credentials: {kind: profile, profile: lab}
  - bucket: [asf-*, "nisar-??"]
    endpoint: https://s3.example.org:9000
    path-style: false
    requester-pays: true
    credentials:
      kind: s3credentials
      url: https://sentinel1.asf.alaska.edu/s3credentials
      token: env:EARTHDATA_TOKEN
      app-name: migrate
  - bucket: partner-archive
    encryption: {sse: aws:kms, kms-key-id: alias/lab}
    credentials:
      kind: assume-role
      role-arn: arn:aws:iam::123456789012:role/lab/reader
      external-id: study-17
      session-name: migrate
      duration: 1h
      session-policy: none
      tags: {project: study 17, "cost centre": 4711}
      transitive-tags: project
      mfa-serial: arn:aws:iam::123456789012:mfa/user
      sts-endpoint: http://localhost:7000
      sts-region: eu-west-1
      source:
        kind: static
        access-key-id: env:LAB_KEY
        secret-access-key: file:secrets/key
        session-token: file:/run/token
  - bucket: federated
    credentials:
      kind: federation-token
      name: study
      duration: 36h
      session-policy: '{"Version": "2012-10-17", "Statement": []}'
  - bucket: vended
    credentials:
      kind: vending
      url: https://vending.example.org/keys?bucket=vended
      method: POST
      headers: {Authorization: env:VENDING_HEADER}
      fields: {access-key-id: Credentials.Key}
  - {bucket: sts, credentials: {kind: synapse, folder: syn17, permission: read_write}}
  - {bucket: processed, acl: bucket-owner-full-control, credentials: {kind: process, command: vault-aws --role lab}}
`

func TestParse(t *testing.T) {
	no := false
	want := Config{Path: "/etc/lab/migrate.yaml", Rules: []Rule{
		{Buckets: []string{"lab-source"}, Line: 4, Region: "eu-west-1",
			Credentials: Provider{Kind: KindProfile, Line: 6, Profile: "lab"}},
		{Buckets: []string{"asf-*", "nisar-??"}, Line: 7, RequesterPays: true,
			Endpoint: "https://s3.example.org:9000", PathStyle: &no,
			Credentials: Provider{Kind: KindS3Credentials, Line: 12, S3Credentials: S3Credentials{
				URL:   "https://sentinel1.asf.alaska.edu/s3credentials",
				Token: Env("EARTHDATA_TOKEN"), AppName: "migrate",
			}}},
		{Buckets: []string{"partner-archive"}, Line: 16,
			Encryption: Encryption{SSE: encryptKMS, KMSKeyID: "alias/lab"},
			Credentials: Provider{Kind: KindAssumeRole, Line: 19, AssumeRole: AssumeRole{
				RoleARN:    "arn:aws:iam::123456789012:role/lab/reader",
				ExternalID: Plain("study-17"), SessionName: "migrate", Duration: time.Hour,
				Policy: Policy{Off: true}, TransitiveTags: []string{"project"},
				Tags:      map[string]string{"project": "study 17", "cost centre": "4711"},
				MFASerial: "arn:aws:iam::123456789012:mfa/user",
				STS:       STSEndpoint{Endpoint: "http://localhost:7000", Region: "eu-west-1"},
				Source: &Provider{Kind: KindStatic, Line: 31, Static: Static{
					AccessKeyID: Env("LAB_KEY"), SecretAccessKey: File("/etc/lab/secrets/key"),
					SessionToken: File("/run/token"),
				}},
			}}},
		{Buckets: []string{"federated"}, Line: 35,
			Credentials: Provider{Kind: KindFederation, Line: 37, Federation: Federation{
				Name: "study", Duration: 36 * time.Hour,
				Policy: Policy{Document: `{"Version": "2012-10-17", "Statement": []}`},
			}}},
		{Buckets: []string{"vended"}, Line: 41,
			Credentials: Provider{Kind: KindVending, Line: 43, Vending: Vending{
				URL: "https://vending.example.org/keys?bucket=vended", Method: "POST",
				Headers: map[string]Reference{"Authorization": Env("VENDING_HEADER")},
				Fields:  VendingFields{AccessKeyID: "Credentials.Key"},
			}}},
		{Buckets: []string{"sts"}, Line: 48, Credentials: Provider{Kind: KindSynapse, Line: 48,
			Synapse: Synapse{Folder: "syn17", Permission: "read_write"}}},
		{Buckets: []string{"processed"}, Line: 49, ACL: ACLBucketOwner, Credentials: Provider{Kind: KindProcess, Line: 49,
			Command: "vault-aws --role lab"}},
	}}
	got, err := Parse("/etc/lab/migrate.yaml", []byte(complete))
	if err != nil {
		t.Fatal(err)
	}
	same := cmp.Comparer(func(a, b Reference) bool { return a == b })
	if diff := cmp.Diff(want, got, same); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestNothingIsNoRule(t *testing.T) {
	for _, content := range []string{"", "\n", "# nothing\n", "---\n", "buckets: []\n"} {
		c, err := Parse("file", []byte(content))
		if err != nil || len(c.Rules) != 0 {
			t.Errorf("%q: got %+v, %v", content, c, err)
		}
	}
}

func TestFor(t *testing.T) {
	c, err := Parse("file", []byte(`
buckets:
  - {bucket: "lab-*", region: first}
  - {bucket: "*-archive", region: second}
  - {bucket: [other, lab-exact], region: third}
`))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ bucket, want string }{
		{"lab-source", "first"},
		{"lab-archive", "first"}, // the first in the file
		{"my-archive", "second"},
		{"lab-exact", "third"}, // exact before patterns
		{"Lab-source", ""},
		{"none", ""},
		{"", ""},
	}
	for _, tt := range tests {
		t.Run(tt.bucket, func(t *testing.T) {
			r, found := c.For(tt.bucket)
			if r.Region != tt.want || found != (tt.want != "") {
				t.Errorf("got %q, %t; want %q", r.Region, found, tt.want)
			}
		})
	}
}

func TestUsesPathStyle(t *testing.T) {
	yes, no := true, false
	tests := []struct {
		name string
		rule Rule
		want bool
	}{
		{"AWS", Rule{}, false},
		{"another S3", Rule{Endpoint: "https://s3.example.org"}, true},
		{"said so", Rule{PathStyle: &yes}, true},
		{"said not", Rule{Endpoint: "https://s3.example.org", PathStyle: &no}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.rule.UsesPathStyle(); got != tt.want {
				t.Errorf("got %t", got)
			}
		})
	}
}

func TestWrittenACL(t *testing.T) {
	tests := []struct {
		acl, bySynapse, byOthers string
	}{
		{"", ACLBucketOwner, ""},
		{ACLBucketOwner, ACLBucketOwner, ACLBucketOwner},
		{ACLNone, "", ""},
	}
	for _, tt := range tests {
		rule := Rule{ACL: tt.acl}
		if a, b := rule.WrittenACL(true), rule.WrittenACL(false); a != tt.bySynapse || b != tt.byOthers {
			t.Errorf("acl %q: got %q with Synapse's credentials and %q with others, want %q and %q",
				tt.acl, a, b, tt.bySynapse, tt.byOthers)
		}
	}
}
