//go:build unix

package checkpoint

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
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
	if err := CheckOwner(link); err != nil {
		t.Errorf("one's own link: %v", err)
	}
	if os.Lchown(link, os.Geteuid()+1, -1) != nil {
		return // only root can give a link away
	}
	if err := CheckOwner(link); !errors.Is(err, ErrForeign) {
		t.Errorf("got %v, want %v", err, ErrForeign)
	}
}
