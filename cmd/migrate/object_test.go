package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts"

	"synapse-migrate/migrate/object"
	"synapse-migrate/migrate/sandbox/tea"
)

// bearer is the token that TEA knows in these tests.
const bearer = "Planted0Bearer"

// teaEvent writes an event for a key of the bucket Foreign, with a TEA beside
// the sandbox, and returns its name.
func (s *site) teaEvent(key, to string) string {
	s.t.Helper()
	client := sts.NewFromConfig(s.Config(s.OwnerKeys), func(o *sts.Options) { o.BaseEndpoint = &s.STSEndpoint })
	server := httptest.NewServer(tea.New(tea.Options{
		STS: client, RoleARN: s.ReaderRole.ARN,
		Users: map[string]tea.User{bearer: {ID: s.ReaderRole.ExternalID}},
	}))
	s.t.Cleanup(server.Close)
	text, err := json.Marshal(map[string]any{
		"CredentialsEndpoint": server.URL + tea.Path, "BearerToken": bearer,
		"Source": object.Address{Bucket: s.Foreign, Key: key}, "Dest": object.Address{Bucket: s.Source, Key: to},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.write("event.json", string(text))
	return "event.json"
}

// bearerless fails the test where an output or a file shows the token.
func (s *site) bearerless(files []string, outputs ...outcome) {
	s.t.Helper()
	for _, name := range files {
		content, err := os.ReadFile(s.path(name))
		if err != nil {
			s.t.Fatal(err)
		}
		outputs = append(outputs, outcome{stdout: string(content), stderr: name})
	}
	for _, o := range outputs {
		s.noSecret(o.stderr, o.stdout+o.stderr)
		if strings.Contains(o.stdout+o.stderr, bearer) {
			s.t.Errorf("%q shows the bearer token", o.stderr)
		}
	}
}

func TestObjectGoesOnAfterASignal(t *testing.T) {
	s := newSite(t)
	content := strings.Repeat("0123456789abcdef", 16<<20) // 256 MiB
	s.fill(s.Foreign, map[string]string{"large": content})
	args := []string{"object", "--event", s.teaEvent("large", "out"), "--state", "event.state",
		"--part-size=5MiB", "--part-concurrency=1", "--log-level=debug", "--log-file=run.log"}
	cmd := s.command(args...)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		if state, err := os.ReadFile(s.path("event.state")); err == nil &&
			strings.Contains(string(state), `"number":2`) {
			break
		} else if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		<-tick.C
		if cmd.Process.Signal(syscall.Signal(0)) != nil {
			t.Fatal("it ended before anything was remembered")
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	o := outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
	if o.code != exitInterrupted || !strings.Contains(o.stdout, `"code":"interrupted"`) {
		t.Fatalf("exit %d, want %d\n%s\n%s", o.code, exitInterrupted, o.stdout, o.stderr)
	}
	if info, err := os.Stat(s.path("event.state")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the state file: %v, %v", info, err)
	}
	s.bearerless([]string{"event.state", "run.log"}, o)

	last := s.want(exitDone, args...)
	var r object.Result
	if err := json.Unmarshal([]byte(last.stdout), &r); err != nil {
		t.Fatal(err)
	}
	if !r.Resumed || r.ResumedBytes < 10<<20 || r.BytesRead+r.ResumedBytes != int64(len(content)) ||
		r.MD5 != sumOf(content) || r.Parts != 52 {
		t.Errorf("got %+v", r)
	}
	if got := s.Objects(t, s.Source, "out"); got["out"] != int64(len(content)) {
		t.Errorf("got %v", got)
	}
	s.bearerless([]string{"run.log"}, last)
}

// TestObjectTellsWhoAsks has the endpoint see the name that --app-name gives.
func TestObjectTellsWhoAsks(t *testing.T) {
	for given, want := range map[string]string{"": "migrate", "lab-study": "lab-study"} {
		var seen string
		endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen = r.Header.Get("app-name")
			w.WriteHeader(http.StatusForbidden)
		}))
		event := filepath.Join(t.TempDir(), "event.json")
		text := `{"CredentialsEndpoint": "` + endpoint.URL + `/s3credentials", "BearerToken": "token", ` +
			`"Source": {"Bucket": "a", "Key": "k"}, "Dest": {"Bucket": "b"}}`
		if err := os.WriteFile(event, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		args := []string{"object", "--event", event}
		if given != "" {
			args = append(args, "--app-name", given)
		}
		migrate, err := program(false)
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(migrate, args...)
		cmd.Env = append(os.Environ(), childVariable+"=1", "HOME="+filepath.Dir(event), "AWS_EC2_METADATA_DISABLED=true")
		out, err := cmd.CombinedOutput()
		endpoint.Close()
		if err == nil || seen != want {
			t.Errorf("the endpoint saw %q, want %q: %v\n%s", seen, want, err, out)
		}
	}
}

func TestObjectMistakes(t *testing.T) {
	s := newSite(t).watched()
	s.fill(s.Foreign, map[string]string{"k": "content"})
	event := s.teaEvent("k", "out")
	tests := []struct {
		name, from, to string
		code           int
		want           []string
	}{
		{"token", bearer, "Expired" + bearer, exitFailed, []string{`"code":"login-required","side":"source"`}},
		{"key", `"Key":"k"`, `"Key":"gone"`, exitFailed, []string{`"code":"not-found","side":"source"`}},
		{"bucket", s.Source, s.SynapseBucket, exitFailed, []string{`"code":"denied","side":"destination"`}},
	}
	good, err := os.ReadFile(s.path(event))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s.write(event, strings.Replace(string(good), tt.from, tt.to, 1))
			o := s.want(tt.code, "object", "--event", event, "--log-level=debug")
			for _, want := range tt.want {
				if !strings.Contains(o.stdout, want) {
					t.Errorf("got %s, want %s", o.stdout, want)
				}
			}
			s.bearerless(nil, o)
			if !strings.HasPrefix(o.stdout, `{"format":1,"error":{`) || strings.Count(o.stdout, "\n") != 1 {
				t.Errorf("not one JSON document: %s", o.stdout)
			}
		})
	}
}
