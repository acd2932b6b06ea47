package checkpoint

import (
	"bytes"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"synapse-migrate/planner"
)

// runFile makes a closed run file with a sealed plan and returns its path.
func runFile(t testing.TB, items int64) string {
	t.Helper()
	f, err := Create(t.Context(), filepath.Join(t.TempDir(), "a.run"), testHeader())
	if err != nil {
		t.Fatal(err)
	}
	appendBatch(t, f, nil, testItems(items, planner.ActionCopy))
	seal(t, f)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return f.path
}

// names are the files in the folder of path.
func names(t *testing.T, path string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestCreateRefusesWhatIsThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.run")
	if err := os.WriteFile(path, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := Create(t.Context(), path, testHeader())
	if !errors.Is(err, ErrExists) {
		t.Errorf("got %v, want ErrExists", err)
	}
	if text, err := os.ReadFile(path); string(text) != "mine" || err != nil {
		t.Errorf("now %q, %v", text, err)
	}
	if got := names(t, path); len(got) != 1 {
		t.Errorf("left behind: %v", got)
	}
}

func TestCreateInMissingFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "a.run")
	_, err := Create(t.Context(), path, testHeader())
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
}

func TestModeIsPrivateAndNothingStaysBehind(t *testing.T) {
	path := filepath.Join(t.TempDir(), "odd name?a=b%20#c.run")
	f, err := Create(t.Context(), path, testHeader())
	if err != nil {
		t.Fatal(err)
	}
	appendBatch(t, f, nil, testItems(1, planner.ActionCopy))
	open := names(t, path)
	if len(open) != 4 { // the file, its log and index, the lock
		t.Errorf("while open: %v", open)
	}
	for _, name := range open {
		info, err := os.Stat(filepath.Join(filepath.Dir(path), name))
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 && runtime.GOOS != "windows" {
			t.Errorf("%s has mode %o", name, mode)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, path); len(got) != 1 {
		t.Errorf("left behind: %v", got)
	}
	looked, err := OpenReadOnly(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := looked.Close(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, path); len(got) != 1 {
		t.Errorf("left behind by a look: %v", got)
	}
}

// What a killed Create left behind, and the log of a deleted run file, must
// not find their way into a new one.
func TestCreateAfterACrash(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.run")
	f, err := Create(t.Context(), path, testHeader())
	if err != nil {
		t.Fatal(err)
	}
	appendBatch(t, f, nil, testItems(9, planner.ActionCopy))
	log, err := os.ReadFile(path + walSuffix)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Close(), os.Remove(path)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		path + walSuffix, path + newSuffix, path + newSuffix + walSuffix,
	} {
		if err := os.WriteFile(name, log, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f, err = Create(t.Context(), path, testHeader())
	if err != nil {
		t.Fatal(err)
	}
	if n := len(all(t, f.Items(t.Context(), planner.Filter{}))); n != 0 {
		t.Errorf("%d items in a new file", n)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, path); len(got) != 1 {
		t.Errorf("left behind: %v", got)
	}
}

func TestOpenRefuses(t *testing.T) {
	header := func(change string) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			t.Helper()
			db, err := sql.Open("sqlite", path+"?vfs="+systemName)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := db.Exec(change); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	content := func(text string) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			t.Helper()
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	tests := []struct {
		name  string
		spoil func(*testing.T, string)
		want  error
		says  string
	}{
		{"missing", func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}, ErrNotFound, "no run file"},
		{"folder", func(t *testing.T, path string) {
			err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700))
			if err != nil {
				t.Fatal(err)
			}
		}, ErrFormat, "not a regular file"},
		{"empty", content(""), ErrFormat, "not a run file"},
		{"text", content(strings.Repeat("{}\n", 999)), ErrFormat, "not a run file"},
		{"other database", header("PRAGMA application_id = 7"), ErrFormat,
			"not a run file"},
		{"newer", header("PRAGMA user_version = 2"), ErrFormat,
			"use the version of the program that wrote it"},
		{"table missing", header("DROP TABLE upload"), ErrFormat, "move it away"},
		{"trigger added", header("CREATE TRIGGER t AFTER UPDATE ON item " +
			"BEGIN DELETE FROM state; END"), ErrFormat, "move it away"},
		{"view added", header("CREATE VIEW v AS SELECT 1"), ErrFormat,
			"move it away"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := runFile(t, 3)
			tt.spoil(t, path)
			before, _ := os.ReadFile(path)
			_, err := Open(t.Context(), path)
			_, errReading := OpenReadOnly(t.Context(), path)
			for _, err := range []error{err, errReading} {
				if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
					t.Errorf("got %v, want %v: %s", err, tt.want, tt.says)
				}
			}
			after, _ := os.ReadFile(path)
			if !bytes.Equal(before, after) {
				t.Error("the file was changed")
			}
			for _, name := range names(t, path) {
				if strings.HasSuffix(name, lockSuffix) {
					t.Error("still locked")
				}
			}
		})
	}
}

