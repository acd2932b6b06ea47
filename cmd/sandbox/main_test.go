package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"synapse-migrate/migrate/sandbox/describe"
)

// TestMain lets the test binary be the program, for tests that need a
// process.
func TestMain(m *testing.M) {
	if os.Getenv("SANDBOX_TEST_IS_PROGRAM") != "" {
		main()
		return
	}
	if signal.Ignored(syscall.SIGHUP) {
		// Whoever started the tests isn't to be ended with a terminal (nohup);
		// what they start inherits that until it is heeded.
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	}
	os.Exit(m.Run())
}

// program runs the program with arguments and its temporary files in a
// folder of the test's.
func program(t *testing.T, args ...string) (cmd *exec.Cmd, temporary string) {
	t.Helper()
	temporary = t.TempDir()
	cmd = exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), "SANDBOX_TEST_IS_PROGRAM=1", "TMPDIR="+temporary)
	cmd.Stderr = os.Stderr
	return cmd, temporary
}

// checkEmpty fails if the program left anything behind.
func checkEmpty(t *testing.T, folder string) {
	t.Helper()
	left, err := os.ReadDir(folder)
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestEndsWhenTold(t *testing.T) {
	tests := []struct {
		name string
		args []string
		end  func(*exec.Cmd, io.Closer) error
	}{
		{"SIGTERM", nil, func(c *exec.Cmd, _ io.Closer) error { return c.Process.Signal(syscall.SIGTERM) }},
		{"terminal closed", nil, func(c *exec.Cmd, _ io.Closer) error { return c.Process.Signal(syscall.SIGHUP) }},
		{"interrupt", nil, func(c *exec.Cmd, _ io.Closer) error { return c.Process.Signal(os.Interrupt) }},
		{"input closed", []string{"--until-stdin-closes"},
			func(_ *exec.Cmd, in io.Closer) error { return in.Close() }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cmd, temporary := program(t, append(tt.args, "--json")...)
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			var d describe.Description
			line, err := bufio.NewReader(out).ReadBytes('\n')
			if err == nil {
				err = json.Unmarshal(line, &d)
			}
			if err != nil || d.Version != describe.Version {
				t.Fatalf("description %+v, %v", d, err)
			}
			if err := tt.end(cmd, in); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); err != nil {
				t.Errorf("ended with %v", err)
			}
			checkEmpty(t, temporary)
		})
	}
}

func TestExitCodes(t *testing.T) {
	tests := []struct {
		name string
		args []string
		want int
	}{
		{"help", []string{"--help"}, 0},
		{"unknown flag", []string{"--lode", "x"}, exitUsage},
		{"an argument", []string{"x"}, exitUsage},
		{"no such directory", []string{"--load", "/does/not/exist"}, exitFailed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cmd, temporary := program(t, tt.args...)
			cmd.Stderr = io.Discard
			err := cmd.Run()
			var exit *exec.ExitError
			got := 0
			if errors.As(err, &exit) {
				got = exit.ExitCode()
			}
			if got != tt.want {
				t.Errorf("got %d (%v), want %d", got, err, tt.want)
			}
			checkEmpty(t, temporary)
		})
	}
}

func TestShellLinesAreReadByAShell(t *testing.T) {
	d := describe.Description{
		SynapseEndpoint: "http://127.0.0.1:1", Owner: describe.User{Token: `a'b"c$(false) d`},
		OwnerKeys: describe.Keys{AccessKeyID: "AK", SecretAccessKey: `s/e+c\r`},
		Stranger:  describe.User{Token: "x'\nfalse\n"},
		Loaded:    &describe.Load{Prefix: "a\nexit 3\n", Refused: map[string]string{"b\nexit 4": "why"}},
	}
	script := shellLines(d) + `printf '%s\n' "$SYNAPSE_ENDPOINT" "$SYNAPSE_AUTH_TOKEN" "$AWS_SECRET_ACCESS_KEY"`
	cmd := exec.CommandContext(t.Context(), "sh", "-eu")
	cmd.Stdin = strings.NewReader(script)
	out, err := cmd.CombinedOutput()
	want := d.SynapseEndpoint + "\n" + d.Owner.Token + "\n" + d.OwnerKeys.SecretAccessKey + "\n"
	if err != nil || string(out) != want {
		t.Errorf("got %q, %v, want %q", out, err, want)
	}
}
