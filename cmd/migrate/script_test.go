package main

import (
	"errors"
	"os/exec"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts runs the transcripts of testdata/script: commands that need no
// service.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "../../testdata/script",
		Setup: func(e *testscript.Env) error {
			migrate, err := program(false)
			if err != nil {
				return err
			}
			e.Setenv("MIGRATE", migrate)
			e.Setenv(childVariable, "1")
			e.Setenv("HOME", e.WorkDir)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"migrate": scriptMigrate},
	})
}

// scriptMigrate runs migrate in a script: migrate CODE ARGUMENT... expects
// that exit code.
func scriptMigrate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: migrate CODE ARGUMENT...")
	}
	err := ts.Exec(ts.Getenv("MIGRATE"), args[1:]...)
	code := "0"
	if err != nil {
		code = exitStatus(err)
	}
	if code != args[0] {
		ts.Fatalf("exit %s, want %s", code, args[0])
	}
}

// exitStatus is the exit code in an error of os/exec, or its text.
func exitStatus(err error) string {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return strconv.Itoa(exit.ExitCode())
	}
	return err.Error()
}
