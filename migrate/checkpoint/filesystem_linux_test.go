package checkpoint

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestEachMagicIsRefused: no file system is told apart that isn't refused.
func TestEachMagicIsRefused(t *testing.T) {
	for magic, kind := range magics {
		if network[kind] == "" {
			t.Errorf("%#x: %q is not refused", magic, kind)
		}
	}
	// A file system that every Linux has, and that is none of those.
	if kind, err := fileSystem("/proc"); err != nil || kind != "" {
		t.Errorf("/proc: got %q, %v", kind, err)
	}
}

// TestNothingIsOpenedOnThem: neither for a run nor to look at, and nothing is
// left there.
func TestNothingIsOpenedOnThem(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a.run")
	f, err := Create(t.Context(), path, testHeader())
	if err == nil {
		err = f.Close()
	}
	var s syscall.Statfs_t
	if err := errors.Join(err, syscall.Statfs(folder, &s)); err != nil {
		t.Fatal(err)
	}
	before, known := magics[uint32(s.Type)]
	magics[uint32(s.Type)] = "nfs" // as if this machine's disk were another's
	defer func() {
		if magics[uint32(s.Type)] = before; !known {
			delete(magics, uint32(s.Type))
		}
	}()
	opened := map[string]func() (*File, error){
		"creating": func() (*File, error) { return Create(t.Context(), filepath.Join(folder, "b.run"), testHeader()) },
		"a run":    func() (*File, error) { return Open(t.Context(), path) },
		"looking":  func() (*File, error) { return OpenReadOnly(t.Context(), path) },
	}
	for what, open := range opened {
		if _, err := open(); !errors.Is(err, ErrFileSystem) {
			t.Errorf("%s: got %v, want %v", what, err, ErrFileSystem)
		}
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 1 {
		t.Errorf("the folder holds %v: %v", left, err)
	}
}
