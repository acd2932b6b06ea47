package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// openTerminal makes a pseudo terminal: what is written to the first end is
// typed at the second, and what is written to the second is shown at the
// first.
func openTerminal(t *testing.T) (hands, terminal *os.File) {
	t.Helper()
	hands, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = hands.Close() })
	var unlocked, number uint32
	for request, value := range map[uintptr]*uint32{
		syscall.TIOCSPTLCK: &unlocked, syscall.TIOCGPTN: &number,
	} {
		_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, hands.Fd(), request, uintptr(unsafe.Pointer(value)))
		if errno != 0 {
			t.Fatal(errno)
		}
	}
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return hands, terminal
}

// until reads what a terminal shows until it shows text, or is closed.
func until(t *testing.T, hands *os.File, text string) string {
	t.Helper()
	var shown strings.Builder
	buffer := make([]byte, 4096)
	for !strings.Contains(shown.String(), text) {
		n, err := hands.Read(buffer)
		shown.Write(buffer[:n])
		if err != nil {
			return shown.String()
		}
	}
	return shown.String()
}

func TestQuestionBeforeTheRun(t *testing.T) {
	s := newSite(t, "--throttle=false").watched()
	objects := study("raw/", 5)
	s.fill(s.Source, objects)
	before := s.Snapshot()
	interrupt := func(_ *os.File, p *os.Process) error { return p.Signal(os.Interrupt) }
	answer := func(text string) func(*os.File, *os.Process) error {
		return func(hands *os.File, _ *os.Process) error {
			_, err := hands.WriteString(text)
			return err
		}
	}
	tests := []struct {
		name    string
		react   func(hands *os.File, p *os.Process) error
		code    int
		says    string
		changes bool
	}{
		{"interrupted", interrupt, exitInterrupted, "nothing was changed", false},
		{"no", answer("no\n"), exitFailed, "not confirmed, nothing was changed", false},
		{"end of input", answer("\x04"), exitFailed, "not confirmed, nothing was changed", false},
		{"yes", answer("yes\n"), exitDone, "", true},
	}
	for _, test := range tests { // each goes on with the plan of the first
		t.Run(test.name, func(t *testing.T) {
			hands, terminal := openTerminal(t)
			cmd := s.command("bucket", "s3://"+s.Source+"/raw/", "--to", s.External.ID, fast)
			cmd.Stdin, cmd.Stderr = terminal, terminal
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			_ = terminal.Close()
			asked := until(t, hands, "Type yes to continue: ")
			if !strings.Contains(asked, "Migrate 5 objects") {
				t.Errorf("got question %q, want it to say how many objects", asked)
			}
			if err := test.react(hands, cmd.Process); err != nil {
				t.Fatal(err)
			}
			rest := until(t, hands, "\x00") // to the end
			_ = cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != test.code || !strings.Contains(rest, test.says) {
				t.Errorf("exit %d, want %d; got %q, want it to say %q", code, test.code, rest, test.says)
			}
			if changed := s.Snapshot() != before; changed != test.changes {
				t.Errorf("Synapse changed: %v, want %v", changed, test.changes)
			}
		})
	}
	s.holds(s.External.ID, wanted(objects, "raw/"))
}
