//go:build unix

package checkpoint

import (
	"io/fs"
	"os"
	"syscall"
)

// foreign reports whether a file may have been written by others than this
// user and root. A link's mode says nothing.
func foreign(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || int(stat.Uid) != os.Geteuid() && stat.Uid != 0 {
		return true
	}
	return info.Mode()&fs.ModeSymlink == 0 && info.Mode().Perm()&0o022 != 0
}
