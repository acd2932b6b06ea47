//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"synapse-migrate/migrate/sandbox/describe"
)

// running is the program at work, with its temporary files in a folder and
// its messages kept.
type running struct {
	*exec.Cmd
	in       io.Closer
	messages bytes.Buffer
	describe.Description
}

// start runs the program until its input is closed, and waits for its
// description.
func start(t *testing.T, temporary string) *running {
	t.Helper()
	r := &running{}
	r.Cmd, _ = program(t, "--json", "--until-stdin-closes")
	r.Env = append(r.Env, "TMPDIR="+temporary)
	r.Stderr = &r.messages
	in, err := r.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	r.in = in
	out, err := r.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &r.Description)
	}
	if err != nil {
		t.Fatalf("reading the description: %v: %s", err, &r.messages)
	}
	return r
}

func TestRemovesWhatAKilledOneLeft(t *testing.T) {
	temporary := t.TempDir()
	living, killed := start(t, temporary), start(t, temporary)
	if err := killed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = killed.Wait()
	if left, err := os.ReadDir(temporary); err != nil || len(left) != 2 {
		t.Fatalf("one killed, one living: %v, %v", left, err)
	}
	another := start(t, temporary)
	if left, err := os.ReadDir(temporary); err != nil || len(left) != 2 {
		t.Errorf("two living: %v, %v", left, err)
	}
	for _, r := range []*running{living, another} {
		_ = r.in.Close()
		if err := r.Wait(); err != nil {
			t.Errorf("ended with %v: %s", err, &r.messages)
		}
	}
	checkEmpty(t, temporary)
}

func TestEndsSilentlyWithConnectionsOpen(t *testing.T) {
	temporary := t.TempDir()
	r := start(t, temporary)
	for _, endpoint := range []string{r.S3Endpoint, r.STSEndpoint, r.SynapseEndpoint} {
		for _, sent := range []string{"", "GET / HTTP/1.1\r\nHo", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"} {
			c, err := net.Dial("tcp", strings.TrimPrefix(endpoint, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = c.Close() })
			if _, err := io.WriteString(c, sent); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = r.in.Close()
	if err := r.Wait(); err != nil || r.messages.Len() > 0 {
		t.Errorf("ended with %v: %s", err, &r.messages)
	}
	checkEmpty(t, temporary)
}
