package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
)

// files writes a directory tree into the working directory, path to content.
func (s *site) files(dir string, content map[string]string) {
	s.t.Helper()
	for path, text := range content {
		file := filepath.Join(s.path(dir), filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			s.t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
}

// disk is what a directory holds: path to content, a link's target, or kind.
func (s *site) disk(dir string) map[string]string {
	s.t.Helper()
	all := map[string]string{}
	root := s.path(dir)
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rest, _ := filepath.Rel(root, path)
		switch {
		case d.Type()&os.ModeSymlink != 0:
			all[rest], err = os.Readlink(path)
		case !d.Type().IsRegular():
			all[rest] = d.Type().String()
		default:
			var b []byte
			b, err = os.ReadFile(path)
			all[rest] = string(b)
		}
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

func TestLocalDirectory(t *testing.T) {
	s := newSite(t, "--throttle=false").watched()
	// a-b comes before a/b in S3's order, and after it in a directory's.
	content := study("", 40)
	maps.Copy(content, map[string]string{
		"a-b": "1", "a/b": "2", "a/b.c": "3", "a.txt": "4", "empty": "",
		"large.bin": strings.Repeat("0123456789abcdef", 2<<20), // 32 MiB, in parts
	})
	s.files("in", content)
	s.files("outside", map[string]string{"secret": "not yours"})
	for link, target := range map[string]string{
		"link": "a.txt", "out": s.path("outside/secret"), "loop": ".", "dangling": "nowhere",
	} {
		if err := os.Symlink(target, s.path("in/"+link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(s.path("in/pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := s.disk("in")

	o := s.want(exitDone, "local", "in", "--to", s.External.ID, "--yes", fast, "--part-size=5MiB")
	for name, count := range s.S3Counts().Principals {
		if count.Requests["get"] != 0 {
			t.Errorf("%s read %d objects from S3, want 0", name, count.Requests["get"])
		}
	}
	tree := s.holds(s.External.ID, wanted(content, ""))
	for path, file := range tree.Files {
		if want := s.External.BaseKey + "/" + path; file.Key != want {
			t.Errorf("%q lies at %q, want %q", path, file.Key, want)
		}
	}
	for _, want := range []string{
		"directory ", "read from disk and written to S3", "4 symbolic links are skipped",
		"1 special file", "stream",
	} {
		if !strings.Contains(o.stdout, want) {
			t.Errorf("the report doesn't say %q:\n%s", want, o.stdout)
		}
	}
	if after := s.disk("in"); !maps.Equal(before, after) {
		t.Error("the directory was changed")
	}
}

func TestLocalLinksAreFollowedInsideOnly(t *testing.T) {
	s := newSite(t, "--throttle=false")
	content := map[string]string{"a.txt": "content of a"}
	s.files("in", content)
	s.files("outside", map[string]string{"secret": "not yours"})
	for link, target := range map[string]string{
		"link": "a.txt", "out": "../outside/secret", "loop": ".",
	} {
		if err := os.Symlink(target, s.path("in/"+link)); err != nil {
			t.Fatal(err)
		}
	}
	o := s.want(exitDone, "local", "in", "--to", s.External.ID, "--yes", fast, "--follow-links")
	content["link"] = content["a.txt"]
	s.holds(s.External.ID, wanted(content, ""))
	if !strings.Contains(o.stdout, "2 symbolic links are skipped") {
		t.Errorf("the report doesn't name the other links:\n%s", o.stdout)
	}
}

func TestLocalIntoManagedFolder(t *testing.T) {
	s := newSite(t, "--throttle=false")
	content := study("in/", 20)
	content["in/large.bin"] = strings.Repeat("0123456789abcdef", 1<<20) // 16 MiB
	s.files("data", content)
	s.files("data", map[string]string{"in/empty": "", "in/hard=name": "x"})
	s.want(exitIncomplete, "local", "data", "--to", s.Managed.ID, "--yes", fast, "--part-size=5MiB")
	s.holds(s.Managed.ID, wanted(content, ""))
	got := s.ruled()
	rules := map[string]planner.RuleID{
		"in/empty": rules.LimitsZeroBytes, "in/hard=name": rules.NamesInvalid,
	}
	if !maps.Equal(got, rules) {
		t.Errorf("got %v left out, want %v", got, rules)
	}
}

// ruled are the rules of what the only run file leaves out, by key.
func (s *site) ruled() map[string]planner.RuleID {
	s.t.Helper()
	var report struct {
		Items []struct {
			Key  string
			Rule planner.RuleID
		}
	}
	o := s.want(exitDone, "report", "--format", "json")
	if err := json.Unmarshal([]byte(o.stdout), &report); err != nil {
		s.t.Fatalf("reading the report: %v", err)
	}
	rules := map[string]planner.RuleID{}
	for _, item := range report.Items {
		if item.Rule != "" {
			rules[item.Key] = item.Rule
		}
	}
	return rules
}

func TestLocalRunsGoOn(t *testing.T) {
	s := newSite(t, "--throttle=false")
	content := study("", 300)
	s.files("in", content)
	o := s.signalled(s.Calls().Total()+120, []syscall.Signal{syscall.SIGINT},
		"local", "in", "--to", s.External.ID, "--yes", fast)
	if o.code != exitInterrupted {
		t.Fatalf("exit %d, want %d\n%s%s", o.code, exitInterrupted, o.stdout, o.stderr)
	}
	s.want(exitDone, "resume", fast)
	s.holds(s.External.ID, wanted(content, ""))
	s.want(exitDone, "local", "in", "--to", s.External.ID, "--yes", fast)
}

func TestLocalFileChangedAfterPlanningFails(t *testing.T) {
	s := newSite(t, "--throttle=false")
	s.files("in", map[string]string{"kept": "as it was", "changed": "before"})
	s.want(exitDone, "local", "in", "--to", s.External.ID, "--dry-run")
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(s.path("in/changed"), later, later); err != nil {
		t.Fatal(err)
	}
	o := s.want(exitIncomplete, "local", "in", "--to", s.External.ID, "--yes", fast)
	if !strings.Contains(o.stdout, "source changed since planned") {
		t.Errorf("the report doesn't say what happened:\n%s", o.stdout)
	}
	s.holds(s.External.ID, wanted(map[string]string{"kept": "as it was"}, ""))
}

// The run file and the log are no data, wherever they lie.
func TestLocalWorkingDirectory(t *testing.T) {
	s := newSite(t, "--throttle=false")
	content := map[string]string{"a.txt": "content of a", "logs/b.txt": "content of b"}
	s.files(".", content)
	if err := os.Symlink(".", s.path("here")); err != nil {
		t.Fatal(err)
	}
	for i, directory := range []string{".", "here", s.dir} {
		run := fmt.Sprintf("run%d.migrate", i)
		folder := s.stsFolder(fmt.Sprint("Folder ", i), fmt.Sprint("base", i))
		s.want(exitDone, "local", directory, "--to", folder.ID, "--yes", fast, "--names", "replace",
			"--run", "logs/"+run, "--log-file", "logs/run.log", "--log-level", "debug")
		tree := s.walk(folder.ID)
		for path := range tree.Files {
			if content[path] == "" {
				t.Errorf("%q of this very run was migrated", path)
			}
		}
		if len(tree.Files) != len(content) {
			t.Errorf("got %d files, want %d", len(tree.Files), len(content))
		}
		s.clean("logs", "b.txt")
	}
}

// clean removes all files of a directory but one.
func (s *site) clean(dir, keep string) {
	s.t.Helper()
	entries, err := os.ReadDir(s.path(dir))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() == keep {
			continue
		}
		if err := os.Remove(s.path(filepath.Join(dir, e.Name()))); err != nil {
			s.t.Fatal(err)
		}
	}
}

func TestLocalMistakes(t *testing.T) {
	s := newSite(t, "--throttle=false")
	s.files("in", map[string]string{"file": "x"})
	if err := os.Mkdir(s.path("empty"), 0o700); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		code int
		args []string
		want string
	}{
		{"missing", exitFailed, []string{"local", "gone"}, "no such file"},
		{"a file", exitFailed, []string{"local", "in/file"}, "not a directory"},
		{"empty", exitFailed, []string{"local", "empty"}, "there is no file in it"},
		{"copies", exitUsage, []string{"local", "in", "--action", "copy"}, "want one of stream, upload"},
		{"own keys", exitUsage, []string{"local", "in", "--dest-credentials", "source"}, "for sources in S3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := s.want(tt.code, append(tt.args, "--to", s.External.ID, "--yes", fast)...)
			if !strings.Contains(o.stderr, tt.want) {
				t.Errorf("got %q, want %q", o.stderr, tt.want)
			}
		})
	}
	s.holds(s.External.ID, nil)
}
