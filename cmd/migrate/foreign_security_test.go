//go:build unix

package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"synapse-migrate/migrate/binding"
	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
)

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
	if err := m.resume(t.Context()); !errors.Is(err, checkpoint.ErrForeign) {
		t.Errorf("written by others: got %v, want %v", err, checkpoint.ErrForeign)
	}
	// The command that makes a run file goes on with one that is there.
	if _, err := m.prepare(t.Context(), opener{}); !errors.Is(err, checkpoint.ErrForeign) {
		t.Errorf("found by a command that plans: got %v, want %v", err, checkpoint.ErrForeign)
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
			if _, err := openOwn(t.Context(), path); !errors.Is(err, checkpoint.ErrForeign) {
				t.Errorf("got %v, want %v", err, checkpoint.ErrForeign)
			}
		})
	}
}
