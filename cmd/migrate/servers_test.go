//go:build servers

package main

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"synapse-migrate/migrate/sandbox/describe"
	"synapse-migrate/migrate/sandbox/miniotest"
)

// otherServer is an S3 server that nobody here wrote, started anew.
type otherServer struct {
	endpoint, key, secret string
}

// otherServers are those of make test-servers, with what their credentials are worth.
var otherServers = []struct {
	name     string
	start    func(*testing.T) otherServer
	sessions describe.Sessions
}{
	{"MinIO", startMinIO, describe.SessionsScoped},
	{"SeaweedFS", startSeaweedFS, describe.SessionsNone},
}

func startMinIO(t *testing.T) otherServer {
	s := miniotest.Start(t)
	return otherServer{s.Endpoint, s.RootUser, s.RootSecret}
}

// startSeaweedFS runs all of its parts in one process, with long-lived keys: an STS of its own takes an identity
// provider beside it.
func startSeaweedFS(t *testing.T) otherServer {
	t.Helper()
	binary := os.Getenv("SEAWEEDFS_BINARY")
	if binary == "" {
		t.Fatal("SEAWEEDFS_BINARY is not set; run make test-servers")
	}
	dir := t.TempDir()
	s := otherServer{key: "weedtest", secret: "weedtest-secret"}
	keys := filepath.Join(dir, "keys.json")
	text := fmt.Sprintf(`{"identities": [{"name": "root", "actions": ["Admin", "Read", "Write", "List", "Tagging"],
		"credentials": [{"accessKey": %q, "secretKey": %q}]}]}`, s.key, s.secret)
	if err := os.WriteFile(keys, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"server", "-dir=" + dir, "-ip=127.0.0.1", "-filer", "-s3", "-s3.config=" + keys,
		"-volume.max=200", "-master.volumeSizeLimitMB=64"}
	var port string
	for _, part := range []string{"master", "volume", "filer", "s3"} {
		port = freePorts(t)
		args = append(args, "-"+part+".port="+port)
	}
	s.endpoint = "http://127.0.0.1:" + port
	server := exec.Command(binary, args...)
	server.Stdout, server.Stderr = log, log
	if err := server.Start(); err != nil {
		t.Fatalf("starting SeaweedFS: %v", err)
	}
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
		_ = log.Close()
	})
	waitForAnswer(t, s.endpoint)
	return s
}

// freePorts is a port that is free together with the one 10,000 above, which each of its parts takes, too.
func freePorts(t *testing.T) string {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		second, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port+10_000))
		_ = l.Close()
		if err == nil {
			_ = second.Close()
			return fmt.Sprint(port)
		}
	}
	t.Fatal("no two free ports")
	return ""
}

// waitForAnswer asks until a server answers anything: keys are asked for first.
func waitForAnswer(t *testing.T, url string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if resp, err := http.DefaultClient.Do(req); err == nil {
			_ = resp.Body.Close()
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s did not answer within a minute", url)
		case <-tick.C:
		}
	}
}

// TestServers takes the whole road on servers that nobody here wrote: every action, a folder made and checked, a
// project, a directory, a run that is stopped and gone on with, and files that are replaced; and reads back what came
// of it.
func TestServers(t *testing.T) {
	for _, tt := range otherServers {
		t.Run(tt.name, func(t *testing.T) {
			server := tt.start(t)
			t.Setenv("AWS_ACCESS_KEY_ID", server.key)
			t.Setenv("AWS_SECRET_ACCESS_KEY", server.secret)
			s := newSite(t, "--throttle=false", "--s3-endpoint", server.endpoint)
			if s.Sessions != tt.sessions {
				t.Errorf("Synapse's credentials are %s, want %s", s.Sessions, tt.sessions)
			}
			s.wholeRoad()
		})
	}
}

