package main

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// signalled starts a run, sends it signals once Synapse has had that many
// calls, and returns what it left.
func (s *site) signalled(calls int64, signals []syscall.Signal, args ...string) outcome {
	s.t.Helper()
	cmd := s.command(args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.await(calls, cmd)
	for _, signal := range signals {
		if err := cmd.Process.Signal(signal); err != nil {
			s.t.Fatalf("the run ended before it was signalled: %v", err)
		}
	}
	_ = cmd.Wait()
	return outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// await returns once Synapse has had that many calls.
func (s *site) await(calls int64, cmd *exec.Cmd) {
	s.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for s.Calls().Total() < calls {
		<-tick.C
		if cmd.Process.Signal(syscall.Signal(0)) != nil {
			s.t.Fatalf("the run ended before Synapse had %d calls", calls)
		}
	}
}

func TestInterruptedRunsGoOn(t *testing.T) {
	tests := map[string][]syscall.Signal{
		"once":      {syscall.SIGINT},
		"terminate": {syscall.SIGTERM},
		"twice":     {syscall.SIGINT, syscall.SIGINT},
	}
	for name, signals := range tests {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, "--throttle=false").watched()
			objects := study("raw/", 300)
			s.fill(s.Source, objects)
			args := []string{"bucket", "s3://" + s.Source + "/raw/", "--to", s.External.ID, "--yes", fast}

			o := s.signalled(s.Calls().Total()+120, signals, args...)
			if o.code != exitInterrupted {
				t.Fatalf("exit %d, want %d\n%s%s", o.code, exitInterrupted, o.stdout, o.stderr)
			}
			if !strings.Contains(o.stderr, "migrate resume --run") {
				t.Errorf("the message names no next step: %q", o.stderr)
			}
			status := s.want(exitDone, "status")
			if !strings.Contains(status.stdout, "planned") {
				t.Errorf("the run was interrupted, but nothing is left:\n%s", status.stdout)
			}
			s.want(exitDone, "resume", fast)
			s.holds(s.External.ID, wanted(objects, "raw/"))
		})
	}
}

func TestSecondRunOfOneRunFileIsRefused(t *testing.T) {
	s := newSite(t, "--throttle=false").watched()
	objects := study("raw/", 300)
	s.fill(s.Source, objects)
	args := []string{"bucket", "s3://" + s.Source + "/raw/", "--to", s.External.ID, "--yes", fast}
	first := s.command(args...)
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	s.await(s.Calls().Total()+60, first)
	o := s.want(exitFailed, args...)
	if !strings.Contains(o.stderr, "in use by process") {
		t.Errorf("got %q, want it to name the process that holds the run file", o.stderr)
	}
	s.want(exitDone, "status")
	if err := first.Wait(); err != nil {
		t.Fatalf("the first run: %v", err)
	}
	s.holds(s.External.ID, wanted(objects, "raw/"))
}

func TestRunFileIsPrivateAndHoldsNoSecret(t *testing.T) {
	s := newSite(t, "--throttle=false")
	s.fill(s.Source, study("raw/", 5))
	o := s.want(exitDone, "bucket", "s3://"+s.Source+"/raw/", "--to", s.External.ID, "--yes", fast,
		"--log-level", "debug", "--log-file", "run.log")
	path := s.path(runFileFor(s.External.ID))
	for _, file := range []string{path, s.path("run.log")} {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %o, want 600", file, mode)
		}
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s.noSecret(file, string(content))
	}
	s.noSecret("the output", o.stdout+o.stderr)
}

// noSecret fails the test where text holds a token, a key, or the signature
// of a URL.
func (s *site) noSecret(where, text string) {
	s.t.Helper()
	for name, secret := range map[string]string{
		"access token": s.Owner.Token, "secret access key": s.OwnerKeys.SecretAccessKey,
		"signature": "X-Amz-Signature=", "session token": "X-Amz-Security-Token=",
	} {
		if strings.Contains(text, secret) {
			s.t.Errorf("%s holds the %s", where, name)
		}
	}
}

func TestFirstInterruptBeforeTheRunEndsAtOnce(t *testing.T) {
	s := newSite(t, "--throttle=false")
	s.fill(s.Source, study("raw/", 3))
	s.SetStatus("DOWN", "maintenance") // the first call is repeated for long
	o := s.signalled(s.Calls().Total()+1, []syscall.Signal{syscall.SIGINT}, s.sourceArgs()...)
	if o.code != exitInterrupted || !strings.Contains(o.stderr, "nothing was changed") {
		t.Errorf("exit %d, want %d\n%s", o.code, exitInterrupted, o.stderr)
	}
	if strings.Contains(o.stderr, "quitting") {
		t.Errorf("it took a second signal:\n%s", o.stderr)
	}
}