func TestDamageIsNamed(t *testing.T) {
	path := runFile(t, 2000)
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	junk := bytes.Repeat([]byte{0xa5}, int(info.Size()/2))
	if _, err := file.WriteAt(junk, info.Size()/2); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	err = readThrough(t, path)
	if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), damagedHint) {
		t.Errorf("got %v, want ErrFormat", err)
	}
}

// readThrough opens a run file and reads its items, up to the first error.
func readThrough(t *testing.T, path string) error {
	t.Helper()
	f, err := Open(t.Context(), path)
	if err != nil {
		return err
	}
	defer f.Close()
	for _, err := range f.Items(t.Context(), planner.Filter{}) {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestOpenThroughALink(t *testing.T) {
	path := runFile(t, 1)
	link := filepath.Join(t.TempDir(), "link.run")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	f, err := Open(t.Context(), link)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := Open(t.Context(), path); !errors.Is(err, ErrLocked) {
		t.Errorf("got %v, want ErrLocked", err)
	}
}

func TestReadOnlyBesideAWriter(t *testing.T) {
	f := planned(t, 3)
	looking, err := OpenReadOnly(t.Context(), f.path)
	if err != nil {
		t.Fatal(err)
	}
	for id := int64(1); id <= 3; id++ {
		record(t, f, entry(id, StateDone))
		counts, err := looking.Counts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := counts.State(StateDone).Items; got != id {
			t.Errorf("%d done, want %d", got, id)
		}
	}
	if err := looking.Close(); err != nil {
		t.Fatal(err)
	}
	if n := len(all(t, reopened(t, f).Entries(t.Context(), EntryFilter{
		States: []State{StateDone}}))); n != 3 {
		t.Errorf("%d done, want 3", n)
	}
}

func TestReadOnlyChangesNothing(t *testing.T) {
	path := runFile(t, 2)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := OpenReadOnly(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := f.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, attempt := range map[string]func() error{
		"append":  func() error { return f.Append(t.Context(), planner.Batch{}) },
		"begin":   func() error { return f.Begin(t.Context(), p.Digest, nil) },
		"record":  func() error { return f.Record(t.Context(), entry(1, StateDone)) },
		"discard": func() error { return f.Discard(t.Context()) },
	} {
		if err := attempt(); !errors.Is(err, ErrReadOnly) {
			t.Errorf("%s: got %v, want ErrReadOnly", name, err)
		}
	}
	if _, err := f.reads.Exec("DELETE FROM state"); err == nil {
		t.Error("a reader could write")
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("changed, %v", err)
	}
}

// Where SQLite can't put its files beside the run file, it can be read all
// the same.
func TestReadOnlyMedium(t *testing.T) {
	path := runFile(t, 2)
	if err := os.Symlink(path+shmSuffix, path+shmSuffix); err != nil {
		t.Fatal(err)
	}
	f, err := OpenReadOnly(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if n := len(all(t, f.Items(t.Context(), planner.Filter{}))); n != 2 {
		t.Errorf("%d items, want 2", n)
	}
}

func TestDiscardDeletesAnEmptyRunFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "empty.migrate")
	file, err := Create(t.Context(), path, planner.Header{})
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Discard(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path); !errors.Is(err, ErrNotFound) {
		t.Errorf("opening a discarded run file: got %v, want ErrNotFound", err)
	}
	if _, err := Create(t.Context(), path, planner.Header{}); err != nil {
		t.Errorf("creating it anew: %v", err)
	}
}

func TestDiscardKeepsAPlan(t *testing.T) {
	path := filepath.Join(t.TempDir(), "begun.migrate")
	file, err := Create(t.Context(), path, planner.Header{})
	if err != nil {
		t.Fatal(err)
	}
	batch := planner.Batch{
		Items:  []planner.Item{{ID: 1, Name: "a", Source: planner.Object{Bucket: "b", Key: "a"}, Action: planner.ActionStream}},
		Cursor: planner.Cursor{After: "a", LastItemID: 1},
	}
	if err := file.Append(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	if err := file.Discard(t.Context()); err == nil {
		t.Error("discarding a run file that holds an item: got no error")
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(t.Context(), path)
	if err != nil {
		t.Fatalf("it is gone: %v", err)
	}
	_ = again.Close()
}
