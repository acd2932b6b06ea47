//go:build unix

package main

import (
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
)

// raise sends the process a signal.
func raise(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(os.Getpid(), s); err != nil {
		t.Fatal(err)
	}
}

// A terminal that is closed begins the end of a run, and never hurries it.
func TestClosedTerminalDrains(t *testing.T) {
	ctx, drain, stop := onSignals(t.Context(), io.Discard)
	defer stop()
	raise(t, syscall.SIGHUP)
	<-drain
	raise(t, syscall.SIGHUP)
	if ctx.Err() != nil {
		t.Error("the run was broken off")
	}
	raise(t, syscall.SIGTERM)
	<-ctx.Done()
}

// A run whose terminal goes away, with all that it writes to, ends as after one
// Ctrl-C, and is gone on with.
func TestRunOutlivesItsTerminal(t *testing.T) {
	s := newSite(t, "--throttle=false").watched()
	objects := study("raw/", 300)
	s.fill(s.Source, objects)
	cmd := s.command("bucket", "s3://"+s.Source+"/raw/", "--to", s.External.ID, "--yes", fast)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = w, w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	read, ended := make(chan string, 1), make(chan struct{})
	go func() { // until it is closed
		var all strings.Builder
		_, _ = io.Copy(&all, r)
		read <- all.String()
	}()
	_ = w.Close() // the run has its own
	go func() {   // a run that ends too early is not waited for
		_ = cmd.Wait()
		close(ended)
	}()
	for before := s.Calls().Total(); s.Calls().Total() < before+20; {
		select {
		case <-ended:
			t.Fatalf("the run ended early: %s", <-read)
		default:
		}
	}
	_ = r.Close()
	<-read
	for range 2 {
		_ = cmd.Process.Signal(syscall.SIGHUP)
	}
	<-ended
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted {
		t.Errorf("exit %d (%v), want %d", code, cmd.ProcessState, exitInterrupted)
	}
	status := s.want(exitDone, "status")
	if !strings.Contains(status.stdout, "planned") {
		t.Errorf("nothing is left:\n%s", status.stdout)
	}
	s.want(exitDone, "resume", fast)
	s.holds(s.External.ID, wanted(objects, "raw/"))
}
