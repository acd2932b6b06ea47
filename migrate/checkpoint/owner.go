package checkpoint

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"synapse-migrate/migrate/fileowner"
)

// ErrForeign says that others may have written a run file, which names the
// configuration, and this may name programs to run, what to write where, and
// the files to send.
var ErrForeign = errors.New("others may have written this run file, and what it says would be done in your name")

// databaseSuffixes are those of the files that SQLite takes for one database
// (https://www.sqlite.org/tempfiles.html, read November 2026).
var databaseSuffixes = []string{"", "-wal", "-shm", "-journal"}

// Files are a run file and what may lie beside it while it is used.
func Files(path string) []string {
	files := []string{path + lockSuffix}
	for _, suffix := range databaseSuffixes {
		files = append(files, path+suffix)
	}
	return files
}

// CheckOwner refuses a run file that others may have written, or a file beside
// it that SQLite takes for a part of it: ErrForeign. What isn't there is
// nobody's.
func CheckOwner(path string) error {
	for _, suffix := range databaseSuffixes {
		link, err := os.Lstat(path + suffix)
		if err != nil {
			continue
		}
		info, err := os.Stat(path + suffix)
		if foreign(link) || err == nil && foreign(info) {
			return fmt.Errorf("%s: %w", path+suffix, ErrForeign)
		}
	}
	return nil
}

// foreign reports whether a file may have been written by others than this
// user and root.
func foreign(info fs.FileInfo) bool { return fileowner.Foreign(info) || fileowner.OthersWrite(info) }
