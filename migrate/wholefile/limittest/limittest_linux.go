package limittest

import (
	"bytes"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
)

// None is no limit.
const None = ^uint64(0)

// variable marks the process that is limited.
const variable = "LIMITTEST_PROCESS"

// Alone reports whether a test is in a process of its own, where writing beyond
// a limit fails. In any other it runs the test in such a process, where so many
// tests must pass, it and those inside it.
func Alone(t *testing.T, passes int) bool {
	t.Helper()
	if os.Getenv(variable) != "" {
		signal.Ignore(syscall.SIGXFSZ) // which would end the process otherwise
		return true
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), program, "-test.run", "^"+t.Name()+"$", "-test.v")
	c.Env = append(os.Environ(), variable+"=1")
	out, err := c.CombinedOutput()
	if n := bytes.Count(out, []byte("--- PASS")); err != nil || n != passes {
		t.Errorf("%d passed, want %d: %v\n%s", n, passes, err, out)
	}
	return false
}

// Limit lets no file of this process grow beyond a size in bytes.
func Limit(t *testing.T, bytes uint64) {
	t.Helper()
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: bytes, Max: None}); err != nil {
		t.Error(err)
	}
}
