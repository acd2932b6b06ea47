package credentials

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"synapse-migrate/migrate/config"
)

// shell is a command that prints something.
func shell(t *testing.T, printed string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "printed")
	if err := os.WriteFile(path, []byte(printed), 0o600); err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS == "windows" {
		return "type " + path
	}
	return "cat '" + path + "'"
}

const contract = `{"Version": 1, "AccessKeyId": "AKID", "SecretAccessKey": "hush-secret", ` +
	`"SessionToken": "hush-token", "Expiration": "2021-01-27T00:50:09Z"}`

func TestProcess(t *testing.T) {
	c, err := processProvider(shell(t, contract), nil).Retrieve(t.Context())
	want := aws.Credentials{
		AccessKeyID: "AKID", SecretAccessKey: "hush-secret", SessionToken: "hush-token", Source: "Process",
		CanExpire: true, Expires: time.Date(2021, 1, 27, 0, 50, 9, 0, time.UTC),
	}
	if err != nil || c != want {
		t.Errorf("got other credentials, %v", err)
	}
	tests := []struct{ name, command, want string }{
		{"another version", shell(t, strings.Replace(contract, "1", "2", 1)), errPrinted.Error()},
		{"no JSON", shell(t, "hush-secret"), errPrinted.Error()},
		{"no keys", shell(t, `{"Version": 1, "SecretAccessKey": "hush-secret"}`),
			`no access key ID under "AccessKeyId"`},
		{"far too long", shell(t, contract+strings.Repeat(" ", maxAnswerBytes)), errPrinted.Error()},
		{"a failure", shell(t, "hush-secret") + " && exit 7", "exit status 7"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := processProvider(tt.command, nil).Retrieve(t.Context())
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hush") {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestProcessTalksToItsUser(t *testing.T) {
	var said strings.Builder
	if _, err := processProvider("echo touch the key >&2 && "+shell(t, contract), &said).Retrieve(t.Context()); err != nil {
		t.Fatal(err)
	}
	if strings.TrimSpace(said.String()) != "touch the key" {
		t.Errorf("got %q", said.String())
	}
}

func TestProcessEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := processProvider(shell(t, contract), nil).Retrieve(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestReferred(t *testing.T) {
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "hush", "AWS_SESSION_TOKEN": "",
		"MY_ID": "MINE", "MY_SECRET": "hush-mine", "MY_TOKEN": "hush-token", "TWO": "hush hush",
	} {
		t.Setenv(name, value)
	}
	mine := config.Static{
		AccessKeyID: config.Env("MY_ID"), SecretAccessKey: config.Env("MY_SECRET"),
		SessionToken: config.Env("MY_TOKEN"),
	}
	usual := aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "hush", Source: "ReferredVariables"}
	tests := []struct {
		name  string
		given config.Static
		token string
		want  aws.Credentials
		err   string
	}{
		{"usual", config.Static{}, "", usual, ""},
		{"usual with a token", config.Static{}, "hush-usual", aws.Credentials{
			AccessKeyID: "AKID", SecretAccessKey: "hush", SessionToken: "hush-usual", Source: "ReferredVariables"}, ""},
		{"given", mine, "", aws.Credentials{
			AccessKeyID: "MINE", SecretAccessKey: "hush-mine", SessionToken: "hush-token", Source: "ReferredVariables"}, ""},
		{"not there", config.Static{AccessKeyID: config.Env("MY_ID"), SecretAccessKey: config.Env("UNSET_HERE")}, "",
			aws.Credentials{}, "secret access key: env:UNSET_HERE is not set"},
		{"two words", config.Static{AccessKeyID: config.Env("TWO"), SecretAccessKey: config.Env("TWO")}, "",
			aws.Credentials{}, "access key ID: env:TWO holds no single value"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("AWS_SESSION_TOKEN", tt.token)
			got, err := staticKeys(tt.given).Retrieve(t.Context())
			if got != tt.want || (err == nil) != (tt.err == "") {
				t.Errorf("got other keys, %v", err)
			}
			if err != nil && err.Error() != tt.err {
				t.Errorf("got %v, want %q", err, tt.err)
			}
		})
	}
}

