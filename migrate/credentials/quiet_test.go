package credentials

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/rs/zerolog"
)

// A failure is a warning only where it doesn't come back as an error.
func TestFailedRenewalIsToldOnce(t *testing.T) {
	retrieve := func(t *testing.T, r *Renewing) error {
		_, err := r.Retrieve(t.Context())
		return err
	}
	tests := []struct {
		name   string
		after  time.Duration // since the hour began for which the first ones last
		ask    func(*testing.T, *Renewing) error
		failed bool
		warned bool
	}{
		{"old ones go on", 56 * time.Minute, retrieve, false, true},
		{"old ones are over", time.Hour, retrieve, true, false},
		{"old ones were refused", time.Minute, func(t *testing.T, r *Renewing) error {
			stale, err := r.Retrieve(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return r.Refresh(t.Context(), stale)
		}, true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				v := &vendor{lifetime: time.Hour}
				r := NewRenewing("hour", v, Options{
					Logger: zerolog.New(&log).Level(zerolog.WarnLevel),
				})
				if err := retrieve(t, r); err != nil {
					t.Fatal(err)
				}
				v.fail(errors.New("out of order"))
				time.Sleep(tt.after)
				if err := tt.ask(t, r); (err != nil) != tt.failed {
					t.Errorf("got %v", err)
				}
				if got := strings.Contains(log.String(), "not renewed"); got != tt.warned {
					t.Errorf("warned: %v, want %v:\n%s", got, tt.warned, &log)
				}
			})
		})
	}
}

func TestRefusedErrorTellsItsCause(t *testing.T) {
	broken := errors.New("out of order")
	v := &vendor{}
	v.fail(broken)
	_, err := NewRenewing("the folder syn1", v, Options{}).Retrieve(t.Context())
	var refused *RefusedError
	if !errors.As(err, &refused) || refused.Name != "the folder syn1" ||
		!errors.Is(err, ErrRefused) || !errors.Is(err, broken) {
		t.Errorf("got %#v, want a RefusedError with its cause", err)
	}
	const want = "credentials of the folder syn1: no valid credentials: out of order"
	if got := err.Error(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The SDK's own words about a metadata service that refuses stay out of the
// terminal.
func TestDefaultWritesNothing(t *testing.T) {
	service := httptest.NewServer(http.HandlerFunc(
		func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
		}))
	defer service.Close()
	nowhere := filepath.Join(t.TempDir(), "none")
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_PROFILE": "",
		"AWS_CONFIG_FILE": nowhere, "AWS_SHARED_CREDENTIALS_FILE": nowhere,
		"AWS_WEB_IDENTITY_TOKEN_FILE":            "",
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI":     "",
		"AWS_REGION":                             "eu-west-1",
		"AWS_EC2_METADATA_DISABLED":              "",
		"AWS_EC2_METADATA_SERVICE_ENDPOINT":      service.URL,
	} {
		t.Setenv(name, value)
	}
	terminal, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	stderr := os.Stderr
	os.Stderr = terminal
	defer func() { os.Stderr = stderr }()
	r, _, err := Default(t.Context(), "", Deps{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := r.Retrieve(t.Context())
	if !errors.Is(err, ErrRefused) || c != (aws.Credentials{}) {
		t.Errorf("got %v, want %v", err, ErrRefused)
	}
	written, err := os.ReadFile(terminal.Name())
	if err != nil || len(written) > 0 {
		t.Errorf("written to stderr: %q, %v", written, err)
	}
}