func (s *site) wholeRoad() {
	objects := study("raw/", 30)
	objects["raw/large.bin"] = strings.Repeat("0123456789abcdef", 20<<16) // 20 MiB, in parts
	// A key that has to be escaped, and what its name becomes.
	const odd, named = "odd/it's (a+b) & c%20d=e.txt", "odd/it's (a+b) (x26) c(x25)20d(x3d)e.txt"
	objects["raw/"+named] = "odd"
	s.fill(s.Source, renamed(objects, "raw/", "raw/", named, odd))
	want := wanted(objects, "raw/")
	bucket := []string{"bucket", "s3://" + s.Source + "/raw/", "--yes", fast, "--part-size=8MiB", "--names=replace", "--to"}
	run := 0
	migrate := func(folder string, args ...string) {
		s.t.Helper()
		run++
		file := fmt.Sprintf("%d.migrate", run)
		s.want(exitDone, append(append(args, folder), "--run", file)...)
		s.holds(folder, want)
		s.want(exitDone, "verify", "--run", file, "--read", "all")
	}

	migrate(s.External.ID, bucket...) // streamed with Synapse's credentials
	s.want(exitDone, "folder", "check", s.External.ID)
	migrate(s.Managed.ID, bucket...) // uploaded through Synapse

	copied := s.newFolder("copied")
	migrate(copied, append([]string{"bucket", "s3://" + s.Source + "/raw/", "--dest-credentials", "source"}, bucket[2:]...)...)

	placed := s.newFolder("placed")
	s.fill(s.Destination, renamed(objects, "raw/", "placed/", named, odd))
	migrate(placed, append([]string{"bucket", "s3://" + s.Destination + "/placed/"}, bucket[2:]...)...) // registered

	migrate(s.newFolder("project"), "project", s.External.ID, "--yes", fast, "--to")

	dir := s.path("files")
	for key, text := range objects {
		path := filepath.Join(dir, filepath.FromSlash(strings.TrimPrefix(key, "raw/")))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			s.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
	migrate(s.newFolder("local"), "local", dir, "--yes", fast, "--part-size=8MiB", "--to")
	s.interruptedRoad(bucket, objects)
}

// renamed are objects below another prefix, one of them by another name.
func renamed(objects map[string]string, from, to, name, other string) map[string]string {
	all := map[string]string{}
	for key, text := range objects {
		rest := strings.TrimPrefix(key, from)
		if rest == name {
			rest = other
		}
		all[to+rest] = text
	}
	return all
}

// interruptedRoad stops a run, goes on with it, replaces what has changed since, and cleans up.
func (s *site) interruptedRoad(bucket []string, objects map[string]string) {
	s.t.Helper()
	folder := s.newFolder("cut")
	o := s.signalled(s.Calls().Total()+60, []syscall.Signal{syscall.SIGINT},
		append(slices.Clone(bucket), folder, "--run", "cut.migrate")...)
	if o.code != exitInterrupted {
		s.t.Fatalf("exit %d, want %d\n%s", o.code, exitInterrupted, o.stderr)
	}
	s.want(exitDone, "resume", "--run", "cut.migrate", "--yes", fast)
	s.holds(folder, wanted(objects, "raw/"))

	changed := map[string]string{"raw/large.bin": strings.Repeat("fedcba9876543210", 20<<16)}
	for key, text := range study("raw/", 2) {
		changed[key] = text + "and more"
	}
	s.fill(s.Source, changed)
	after := maps.Clone(objects)
	maps.Copy(after, changed)
	s.want(exitDone, append(slices.Clone(bucket), folder, "--run", "replace.migrate", "--if-exists", "replace")...)
	tree := s.walk(folder)
	for path, want := range wanted(after, "raw/") {
		if got := tree.Files[path]; got.MD5 != want.MD5 || got.SizeBytes != want.SizeBytes {
			s.t.Errorf("%s: %d bytes of MD5 %s, want %d of %s", path, got.SizeBytes, got.MD5, want.SizeBytes, want.MD5)
		}
	}
	s.want(exitDone, "verify", "--run", "replace.migrate", "--read", "all")
	s.want(exitDone, "clean", "--run", "cut.migrate", "--yes")
}

// newFolder makes a folder whose bucket is set up already: servers differ in the policies that they take.
func (s *site) newFolder(name string) string {
	s.t.Helper()
	s.Put(s.t, s.Destination, name+"/owner.txt", fmt.Sprintln(s.Owner.ID))
	return s.makeFolder(s.place(name), "--bucket", s.Destination, "--base-key", name)
}
