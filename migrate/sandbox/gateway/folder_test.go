//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package gateway

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFoldersWithoutOwnerAreRemoved(t *testing.T) {
	parent := t.TempDir()
	t.Setenv("TMPDIR", parent)
	folder := func() *temporary {
		made, err := newTemporary()
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	living := folder()
	killed := folder()
	if err := os.MkdirAll(filepath.Join(killed.path, "objects", "bucket"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"sandbox-s3-foreign/objects", "sandbox-other"} {
		if err := os.MkdirAll(filepath.Join(parent, path), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(parent, "sandbox-other", ownerFile), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := killed.owner.Close(); err != nil { // as the system does for a killed process
		t.Fatal(err)
	}
	last := folder()
	tests := []struct {
		name, path string
		want       bool
	}{
		{"of a living owner", living.path, true},
		{"of a killed owner", killed.path, false},
		{"without an owner file", filepath.Join(parent, "sandbox-s3-foreign"), true},
		{"of another program", filepath.Join(parent, "sandbox-other"), true},
		{"the new one", last.path, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := os.Stat(tt.path); (err == nil) != tt.want {
				t.Errorf("there: %t, want %t", err == nil, tt.want)
			}
		})
	}
	for _, f := range []*temporary{living, last} {
		if err := f.remove(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(f.path); err == nil {
			t.Errorf("%s is still there", f.path)
		}
	}
}
