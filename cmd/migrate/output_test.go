package main

import (
	"bytes"
	"errors"
	"strings"
	"syscall"
	"testing"
)

// narrow takes so many bytes, and then no more.
type narrow struct {
	bytes.Buffer
	room int
}

func (n *narrow) Write(p []byte) (int, error) {
	fits := min(n.room, len(p))
	n.room -= fits
	n.Buffer.Write(p[:fits])
	if fits < len(p) {
		return fits, syscall.ENOSPC
	}
	return fits, nil
}

func (n *narrow) Close() error { return nil }

// No command ends well whose results could not be written, whether or not it
// looks at what writing them says.
func TestResultsThatCantBeWritten(t *testing.T) {
	for _, command := range []string{"version", "help"} {
		var stderr bytes.Buffer
		env := environment{stdin: strings.NewReader(""), stdout: &narrow{room: 10}, stderr: &stderr, getenv: func(string) string { return "" }}
		if code := execute(t.Context(), env, []string{command}); code != exitFailed {
			t.Errorf("migrate %s: exit %d, want %d", command, code, exitFailed)
		}
		for _, says := range []string{"writing standard output: no space left", "hint: make room"} {
			if !strings.Contains(stderr.String(), says) {
				t.Errorf("migrate %s doesn't say %q:\n%s", command, says, stderr.String())
			}
		}
	}
}

// A log whose disk fills up and is freed again has whole events, each in a line
// of its own, and the gap is told of once.
func TestLogsOnAFullDisk(t *testing.T) {
	var stderr bytes.Buffer
	disk := &narrow{room: 13}
	l := &logFile{file: disk, name: "run.log", stderr: &stderr}
	for _, event := range []string{"event 1\n", "event 2\n", "event 3\n", "event 4\n"} {
		if event == "event 4\n" {
			disk.room = 100
		}
		if n, err := l.Write([]byte(event)); n != len(event) || err != nil {
			t.Errorf("got %d, %v, want that nobody minds", n, err)
		}
	}
	l.close()
	if got, want := disk.String(), "event 1\nevent\nevent 4\n"; got != want {
		t.Errorf("the log is %q, want %q", got, want)
	}
	told := stderr.String()
	if strings.Count(told, "\n") != 1 || !strings.Contains(told, "the log has gaps from here on: writing run.log: no space left") {
		t.Errorf("told: %q", told)
	}
}

// A failure to close, as of a quota that a network's file system learns of late.
func TestLogsThatCantBeClosed(t *testing.T) {
	var stderr bytes.Buffer
	l := &logFile{file: failingClose{}, name: "run.log", stderr: &stderr}
	l.close()
	if !strings.Contains(stderr.String(), "no space left") {
		t.Errorf("told: %q", stderr.String())
	}
}

type failingClose struct{ bytes.Buffer }

func (failingClose) Write(p []byte) (int, error) { return len(p), nil }
func (failingClose) Close() error                { return errors.Join(syscall.EDQUOT) }
