//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package checkpoint

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// Somebody who may write to the folder lays links under the names that a
// run file's side files will have: what they lead to stays as it is.
func TestNothingIsWrittenThroughLinks(t *testing.T) {
	const kept = "somebody's letters"
	for _, suffix := range []string{
		"", lockSuffix, newSuffix, walSuffix, shmSuffix, journalSuffix,
		newSuffix + walSuffix, newSuffix + shmSuffix, newSuffix + journalSuffix,
	} {
		for _, there := range []bool{true, false} {
			name := "to nothing"
			if there {
				name = "to a file"
			}
			t.Run("link"+suffix+" "+name, func(t *testing.T) {
				folder := t.TempDir()
				victim := filepath.Join(folder, "victim")
				if there {
					if err := os.WriteFile(victim, []byte(kept), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				path := filepath.Join(folder, "a.run")
				if err := os.Symlink(victim, path+suffix); err != nil {
					t.Fatal(err)
				}
				if file, err := Create(t.Context(), path, testHeader()); err == nil {
					appendBatch(t, file, nil, nil)
					file.Close()
				}
				got, err := os.ReadFile(victim)
				if there && (err != nil || string(got) != kept) {
					t.Errorf("the file became %q, %v", got, err)
				}
				if !there && err == nil {
					t.Errorf("a file was made: %q", got)
				}
			})
		}
	}
}

// Whatever the umask allows, nobody else gets in.
func TestModesUnderALooseUmask(t *testing.T) {
	before := syscall.Umask(0)
	defer syscall.Umask(before)
	folder := t.TempDir()
	file, err := Create(t.Context(), filepath.Join(folder, "a.run"), testHeader())
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	appendBatch(t, file, nil, nil)
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		names[e.Name()] = true
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %04o", e.Name(), mode)
		}
	}
	for _, suffix := range []string{"", lockSuffix, walSuffix, shmSuffix} {
		if !names["a.run"+suffix] {
			t.Errorf("there is no a.run%s to look at", suffix)
		}
	}
}
