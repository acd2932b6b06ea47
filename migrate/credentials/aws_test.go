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

	"github.com/aws/aws-sdk-go-v2/aws"
)

// assumed answers AssumeRole as STS does, with a key's number.
func assumed(w http.ResponseWriter, n int) {
	fmt.Fprintf(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>`+
		`<Credentials><AccessKeyId>ASIA%d</AccessKeyId><SecretAccessKey>hush</SecretAccessKey>`+
		`<SessionToken>hush</SessionToken><Expiration>%s</Expiration></Credentials></AssumeRoleResult>`+
		`</AssumeRoleResponse>`, n, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
}

// A profile's role that wants an MFA device has people asked for the code, at
// each renewal; where nobody can be asked, it is said what to do.
func TestProfilesMFADevice(t *testing.T) {
	var asked []string
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		asked = append(asked, r.PostForm.Get("SerialNumber")+" "+r.PostForm.Get("TokenCode")+" "+
			r.PostForm.Get("DurationSeconds"))
		assumed(w, len(asked))
	}))
	defer service.Close()
	noAWS(t, "[profile base]\naws_access_key_id = AKID\naws_secret_access_key = hush\n"+
		"[profile lab]\nrole_arn = "+testARN+"\nsource_profile = base\nmfa_serial = arn:aws:iam::123456789012:mfa/me\n"+
		"region = us-west-2\nendpoint_url = "+service.URL+"\n")
	code := 0
	r, a, err := Default(t.Context(), "lab", Deps{MFA: func(_ context.Context, serial string) (string, error) {
		code++
		return fmt.Sprint("00000", code), nil
	}})
	if err != nil || a.Region != "us-west-2" || code > 0 {
		t.Fatalf("got %+v after %d questions, %v", a, code, err)
	}
	c, err := r.Retrieve(t.Context())
	if err != nil || c.AccessKeyID != "ASIA1" {
		t.Fatalf("got %s, %v", c.AccessKeyID, err)
	}
	if err := r.Refresh(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	const me = "arn:aws:iam::123456789012:mfa/me"
	if got := strings.Join(asked, ", "); got != me+" 000001 3600, "+me+" 000002 3600" {
		t.Errorf("asked with %s", got)
	}
	r, _, err = Default(t.Context(), "lab", Deps{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Retrieve(t.Context()); !errors.Is(err, errNoPrompt) || !errors.Is(err, ErrRefused) ||
		!strings.Contains(err.Error(), "in a terminal") {
		t.Errorf("without a terminal: got %v", err)
	}
}

// keysText is a profile in the credentials file.
func keysText(n int) string {
	return fmt.Sprintf("[lab]\naws_access_key_id = AKID%d\naws_secret_access_key = hush\naws_session_token = hush%d\n", n, n)
}

// What other programs have replaced since is read again once it was refused.
func TestReplacedCredentialsAreReadAgain(t *testing.T) {
	folder := t.TempDir()
	file, printed := filepath.Join(folder, "credentials"), filepath.Join(folder, "printed")
	write := func(n int) {
		t.Helper()
		for path, text := range map[string]string{file: keysText(n), printed: fmt.Sprintf(
			`{"Version": 1, "AccessKeyId": "AKID%d", "SecretAccessKey": "hush", "SessionToken": "hush%d"}`, n, n)} {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	noAWS(t, "[profile printed]\ncredential_process = cat "+printed+"\n")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", file)
	for _, provider := range []string{
		"{kind: profile, profile: lab}", "{kind: profile, profile: printed}", "{kind: process, command: 'cat " + printed + "'}",
	} {
		t.Run(provider, func(t *testing.T) {
			write(1)
			r, _, err := FromRule(t.Context(), rule(t, provider), Deps{})
			if err != nil {
				t.Fatal(err)
			}
			first, err := r.Retrieve(t.Context())
			if err != nil || first.AccessKeyID != "AKID1" {
				t.Fatalf("got %s, %v", first.AccessKeyID, err)
			}
			if err := r.Refresh(t.Context(), first); !errors.Is(err, errSame) {
				t.Errorf("not replaced: got %v", err)
			}
			write(2)
			if err := r.Refresh(t.Context(), first); err != nil {
				t.Fatal(err)
			}
			if c, err := r.Retrieve(t.Context()); err != nil || c.AccessKeyID != "AKID2" || c.SessionToken != "hush2" {
				t.Errorf("got %s, %v", c.AccessKeyID, err)
			}
		})
	}
}

// The keys that sign for a role may have been replaced, too.
func TestReplacedSignersAreReadAgain(t *testing.T) {
	for _, provider := range []string{
		"{kind: assume-role, role-arn: '" + testARN + "', source: {kind: profile, profile: lab}}",
		"{kind: federation-token, session-policy: '{\"Statement\": []}', source: {kind: profile, profile: lab}}",
	} {
		t.Run(provider, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "credentials")
			calls := 0
			service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if calls++; strings.Contains(r.Header.Get("Authorization"), "AKID1/") {
					if err := os.WriteFile(file, []byte(keysText(2)), 0o600); err != nil {
						t.Error(err)
					}
					w.WriteHeader(http.StatusForbidden)
					fmt.Fprint(w, "<ErrorResponse><Error><Code>ExpiredToken</Code><Message>x</Message></Error></ErrorResponse>")
					return
				}
				_ = r.ParseForm()
				if r.PostForm.Get("Action") == "GetFederationToken" {
					var b strings.Builder
					w, real := &written{Builder: &b}, w
					assumed(w, calls)
					fmt.Fprint(real, strings.ReplaceAll(b.String(), "AssumeRole", "GetFederationToken"))
					return
				}
				assumed(w, calls)
			}))
			defer service.Close()
			if err := os.WriteFile(file, []byte(keysText(1)), 0o600); err != nil {
				t.Fatal(err)
			}
			noAWS(t, "")
			t.Setenv("AWS_SHARED_CREDENTIALS_FILE", file)
			t.Setenv("AWS_ENDPOINT_URL_STS", service.URL)
			r, _, err := FromRule(t.Context(), rule(t, provider), Deps{})
			if err != nil {
				t.Fatal(err)
			}
			if c, err := r.Retrieve(t.Context()); err != nil || c.AccessKeyID != "ASIA2" {
				t.Errorf("got %s after %d calls, %v", c.AccessKeyID, calls, err)
			}
		})
	}
}

// written keeps a body.
type written struct {
	*strings.Builder
	http.ResponseWriter
}

func (w *written) Write(p []byte) (int, error) { return w.Builder.Write(p) }

// A profile that is named and isn't there is no reason to take others' keys.
func TestMissingProfile(t *testing.T) {
	noAWS(t, "[profile lab]\n[plain]\nregion = eu-west-1\n")
	t.Setenv("AWS_ACCESS_KEY_ID", "AKID")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "hush")
	tests := []struct {
		flag, variable string
		missing        bool
	}{{"", "", false}, {"lab", "", false}, {"", "lab", false}, {"gone", "", true}, {"", "gone", true}, {"", "plain", true}}
	for _, tt := range tests {
		t.Setenv("AWS_PROFILE", tt.variable)
		_, err := LoadAWS(t.Context(), tt.flag, Deps{})
		if got := errors.Is(err, ErrSettings); got != tt.missing {
			t.Errorf("%q and AWS_PROFILE=%q: got %v", tt.flag, tt.variable, err)
		}
	}
}

func TestProfileSettings(t *testing.T) {
	const text = "# a comment\n[default]\nregion = a # why\n[profile lab]\nRegion=b\ns3 =\n  addressing_style = path\n" +
		"\tmax_concurrent_requests=20\nendpoint_url = https://a.org/x#y\n; x\n[ profile  \"other lab\" ]\nregion = c\n[services s]\ns3 =\n" +
		"  endpoint_url = d\n[profile lab]\nca_bundle = e\n"
	tests := []struct{ profile, name, want string }{
		{"default", "region", "a"}, {"lab", "region", "b"}, {"lab", "s3.addressing_style", "path"},
		{"lab", "s3.max_concurrent_requests", "20"}, {"lab", "endpoint_url", "https://a.org/x#y"},
		{"lab", "ca_bundle", "e"}, {"s", "s3.endpoint_url", ""}, {"default", "ca_bundle", ""},
	}
	for _, tt := range tests {
		if got := profileSettings(text, tt.profile, "profile ")[tt.name]; got != tt.want {
			t.Errorf("%s of %s: got %q, want %q", tt.name, tt.profile, got, tt.want)
		}
	}
}

func FuzzProfileSettings(f *testing.F) {
	f.Add("[profile lab]\ns3 =\n  a = b\n", "lab")
	f.Add("[\n = \n  = \n[]", "")
	f.Fuzz(func(_ *testing.T, text, profile string) { profileSettings(text, profile, "profile ") })
}

// Elsewhere leaves out what is the profile's alone.
func TestElsewhere(t *testing.T) {
	noAWS(t, "[profile lab]\nregion = us-gov-west-1\nendpoint_url = https://minio.example.org\nuse_fips_endpoint = true\n"+
		"s3 =\n  addressing_style = virtual\n")
	a, err := LoadAWS(t.Context(), "lab", Deps{})
	if err != nil || a.Endpoint != "https://minio.example.org" || a.S3.PathStyle == nil || *a.S3.PathStyle || !a.FIPS() {
		t.Fatalf("got %+v, %v", a, err)
	}
	e := a.Elsewhere()
	if e.Endpoint != "" || e.S3 != (s3Settings{}) || !e.FIPS() || e.Region != "us-gov-west-1" || !e.Loaded() {
		t.Errorf("got %+v", e)
	}
	if c := a.Config(); c.Credentials != nil || (AWS{}).Loaded() || (AWS{}).FIPS() {
		t.Errorf("got %v", aws.ToString(c.BaseEndpoint))
	}
}
