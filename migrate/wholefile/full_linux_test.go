package wholefile

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
)

// limitVariable marks the process that is limited.
const limitVariable = "WHOLEFILE_TEST_LIMITED"

// No file may grow beyond a size, as with a quota: what was there stays, and
// nothing of what was to take its place.
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
	path := filepath.Join(t.TempDir(), "a.csv")
	if err := Write(path, Options{}, text("old")); err != nil {
		t.Fatal(err)
	}
	limit(t, 1<<20)
	err := Write(path, Options{}, func(w io.Writer) error {
		_, err := w.Write(make([]byte, 2<<20))
		return err
	})
	limit(t, ^uint64(0))
	if !errors.Is(err, ErrFull) {
		t.Errorf("got %v, want %v", err, ErrFull)
	}
	only(t, path, "old")
}

func limit(t *testing.T, size uint64) {
	t.Helper()
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: ^uint64(0)}); err != nil {
		t.Fatal(err)
	}
}
