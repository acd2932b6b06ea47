package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"synapse-migrate/migrate/sandbox/describe"
)

const stsCall = "GET /repo/v1/entity/{id}/sts"

// printed is what --format process printed.
func printed(t *testing.T, text string) processCredentials {
	t.Helper()
	var c processCredentials
	if err := json.Unmarshal([]byte(text), &c); err != nil || c.AccessKeyID == "" {
		t.Fatalf("no credentials in the output: %v", err)
	}
	return c
}

// profileOf writes an AWS configuration with the profile of an entity and
// returns the environment of a program that uses it.
func (s *site) profileOf(entity, permission string) []string {
	s.t.Helper()
	o := s.want(exitDone, "credentials", entity, "--permission", permission, "--format", "aws-config")
	path := s.path("aws-config-" + entity + "-" + permission)
	if err := os.WriteFile(path, []byte(o.stdout), 0o600); err != nil {
		s.t.Fatal(err)
	}
	var env []string
	for _, v := range s.env {
		if !strings.HasPrefix(v, "AWS_ACCESS_KEY_ID=") && !strings.HasPrefix(v, "AWS_SECRET_ACCESS_KEY=") &&
			!strings.HasPrefix(v, "AWS_SESSION_TOKEN=") && !strings.HasPrefix(v, "AWS_PROFILE=") {
			env = append(env, v)
		}
	}
	return append(env, "AWS_CONFIG_FILE="+path, "AWS_SHARED_CREDENTIALS_FILE="+s.path("none"),
		"AWS_PROFILE=migrate-"+entity)
}

func TestManyProcessesCostOneSynapseCall(t *testing.T) {
	s := newSite(t).watched()
	s.ResetCounts()
	var all sync.WaitGroup
	outputs := make([]outcome, 12)
	for i := range outputs {
		all.Go(func() { outputs[i] = s.run("credentials", s.External.ID) })
	}
	all.Wait()
	for i, o := range outputs {
		if o.code != exitDone || o.stdout != outputs[0].stdout {
			t.Errorf("process %d: exit %d, other output than the first: %s", i, o.code, o.stderr)
		}
	}
	if calls := s.Calls(); calls.Total() != 1 || calls.Of(stsCall) != 1 {
		t.Errorf("got calls %v, want one for credentials", calls.ByStatus)
	}

	s.want(exitDone, "credentials", strings.ToUpper(s.External.ID))
	s.want(exitDone, "credentials", s.External.ID, "--permission", "read_write")
	s.want(exitDone, "credentials", s.External.ID, "--no-cache")
	if n := s.Calls().Of(stsCall); n != 3 {
		t.Errorf("got %d calls, want 3: another permission, and no cache", n)
	}
}

func TestCredentialsAreRenewedInTime(t *testing.T) {
	s := newSite(t, "--token-life", "1s")
	first := printed(t, s.want(exitDone, "credentials", s.External.ID).stdout)
	expires, err := time.Parse(time.RFC3339, first.Expiration)
	if err != nil {
		t.Fatal(err)
	}
	for time.Now().Before(expires) { // each run takes its time
		s.want(exitDone, "credentials", s.External.ID)
	}
	next := printed(t, s.want(exitDone, "credentials", s.External.ID).stdout)
	if next.AccessKeyID == first.AccessKeyID {
		t.Error("got the expired credentials again")
	}
}

func TestTheSDKReadsThroughTheProfile(t *testing.T) {
	s := newSite(t, "--throttle=false")
	s.Put(t, s.Destination, s.External.BaseKey+"/a.txt", "content")
	for _, v := range s.profileOf(s.External.ID, "read_write") {
		name, value, _ := strings.Cut(v, "=")
		t.Setenv(name, value)
	}
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} {
		if err := os.Unsetenv(name); err != nil {
			t.Fatal(err)
		}
	}
	c, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if c.Region != s.Region {
		t.Errorf("got region %q, want the bucket's, %q", c.Region, s.Region)
	}
	client := s.S3With(c.Credentials)
	key := s.External.BaseKey + "/b.txt"
	_, err = client.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: &s.Destination, Key: &key, Body: strings.NewReader("written"),
	})
	if err != nil {
		t.Errorf("writing below the base key: %v", err)
	}
	outside := "elsewhere/c.txt"
	_, err = client.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: &s.Destination, Key: &outside, Body: strings.NewReader("written"),
	})
	if err == nil {
		t.Error("wrote outside the base key")
	}
}

