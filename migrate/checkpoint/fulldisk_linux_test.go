package checkpoint

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
)

// limitVariable marks the process that is limited.
const limitVariable = "CHECKPOINT_TEST_LIMITED"

// No file may grow beyond a size, as with a quota: files that SQLite makes
// below its VFS too, such as the memory that processes share.
func TestFilesMayNotGrow(t *testing.T) {
	if os.Getenv(limitVariable) == "" {
		c := exec.CommandContext(context.WithoutCancel(t.Context()), os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.v")
		c.Env = append(os.Environ(), limitVariable+"=1")
		out, err := c.CombinedOutput()
		if err != nil || !bytes.Contains(out, []byte("--- PASS")) {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	signal.Ignore(syscall.SIGXFSZ) // so that writing fails instead
	var full int
	for size := uint64(0); size < 400<<10; size += 12 << 10 {
		path := filepath.Join(t.TempDir(), "a.run")
		limit(t, size)
		stored, err := planTo(t, systemName, path)
		limit(t, ^uint64(0))
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

func limit(t *testing.T, size uint64) {
	t.Helper()
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: ^uint64(0)}); err != nil {
		t.Fatal(err)
	}
}
