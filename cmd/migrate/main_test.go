package main

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sync/errgroup"

	"synapse-migrate/migrate/sandbox/compare"
	"synapse-migrate/migrate/sandbox/describe"
	"synapse-migrate/migrate/sandbox/sandboxtest"
)

// childVariable makes the test program be migrate, so that what the tests
// start, interrupt and kill is the program under test itself.
const childVariable = "MIGRATE_TEST_CHILD"

// binaryVariable is the environment variable that names a migrate program to
// start instead. The Makefile builds it without the race detector, under which
// hundreds of short processes take three times as long.
const binaryVariable = "MIGRATE_BINARY"

// raceOptions are those of the race detector in the processes that the tests
// start: each of them would sleep for a second before it exits.
const raceOptions = "GORACE=atexit_sleep_ms=0"

// fullVariable is the environment variable that asks for the long forms, as
// make test-faults does.
const fullVariable = "MIGRATE_FAULTS_FULL"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		os.Exit(realMain())
	}
	if signal.Ignored(syscall.SIGHUP) {
		// Whoever started the tests isn't to be ended with a terminal (nohup);
		// what they start inherits that until it is heeded.
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	}
	os.Exit(m.Run())
}

// program is the path of the migrate that the tests start: of the test program
// itself, where that is wanted or no other is named.
func program(itself bool) (string, error) {
	if binary := os.Getenv(binaryVariable); binary != "" && !itself {
		_, err := os.Stat(binary) // so that go test notices another one
		return binary, err
	}
	return os.Executable()
}

// site is a sandbox with a working directory in which migrate is run.
type site struct {
	*sandboxtest.Instance
	t   *testing.T
	dir string
	// env is added to what migrate sees, the last of one name counts.
	env []string
	// itself makes the test program be migrate, whichever other is named.
	itself bool
	// sampled is true once there is a sample project.
	sampled bool
}

func newSite(t *testing.T, args ...string) *site {
	t.Helper()
	s := &site{Instance: sandboxtest.Start(t, args...), t: t, dir: t.TempDir()}
	s.env = append([]string{
		childVariable + "=1", raceOptions, "HOME=" + s.dir, "PATH=" + os.Getenv("PATH"),
	}, s.Environment()...)
	return s
}

// watched is the same site, where migrate is the test program itself: where
// the tests run with the race detector, migrate does too. At least one test of
// each command that does several things at once is watched.
func (s *site) watched() *site {
	other := *s
	other.itself = true
	return &other
}

// with is the same site, seen with other keys for S3.
func (s *site) with(keys describe.Keys) *site {
	other := *s
	other.env = append(other.env[:len(other.env):len(other.env)],
		"AWS_ACCESS_KEY_ID="+keys.AccessKeyID, "AWS_SECRET_ACCESS_KEY="+keys.SecretAccessKey)
	return &other
}

// as is the same site, seen as another user of Synapse.
func (s *site) as(user describe.User) *site {
	other := *s
	other.env = append(other.env[:len(other.env):len(other.env)], "SYNAPSE_AUTH_TOKEN="+user.Token)
	return &other
}

// outcome is what a command left behind.
type outcome struct {
	code           int
	stdout, stderr string
}

// command is a migrate process that is yet to be started.
func (s *site) command(args ...string) *exec.Cmd {
	migrate, err := program(s.itself)
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.Command(migrate, args...)
	cmd.Dir, cmd.Env = s.dir, s.env
	return cmd
}

// run runs migrate to its end.
func (s *site) run(args ...string) outcome {
	s.t.Helper()
	cmd := s.command(args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if cmd.ProcessState == nil {
		s.t.Fatalf("migrate %s: %v", strings.Join(args, " "), err)
	}
	return outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// want runs migrate and fails the test unless it exits with code.
func (s *site) want(code int, args ...string) outcome {
	s.t.Helper()
	o := s.run(args...)
	if o.code != code {
		s.t.Fatalf("migrate %s: exit %d, want %d\n%s\n%s",
			strings.Join(args, " "), o.code, code, o.stdout, o.stderr)
	}
	return o
}

// path is a file in the working directory.
func (s *site) path(name string) string { return filepath.Join(s.dir, name) }

// fill stores objects, key to content, many at once.
func (s *site) fill(bucket string, objects map[string]string) {
	s.t.Helper()
	var group errgroup.Group
	group.SetLimit(8)
	for key, content := range objects {
		group.Go(func() error {
			s.Put(s.t, bucket, key, content)
			return nil
		})
	}
	_ = group.Wait()
}

// wanted is what the destination must hold for objects whose keys begin with
// prefix: MD5 and size by the rest of the key.
func wanted(objects map[string]string, prefix string) map[string]compare.Want {
	want := map[string]compare.Want{}
	for key, content := range objects {
		sum := md5.Sum([]byte(content))
		want[strings.TrimPrefix(key, prefix)] = compare.Want{
			MD5: hex.EncodeToString(sum[:]), SizeBytes: int64(len(content)),
		}
	}
	return want
}

// walk looks at a folder from outside.
func (s *site) walk(folder string) compare.Tree {
	s.t.Helper()
	tree, err := compare.Walk(context.Background(), compare.Options{
		Endpoint: s.SynapseEndpoint, Token: s.Owner.Token,
		S3Endpoint: s.S3Endpoint, Region: s.Region, Folder: folder,
	})
	if err != nil {
		s.t.Fatalf("walking %s: %v", folder, err)
	}
	return tree
}

// holds fails the test unless the folder holds exactly what is wanted.
func (s *site) holds(folder string, want map[string]compare.Want) compare.Tree {
	s.t.Helper()
	tree := s.walk(folder)
	if diff := compare.Diff(want, tree); len(diff) > 0 {
		s.t.Fatalf("%s differs in %d places:\n%s", folder, len(diff), strings.Join(head(diff, 20), "\n"))
	}
	return tree
}

func head(lines []string, n int) []string { return lines[:min(n, len(lines))] }

// stsFolder makes one more external STS folder of the owner's, as any client
// would: owner.txt, storage location, folder, setting.
func (s *site) stsFolder(name, baseKey string) describe.Folder {
	s.t.Helper()
	s.Put(s.t, s.Destination, baseKey+"/owner.txt", fmt.Sprint(s.Owner.ID))
	var location struct {
		StorageLocationID int64 `json:"storageLocationId"`
	}
	s.create("/repo/v1/storageLocation", map[string]any{
		"concreteType": "org.sagebionetworks.repo.model.project.ExternalS3StorageLocationSetting",
		"bucket":       s.Destination, "baseKey": baseKey, "stsEnabled": true,
	}, &location)
	var folder struct{ ID string }
	s.create("/repo/v1/entity", map[string]any{
		"concreteType": "org.sagebionetworks.repo.model.Folder", "name": name, "parentId": s.Description.Project,
	}, &folder)
	s.create("/repo/v1/projectSettings", map[string]any{
		"concreteType": "org.sagebionetworks.repo.model.project.UploadDestinationListSetting",
		"projectId":    folder.ID, "settingsType": "upload", "locations": []int64{location.StorageLocationID},
	}, nil)
	return describe.Folder{ID: folder.ID, StorageLocationID: location.StorageLocationID,
		Bucket: s.Destination, BaseKey: baseKey}
}

func (s *site) create(path string, document, answer any) {
	s.t.Helper()
	if status := s.Synapse(s.t, s.Owner, http.MethodPost, path, document, answer); status != http.StatusCreated {
		s.t.Fatalf("POST %s: status %d", path, status)
	}
}
