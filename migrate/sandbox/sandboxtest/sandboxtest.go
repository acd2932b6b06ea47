// Package sandboxtest runs a sandbox for a test, as a process of its own:
// the S3 in it can run only once in a process, and changes the working
// directory. It links no server itself.
package sandboxtest

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"synapse-migrate/migrate/sandbox/describe"
)

// binaryVariable is the environment variable that names a sandbox program
// to use. Without it, the go command builds one, and keeps it in its cache.
const binaryVariable = "SANDBOX_BINARY"

// Instance is a running sandbox.
type Instance struct {
	describe.Description
	t testing.TB
}

// Start runs a sandbox until the test's end, with arguments as on its
// command line. Throttles are on unless the arguments say otherwise.
func Start(t testing.TB, args ...string) *Instance {
	t.Helper()
	cmd := command(append([]string{"--json", "--until-stdin-closes"}, args...))
	cmd.Stderr = os.Stderr
	stdin, stdout := pipes(t, cmd)
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting the sandbox: %v", err)
	}
	t.Cleanup(func() { stop(t, cmd, stdin) })
	i := &Instance{t: t}
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &i.Description)
	}
	if err != nil {
		t.Fatalf("reading the sandbox's description: %v", err)
	}
	return i
}

func command(args []string) *exec.Cmd {
	if binary := os.Getenv(binaryVariable); binary != "" {
		_, _ = os.Stat(binary) // so that go test notices another one
		return exec.Command(binary, args...)
	}
	if binary := cached(); binary != "" {
		return exec.Command(binary, args...)
	}
	return exec.Command("go", append([]string{"run", source}, args...)...)
}

// source is the sandbox's package.
const source = "synapse-migrate/cmd/sandbox"

// cached is the program in the go command's cache, where go run puts it
// since Go 1.24; empty if it isn't there. To ask takes as long as a build,
// so it is asked once in a process.
var cached = sync.OnceValue(func() string {
	for range 2 { // the first builds into a folder that is gone afterwards
		out, err := exec.Command("go", "run", "-exec", "echo", source).Output()
		path := strings.TrimSpace(string(out))
		if err != nil {
			return ""
		}
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return ""
})

func pipes(t testing.TB, cmd *exec.Cmd) (io.WriteCloser, io.ReadCloser) {
	t.Helper()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	return stdin, stdout
}

// stopLimit is how long a sandbox may take to end when its input closes.
const stopLimit = 20 * time.Second

// stop closes the sandbox's input, on which it ends by itself.
func stop(t testing.TB, cmd *exec.Cmd, stdin io.Closer) {
	_ = stdin.Close()
	kill := time.AfterFunc(stopLimit, func() {
		t.Errorf("the sandbox didn't end within %s", stopLimit)
		_ = cmd.Process.Kill()
	})
	defer kill.Stop()
	if err := cmd.Wait(); err != nil {
		t.Errorf("the sandbox ended with %v", err)
	}
}