func TestShellVariablesServeAProgram(t *testing.T) {
	s := newSite(t, "--throttle=false")
	o := s.want(exitDone, "credentials", s.External.ID, "--format", "env")
	cmd := exec.Command("sh", "-c", o.stdout+`printf '%s %s' "$AWS_SESSION_TOKEN" "$SYNAPSE_STS_BASE_KEY"`)
	out, err := cmd.Output()
	token, baseKey, _ := strings.Cut(string(out), " ")
	if err != nil || token == "" || baseKey != s.External.BaseKey {
		t.Errorf("got base key %q, %v, want %q", baseKey, err, s.External.BaseKey)
	}
}

func TestRefusedCredentialsAreExplained(t *testing.T) {
	s := newSite(t, "--throttle=false")
	tests := []struct {
		name string
		site *site
		args []string
		want string
	}{
		{"not an STS folder", s, []string{s.Plain.ID}, "there is no STS storage location in force here"},
		{"writing to Synapse's storage", s, []string{s.Managed.ID, "--permission", "read_write"},
			"use --permission read_only"},
		{"no rights", s.as(s.Stranger), []string{s.External.ID}, "you may not download here"},
		{"nothing there", s, []string{"syn999999999"}, "look for the folder in Synapse"},
		{"bad token", s.as(describe.User{Token: "wrong"}), []string{s.External.ID}, "the access token is wrong"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := tt.site.want(exitFailed, append([]string{"credentials"}, tt.args...)...)
			if !strings.Contains(o.stderr, tt.want) {
				t.Errorf("got %q, want it to say %q", o.stderr, tt.want)
			}
			if o.stdout != "" {
				t.Errorf("printed %q", o.stdout)
			}
		})
	}
}

func TestCredentialsStandNowhereElse(t *testing.T) {
	s := newSite(t, "--throttle=false")
	var secrets []string
	var said bytes.Buffer
	log := s.path("migrate.log")
	for _, format := range []string{"process", "env", "json", "aws-config"} {
		o := s.want(exitDone, "credentials", s.External.ID, "--format", format,
			"--log-level", "debug", "--log-file", log)
		said.WriteString(o.stderr)
		if format == "process" {
			c := printed(t, o.stdout)
			secrets = []string{c.SecretAccessKey, c.SessionToken, s.Owner.Token, c.AccessKeyID}
		}
		if format == "aws-config" {
			said.WriteString(o.stdout)
		}
		if strings.Contains(o.stdout, s.Owner.Token) {
			t.Errorf("%s prints the access token", format)
		}
	}
	s.want(exitFailed, "credentials", s.Managed.ID, "--permission", "read_write", "--log-level", "debug",
		"--log-file", log)
	files := map[string]string{"standard error and the profile": said.String()}
	err := filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, ".json") && strings.Contains(path, ".cache") {
			return err
		}
		text, err := os.ReadFile(path)
		files[path] = string(text)
		return err
	})
	if err != nil || files[log] == "" {
		t.Fatalf("reading what was left behind: %v, log of %d bytes", err, len(files[log]))
	}
	for _, path := range slices.Sorted(maps.Keys(files)) {
		for i, secret := range secrets {
			if strings.Contains(files[path], secret) {
				t.Errorf("secret %d stands in %s", i, path)
			}
		}
	}
}

func TestACacheThatCannotBeUsedIsSaid(t *testing.T) {
	s := newSite(t, "--throttle=false")
	if err := os.WriteFile(s.path(".cache"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.env = append(s.env, "XDG_CACHE_HOME="+s.path(".cache"), "HOME="+s.path(".cache"))
	o := s.want(exitDone, "credentials", s.External.ID)
	printed(t, o.stdout)
	if !strings.Contains(o.stderr, "warning: the cache can't be used") {
		t.Errorf("got %q, want a warning", o.stderr)
	}
}
