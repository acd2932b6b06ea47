package bench

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
)

// roleVariable makes of this test binary a program that RunSteps runs.
const roleVariable = "BENCH_ROLE"

// roles are the programs, by what roleVariable says; each returns its exit
// code.
var roles = map[string]func() int{
	"say": func() int {
		_, _ = os.Stdout.WriteString("said " + os.Getenv("WORD"))
		return 0
	},
	"fail": func() int {
		_, _ = os.Stderr.WriteString(strings.Repeat("x", tailBytes) + "the end")
		return 3
	},
}

func TestMain(m *testing.M) {
	if role, ok := roles[os.Getenv(roleVariable)]; ok {
		os.Exit(role())
	}
	os.Exit(m.Run())
}

func step(t testing.TB, env ...string) Step {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Step{Args: []string{binary}, Env: env, Output: &bytes.Buffer{}}
}

func TestRunSteps(t *testing.T) {
	t.Setenv("WORD", "not inherited")
	first, second := step(t, roleVariable+"=say", "WORD=one"), step(t, roleVariable+"=say")
	usage, err := RunSteps(t.Context(), first, second)
	if err != nil {
		t.Fatal(err)
	}
	if got := first.Output.String() + ", " + second.Output.String(); got != "said one, said " {
		t.Errorf("output %q", got)
	}
	if usage.Wall <= 0 || usage.CPU <= 0 {
		t.Errorf("usage %+v, want some", usage)
	}
	if (usage.PeakBytes > 1<<20) != (runtime.GOOS == "linux") {
		t.Errorf("peak of %d bytes on %s", usage.PeakBytes, runtime.GOOS)
	}
}

func TestRunStepsFails(t *testing.T) {
	after := step(t, roleVariable+"=say")
	_, err := RunSteps(t.Context(), step(t, roleVariable+"=fail"), after)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 3 {
		t.Fatalf("got %v, want exit code 3", err)
	}
	if text := err.Error(); !strings.HasSuffix(text, "the end") || strings.Count(text, "x") > tailBytes {
		t.Errorf("got %q, want the end of what was written", text)
	}
	if after.Output.Len() != 0 {
		t.Error("the next step ran")
	}
}
