package checkpoint

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"synapse-migrate/planner"
)

// childVariable tells the test binary to be a child: what to do, and the
// path of the run file, with a blank in between.
const childVariable = "CHECKPOINT_TEST_CHILD"

func TestMain(m *testing.M) {
	task, path, isChild := strings.Cut(os.Getenv(childVariable), " ")
	if !isChild {
		os.Exit(m.Run())
	}
	if err := child(context.Background(), task, path); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// child opens the run file and says so, and then either holds it or records
// one state after the other, saying of each when it was acknowledged.
func child(ctx context.Context, task, path string) error {
	f, err := Open(ctx, path)
	if err != nil {
		return err
	}
	defer f.Close()
	fmt.Println("open")
	if task == "hold" {
		_, err := os.Stdin.Read(make([]byte, 1))
		return err
	}
	for {
		ready, err := f.Ready(ctx, 0, 1_000_000)
		if err != nil || len(ready) == 0 {
			return err
		}
		var group errgroup.Group
		group.SetLimit(32)
		for _, e := range ready {
			group.Go(func() error { return advance(ctx, f, e) })
		}
		if err := group.Wait(); err != nil {
			return err
		}
	}
}

// advance takes one item to its end.
func advance(ctx context.Context, f *File, e Entry) error {
	for _, s := range []State{StateTransferred, StateHandled, StateDone} {
		if !Allowed(e.State, s) || e.State == s {
			continue
		}
		if err := f.Record(ctx, entry(e.ID, s)); err != nil {
			return err
		}
		fmt.Println(e.ID, s)
		e.State = s
	}
	return nil
}

// startChild starts the child and waits until it has the file open.
func startChild(t *testing.T, task, path string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+task+" "+path)
	cmd.Stderr = os.Stderr
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "open" {
		t.Fatalf("child said %q", lines.Text())
	}
	return cmd, lines
}

// kill ends the child as kill -9 does, and returns what it had said.
func kill(t *testing.T, cmd *exec.Cmd, lines *bufio.Scanner) []string {
	t.Helper()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	var said []string
	for lines.Scan() {
		said = append(said, lines.Text())
	}
	_ = cmd.Wait() // it was killed
	return said
}

func TestLockOfAnotherProcess(t *testing.T) {
	path := runFile(t, 1)
	cmd, lines := startChild(t, "hold", path)
	_, err := Open(t.Context(), path)
	holder := fmt.Sprintf("in use by process %d", cmd.Process.Pid)
	if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), holder) {
		t.Errorf("got %v, want ErrLocked: %s", err, holder)
	}
	if _, err := Create(t.Context(), path, testHeader()); !errors.Is(err, ErrLocked) {
		t.Errorf("creating: got %v, want ErrLocked", err)
	}
	looking, err := OpenReadOnly(t.Context(), path)
	if err != nil {
		t.Errorf("looking: %v", err)
	} else if err := looking.Close(); err != nil {
		t.Error(err)
	}
	kill(t, cmd, lines)
	f, err := Open(t.Context(), path)
	if err != nil {
		t.Fatalf("after the holder was killed: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

// However a run is killed, what was acknowledged is in the file, the file is
// sound, and the next run goes on from there.
func TestKilledWhileRecording(t *testing.T) {
	path := versionFile(t, 800)
	reached := map[string]State{}
	for _, lines := range []int{1, 40, 333, 600} {
		cmd, out := startChild(t, "record", path)
		var said []string
		for range lines {
			if !out.Scan() {
				t.Fatal("the child ended early")
			}
			said = append(said, out.Text())
		}
		for _, line := range append(said, kill(t, cmd, out)...) {
			id, state, _ := strings.Cut(line, " ")
			reached[id] = State(state)
		}
		checkKilled(t, path, reached)
	}
}

// versionFile makes a closed run file of files with several versions.
func versionFile(t *testing.T, items int64) string {
	t.Helper()
	f := newFile(t)
	var versions []planner.Item
	for id := range items {
		versions = append(versions, testVersion(id+1))
	}
	appendBatch(t, f, nil, versions)
	seal(t, f)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return f.path
}

func checkKilled(t *testing.T, path string, reached map[string]State) {
	t.Helper()
	f, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var verdict string
	err = f.reads.QueryRow("PRAGMA integrity_check").Scan(&verdict)
	if err != nil || verdict != "ok" {
		t.Fatalf("%s, %v", verdict, err)
	}
	byState := map[State]int64{}
	rank := map[State]int{StateTransferred: 1, StateHandled: 2, StateDone: 3}
	for _, e := range all(t, f.Entries(t.Context(), EntryFilter{})) {
		byState[e.State]++
		want := reached[fmt.Sprint(e.ID)]
		if rank[e.State] < rank[want] {
			t.Errorf("item %d is %s, acknowledged as %s", e.ID, e.State, want)
		}
		if lacks := missing(e); lacks != "" {
			t.Errorf("item %d: %s without %s", e.ID, e.State, lacks)
		}
	}
	checkWaits(t, f)
	counts, err := f.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for state, want := range byState {
		if got := counts.State(state).Items; got != want {
			t.Errorf("counted %d %s, want %d", got, state, want)
		}
	}
}
