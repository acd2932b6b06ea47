package checkpoint

import (
	"fmt"
	"path/filepath"
	"testing"

	"synapse-migrate/migrate/wholefile/limittest"
)

// No file may grow beyond a size, as with a quota: files that SQLite makes
// below its VFS too, such as the memory that processes share.
func TestFilesMayNotGrow(t *testing.T) {
	if !limittest.Alone(t, 1) {
		return
	}
	var full int
	for size := uint64(0); size < 400<<10; size += 12 << 10 {
		path := filepath.Join(t.TempDir(), "a.run")
		limittest.Limit(t, size)
		stored, err := planTo(t, systemName, path)
		limittest.Limit(t, limittest.None)
		checkAfterFull(t, path, stored, err)
		if err != nil {
			full++
		}
	}
	if full < 5 {
		t.Errorf("only %d limits were met: this test shows little", full)
	}
	fmt.Println(full, "limits met")
}
