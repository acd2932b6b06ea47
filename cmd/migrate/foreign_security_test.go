//go:build unix

package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"synapse-migrate/migrate/binding"
	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
)

// owned is what a file system says of a file.
type owned struct {
	uid  uint32
	mode fs.FileMode
}

func (owned) Name() string        { return "syn1.migrate" }
func (owned) Size() int64         { return 0 }
func (owned) ModTime() time.Time  { return time.Time{} }
func (owned) IsDir() bool         { return false }
func (o owned) Mode() fs.FileMode { return o.mode }
func (o owned) Sys() any          { return &syscall.Stat_t{Uid: o.uid} }

func TestForeign(t *testing.T) {
	me := uint32(os.Geteuid())
	tests := []struct {
		name string
		file owned
		want bool
	}{
		{"mine", owned{me, 0o600}, false},
		{"mine, read by others", owned{me, 0o644}, false},
		{"root's", owned{0, 0o600}, false},
		{"somebody else's", owned{me + 1, 0o600}, true},
		{"mine, written by the group", owned{me, 0o620}, true},
		{"mine, written by all", owned{me, 0o602}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := foreign(tt.file); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// A run file names the configuration, which may name programs to run, and
// the files to send: what others may have written in it is not done.
func TestRunFilesOfOthersAreNotResumed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "syn1.migrate")
	file, err := checkpoint.Create(t.Context(), path, planner.Header{
		Arguments: map[string]string{binding.Command: commandURLs},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	m := &migration{runFile: path}
	if err := m.resume(t.Context()); !errors.Is(err, errListWanted) {
		t.Errorf("of this user: got %v, want %v", err, errListWanted)
	}
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := m.resume(t.Context()); !errors.Is(err, errForeign) {
		t.Errorf("written by others: got %v, want %v", err, errForeign)
	}
	// The command that makes a run file goes on with one that is there.
	if _, err := m.prepare(t.Context(), opener{}); !errors.Is(err, errForeign) {
		t.Errorf("found by a command that plans: got %v, want %v", err, errForeign)
	}
}

// Who may write to a run file's folder lays a log beside it, which SQLite
// would take for changes that are not in the file yet.
func TestWhatOthersLayBesideARunFileIsRefused(t *testing.T) {
	for _, suffix := range []string{"-wal", "-shm", "-journal"} {
		t.Run(suffix, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "syn1.migrate")
			file, err := checkpoint.Create(t.Context(), path, planner.Header{})
			if err != nil {
				t.Fatal(err)
			}
			if err := file.Close(); err != nil {
				t.Fatal(err)
			}
			if file, err = openOwn(t.Context(), path); err != nil {
				t.Fatalf("alone: %v", err)
			}
			if err := file.Close(); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path+suffix, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path+suffix, 0o666); err != nil {
				t.Fatal(err)
			}
			if _, err := openOwn(t.Context(), path); !errors.Is(err, errForeign) {
				t.Errorf("got %v, want %v", err, errForeign)
			}
		})
	}
}

// A link of somebody else's, even to one's own run file, may lead elsewhere a
// moment later.
func TestLinksOfOthersAreNoRunFiles(t *testing.T) {
	folder := t.TempDir()
	path, link := filepath.Join(folder, "own"), filepath.Join(folder, "syn1.migrate")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if err := checkOwn(link); err != nil {
		t.Errorf("one's own link: %v", err)
	}
	if os.Lchown(link, os.Geteuid()+1, -1) != nil {
		return // only root can give a link away
	}
	if err := checkOwn(link); !errors.Is(err, errForeign) {
		t.Errorf("got %v, want %v", err, errForeign)
	}
}
