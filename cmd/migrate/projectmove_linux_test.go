package main

import (
	"strings"
	"testing"

	"synapse-migrate/migrate/sandbox/describe"
)

func TestMoveAsksInWords(t *testing.T) {
	s := newSite(t, "--throttle=false")
	truth := s.sample(describe.MinSampleFiles, true)
	before := s.Snapshot()
	hands, terminal := openTerminal(t)
	cmd := s.command(s.projectArgs(truth, "--mode", "move")...)
	var stdout strings.Builder
	cmd.Stdin, cmd.Stdout, cmd.Stderr = terminal, &stdout, terminal
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = terminal.Close()
	shown := until(t, hands, "Type yes to continue")
	for _, want := range []string{"This changes the source", "leave their folders", truth.ID, "IDs stay"} {
		if !strings.Contains(shown, want) {
			t.Errorf("the question lacks %q: %q", want, shown)
		}
	}
	if _, err := hands.WriteString("no\n"); err != nil {
		t.Fatal(err)
	}
	until(t, hands, "the plan is kept")
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitFailed {
		t.Errorf("exit %d, want %d", code, exitFailed)
	}
	if s.Snapshot() != before {
		t.Error("Synapse changed")
	}
}
