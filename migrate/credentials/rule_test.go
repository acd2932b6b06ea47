package credentials

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"synapse-migrate/migrate/config"
)

// noAWS keeps the tester's own configuration out, and writes one.
func noAWS(t *testing.T, profiles string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte(profiles), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"AWS_CONFIG_FILE": file, "AWS_SHARED_CREDENTIALS_FILE": file + "-none", "AWS_PROFILE": "",
		"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": "", "AWS_REGION": "",
		"AWS_DEFAULT_REGION": "", "AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL_STS": "", "AWS_CA_BUNDLE": "",
		containerFull: "", containerRelative: "", "AWS_WEB_IDENTITY_TOKEN_FILE": "",
	} {
		t.Setenv(name, value)
	}
}

// rule reads a rule as it would stand in a file; credentials begin in line
// 3.
func rule(t *testing.T, provider string) config.Rule {
	t.Helper()
	c, err := config.Parse("migrate.yaml", []byte("buckets:\n- bucket: lab\n  credentials: "+provider+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	return c.Rules[0]
}

const keysByEnv = "{kind: static, access-key-id: env:A, secret-access-key: env:B}"

func TestFromRuleNames(t *testing.T) {
	noAWS(t, "[profile lab]\nregion = eu-west-1\naws_access_key_id = AKID\naws_secret_access_key = hush\n")
	role := "{kind: assume-role, role-arn: '" + testARN + "', source: "
	tests := []struct{ provider, name, region string }{
		{"{kind: default}", "the default credentials", ""},
		{"{kind: profile, profile: lab}", `profile "lab"`, "eu-west-1"},
		{keysByEnv, "keys of env:A", ""},
		{"{kind: static}", "keys by reference", ""},
		{"{kind: process, command: vault hush}", "the program in line 3", ""},
		{"{kind: instance}", "the instance's role", ""},
		{"{kind: anonymous}", "nobody (anonymous)", ""},
		{"{kind: synapse, folder: syn5}", "Synapse's temporary credentials for syn5", ""},
		{"{kind: s3credentials, url: 'https://tea.example.org/s3credentials?hush=a'}",
			"https://tea.example.org/s3credentials", ""},
		{"{kind: vending, url: 'https://a.org/keys?hush=a'}", "https://a.org/keys", ""},
		{role + "{kind: profile, profile: lab}}", "the role " + testARN, "eu-west-1"},
		{role + keysByEnv + "}", "the role " + testARN, ""},
		{"{kind: federation-token, source: " + keysByEnv + "}", "the federated user synapse-migrate", ""},
		{"{kind: federation-token, name: me, source: " + keysByEnv + "}", "the federated user me", ""},
	}
	deps := Deps{Synapse: &vending{}, Needs: []Need{{Bucket: "lab", Read: true}}}
	for _, tt := range tests {
		t.Run(tt.provider, func(t *testing.T) {
			r, settings, err := FromRule(t.Context(), rule(t, tt.provider), deps)
			if err != nil || r.Name() != tt.name || settings.Region != tt.region {
				t.Errorf("got %v in %q, %v; want %q in %q", r, settings.Region, err, tt.name, tt.region)
			}
		})
	}
	if r, _, err := FromRule(t.Context(), config.Rule{}, Deps{}); err != nil ||
		r.Name() != "the default credentials" {
		t.Errorf("a rule without credentials: got %v, %v", r, err)
	}
}

func TestFromRuleRefuses(t *testing.T) {
	noAWS(t, "")
	role := "{kind: assume-role, role-arn: '" + testARN + "'"
	tests := []struct {
		name, provider string
		err            error
		want           string
	}{
		{"profile", "{kind: profile, profile: lab}", ErrRefused, "lab"},
		{"no Synapse", "{kind: synapse, folder: syn5}", errNoVendor, "credentials of syn5"},
		{"chained", role + ", duration: 2h, source: " + role + "}}", errChained, "AssumeRole " + testARN},
		{"of an instance", role + ", duration: 2h, source: {kind: instance}}", errChained, "AssumeRole"},
		{"MFA", role + ", mfa-serial: arn:aws:iam::123456789012:mfa/me}", errNoPrompt, "mfa/me"},
		{"external ID", role + ", external-id: env:UNSET_HERE}", config.ErrNoSecret, "external-id: env:UNSET_HERE"},
		{"rights of nothing", "{kind: federation-token}", nil, "without a session policy"},
		{"source", role + ", source: {kind: profile, profile: lab}}", ErrRefused, "source: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, _, err := FromRule(t.Context(), rule(t, tt.provider), Deps{})
			if err == nil || r != nil || tt.err != nil && !errors.Is(err, tt.err) {
				t.Fatalf("got %v, %v; want %v", r, err, tt.err)
			}
			if !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(),
				"in line 3 of the configuration") {
				t.Errorf("got %v, want %q in it", err, tt.want)
			}
		})
	}
}

