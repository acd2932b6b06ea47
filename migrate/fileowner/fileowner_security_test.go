//go:build unix

package fileowner_test

import (
	"io/fs"
	"os"
	"syscall"
	"testing"
	"time"

	"synapse-migrate/migrate/fileowner"
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

// Root's files are nobody else's, and yet not one's own.
func TestMine(t *testing.T) {
	me := uint32(os.Geteuid())
	for uid, want := range map[uint32]bool{me: true, me + 1: false} {
		if got := fileowner.Mine(owned{uid, 0o600}); got != want {
			t.Errorf("user %d: got %t, want %t", uid, got, want)
		}
	}
	if fileowner.Foreign(owned{0, 0o600}) {
		t.Error("root's file is taken for somebody else's")
	}
}

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
			if got := fileowner.Foreign(tt.file) || fileowner.OthersWrite(tt.file); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
