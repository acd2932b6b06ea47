package filelock_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"synapse-migrate/migrate/filelock"
)

func TestOneHolds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.lock")
	first, err := filelock.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := filelock.Open(path); !errors.Is(err, filelock.ErrHeld) {
		t.Errorf("opening a held lock: %v, want ErrHeld", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := filelock.Open(path)
	if err != nil {
		t.Fatalf("opening a freed lock: %v", err)
	}
	_ = again.Close()
}

func TestALinkIsNotFollowed(t *testing.T) {
	folder := t.TempDir()
	other := filepath.Join(folder, "other")
	if err := os.WriteFile(other, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(folder, "a.lock")
	if err := os.Symlink(other, link); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	if _, err := filelock.Open(link); err == nil || errors.Is(err, filelock.ErrHeld) {
		t.Errorf("opening a link: %v, want a refusal", err)
	}
}
