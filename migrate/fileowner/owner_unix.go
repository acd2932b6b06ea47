//go:build unix

package fileowner

import (
	"io/fs"
	"os"
	"syscall"
)

// owner is the ID of the user that a file belongs to. One that can't be seen
// is nobody's.
func owner(info fs.FileInfo) (id int, known bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return -1, true
	}
	return int(stat.Uid), true
}

// self is the ID of this user.
func self() int { return os.Geteuid() }