func TestInstanceStaysOnTheMachine(t *testing.T) {
	tests := []struct {
		url  string
		want bool
	}{
		{"http://169.254.170.2/creds", true}, {"http://169.254.170.23/v1/credentials", true},
		{"http://[fd00:ec2::23]/v1", true}, {"http://127.0.0.1:51678/x", true}, {"http://localhost/x", true},
		{"https://vault.example.org/x", true}, {"http://vault.example.org/x", false},
		{"http://169.254.170.4/x", false},
		{"ftp://127.0.0.1/x", false}, {"https:///x", false},
	}
	for _, tt := range tests {
		t.Run(tt.url, func(t *testing.T) {
			u, err := url.Parse(tt.url)
			if err != nil {
				t.Fatal(err)
			}
			if got := onMachine(u); got != tt.want {
				t.Errorf("got %t", got)
			}
		})
	}
	t.Setenv(containerFull, "http://vault.example.org/hush")
	t.Setenv(containerRelative, "")
	if _, err := instanceProvider(AWS{}); err == nil || strings.Contains(err.Error(), "hush") {
		t.Errorf("got %v", err)
	}
}

// The machine's own service is asked where nothing says that this is a
// container, and nowhere else than there.
func TestInstanceOfEC2(t *testing.T) {
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodPut:
			w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "60")
			fmt.Fprint(w, "metadata-token")
		case strings.HasSuffix(r.URL.Path, "/security-credentials/"):
			fmt.Fprint(w, "lab")
		default:
			fmt.Fprintf(w,
				`{"Code": "Success", "AccessKeyId": "ASIA", "SecretAccessKey": "hush", "Token": "hush-token",
				"Expiration": %q}`, time.Now().Add(time.Hour).Format(time.RFC3339))
		}
	}))
	defer service.Close()
	t.Setenv(containerFull, "")
	t.Setenv(containerRelative, "")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "")
	t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", service.URL)
	p, err := instanceProvider(AWS{})
	if err != nil {
		t.Fatal(err)
	}
	if c, err := p.Retrieve(t.Context()); err != nil || c.AccessKeyID != "ASIA" || !c.CanExpire {
		t.Errorf("got %s, expiring: %t, %v", c.AccessKeyID, c.CanExpire, err)
	}
}

func TestWhereabouts(t *testing.T) {
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "60")
		fmt.Fprint(w, `{"region": "us-west-2"}`)
	}))
	defer service.Close()
	t.Setenv("AWS_REGION", "eu-west-1")
	t.Setenv("AWS_LAMBDA_FUNCTION_NAME", "")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "")
	t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", service.URL)
	if got := Whereabouts(t.Context(), AWS{}); got != "us-west-2" {
		t.Errorf("on an instance: got %q", got)
	}
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	if got := Whereabouts(t.Context(), AWS{}); got != "" {
		t.Errorf("elsewhere: got %q", got)
	}
	t.Setenv("AWS_LAMBDA_FUNCTION_NAME", "move")
	if got := Whereabouts(t.Context(), AWS{}); got != "eu-west-1" {
		t.Errorf("in Lambda: got %q", got)
	}
}

func TestRegionWarning(t *testing.T) {
	tests := []struct {
		name         string
		kind         config.Kind
		bucket, here string
		want         string
	}{
		{"other kind", config.KindProfile, "us-west-2", "", ""},
		{"at home", config.KindS3Credentials, "us-west-2", "us-west-2", ""},
		{"outside", config.KindS3Credentials, "us-west-2", "",
			"within us-west-2 only, and this program seems to run outside of AWS"},
		{"elsewhere", config.KindS3Credentials, "us-west-2", "eu-west-1", "seems to run in eu-west-1"},
		{"unknown", config.KindS3Credentials, "", "", "within the bucket's region only"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := RegionWarning(tt.kind, tt.bucket, tt.here)
			if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
