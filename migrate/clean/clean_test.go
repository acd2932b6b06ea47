package clean_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/clean"
	"synapse-migrate/planner"
)

// What another run file knows is not known where that can't be read: its
// uploads could be in use.
func TestOtherRunFilesMustBeRead(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "reads [a-b]*")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	mine := filepath.Join(folder, "mine.migrate")
	for _, path := range []string{mine, filepath.Join(folder, "other.migrate")} {
		file, err := checkpoint.Create(t.Context(), path, planner.Header{CreatedOn: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(folder, "beside.txt"), []byte("no run file"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(folder, "gone"), filepath.Join(folder, "gone.migrate")); err != nil {
		t.Log("no symbolic links here:", err)
	}
	if others, err := clean.Others(t.Context(), mine, ".migrate"); err != nil || len(others) != 0 {
		t.Errorf("got %v, %v, want none", others, err)
	}
	if err := os.WriteFile(filepath.Join(folder, "broken.migrate"), []byte("no run file"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := clean.Others(t.Context(), mine, ".migrate"); !errors.Is(err, clean.ErrOther) {
		t.Errorf("got %v, want ErrOther", err)
	}
}