// What a rule says reaches STS, and what it doesn't say is the least.
func TestFromRuleAsksForTheLeast(t *testing.T) {
	noAWS(t, "")
	t.Setenv("A", "AKID")
	t.Setenv("B", "hush-b")
	t.Setenv("EXT", "external")
	var form map[string][]string
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		form = r.PostForm
		form["region"] = []string{strings.Split(r.Header.Get("Authorization"), "/")[2]}
		w.WriteHeader(http.StatusForbidden)
	}))
	defer service.Close()
	at := ", sts-endpoint: '" + service.URL + "', source: " + keysByEnv + "}"
	needs := []Need{{Bucket: "lab", Prefix: "in/", Read: true}}
	made, err := SessionPolicy(needs, PolicyOptions{KMS: true})
	if err != nil {
		t.Fatal(err)
	}
	china := strings.Replace(testARN, "aws", "aws-cn", 1)
	chinese, err := SessionPolicy(needs, PolicyOptions{KMS: true, Partition: "aws-cn"})
	if err != nil {
		t.Fatal(err)
	}
	other, err := SessionPolicy(needs, PolicyOptions{}) // keys of KMS belong to AWS
	if err != nil {
		t.Fatal(err)
	}
	role := "{kind: assume-role, role-arn: '" + testARN + "'"
	tests := []struct {
		name, provider, endpoint string
		want                     map[string]string
	}{
		{"another S3", role + at, "https://s3.example.org", map[string]string{"Policy": other}},
		{"role", role + at, "", map[string]string{"Policy": made, "DurationSeconds": "900", "region": "us-east-1",
			"RoleSessionName": "synapse-migrate"}},
		{"role in China", strings.Replace(role, testARN, china, 1) + at, "", map[string]string{"Policy": chinese}},
		{"given",
			role + ", duration: 1h, session-policy: '{\"Statement\": []}', external-id: env:EXT, sts-region: eu-west-1" + at, "",
			map[string]string{"Policy": `{"Statement": []}`, "DurationSeconds": "3600", "ExternalId": "external",
				"region": "eu-west-1"}},
		{"all rights", role + ", session-policy: none, tags: {a: b}" + at, "", map[string]string{"Policy": "",
			"Tags.member.1.Key": "a", "Tags.member.1.Value": "b"}},
		{"federated", "{kind: federation-token" + at, "", map[string]string{"Policy": made, "DurationSeconds": "900",
			"Name": "synapse-migrate"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			given := rule(t, tt.provider)
			given.Endpoint = tt.endpoint
			r, _, err := FromRule(t.Context(), given, Deps{Needs: needs})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.Retrieve(t.Context()); !errors.Is(err, ErrRefused) {
				t.Errorf("got %v", err)
			}
			for name, want := range tt.want {
				if got := strings.Join(form[name], ","); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestAnonymousIsUnsigned(t *testing.T) {
	asked := http.Header{}
	service := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked = r.Header }))
	defer service.Close()
	r, _, err := FromRule(t.Context(), rule(t, "{kind: anonymous}"), Deps{})
	if err != nil {
		t.Fatal(err)
	}
	client := s3.New(s3.Options{
		Region: "us-east-1", BaseEndpoint: &service.URL, UsePathStyle: true, Credentials: r,
	})
	bucket := "lab"
	if _, err := client.HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: &bucket}); err != nil {
		t.Fatal(err)
	}
	if asked.Get("User-Agent") == "" || asked.Get("Authorization") != "" {
		t.Errorf("asked with %v", asked)
	}
}

// The SDK shows what a credential_process printed; Default doesn't.
func TestProfilesProcessIsDiscreet(t *testing.T) {
	for name, printed := range map[string]string{
		"no JSON": "hush-secret", "no keys": `{"Version": 1, "Hush": "hush"}`, "failed": "",
	} {
		t.Run(name, func(t *testing.T) {
			command := shell(t, printed)
			if printed == "" {
				command = "exit 3"
			}
			noAWS(t, "[profile lab]\ncredential_process = sh -c \""+command+"\"\n")
			r, _, err := Default(t.Context(), "lab", Deps{})
			if err != nil {
				t.Fatal(err)
			}
			_, err = r.Retrieve(t.Context())
			if !errors.Is(err, ErrRefused) || strings.Contains(strings.ToLower(err.Error()), "hush") ||
				!strings.Contains(err.Error(), "credential_process") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestMFAPromptIsAskedAtEachRenewal(t *testing.T) {
	noAWS(t, "")
	t.Setenv("A", "AKID")
	t.Setenv("B", "hush-b")
	var codes []string
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		codes = append(codes, r.PostForm.Get("TokenCode")+" for "+r.PostForm.Get("DurationSeconds"))
		fmt.Fprintf(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>`+
			`<Credentials><AccessKeyId>ASIA%d</AccessKeyId><SecretAccessKey>hush</SecretAccessKey>`+
			`<SessionToken>hush</SessionToken><Expiration>%s</Expiration></Credentials></AssumeRoleResult>`+
			`</AssumeRoleResponse>`,
			len(codes), time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	}))
	defer service.Close()
	code := 0
	r, _, err := FromRule(t.Context(), rule(t, "{kind: assume-role, role-arn: '"+testARN+
		"', mfa-serial: arn:aws:iam::123456789012:mfa/me, sts-endpoint: '"+service.URL+"', source: "+keysByEnv+"}"),
		Deps{MFA: func(context.Context, string) (string, error) { code++; return fmt.Sprint("00000", code), nil }})
	if err != nil {
		t.Fatal(err)
	}
	c, err := r.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Refresh(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(codes, " "); got != "000001 for 3600 000002 for 3600" {
		t.Errorf("codes %s", got)
	}
}
