package main

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
)

// TestDestinationDeletedInMidRunStopsTheRun: every item would fail, one
// after the other, for a reason that concerns them all.
func TestDestinationDeletedInMidRunStopsTheRun(t *testing.T) {
	s := newSite(t, "--throttle=false")
	objects := study("raw/", 300)
	s.fill(s.Source, objects)
	args := []string{"bucket", "s3://" + s.Source + "/raw/", "--to", s.External.ID, "--yes", fast}
	cmd := s.command(args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.await(s.Calls().Total()+60, cmd)
	s.Synapse(t, s.Owner, http.MethodDelete, "/repo/v1/entity/"+s.External.ID, nil, nil)
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitFailed {
		t.Fatalf("exit %d, want %d\n%s", code, exitFailed, stderr.String())
	}
	if want := "destination folder is gone"; !strings.Contains(stderr.String(), want) {
		t.Errorf("got %q, want it to say that the %s", stderr.String(), want)
	}
	if failed := s.want(exitDone, "status").stdout; strings.Contains(failed, "failed") {
		t.Errorf("items were given up:\n%s", failed)
	}
	s.Synapse(t, s.Owner, http.MethodPut, "/repo/v1/trashcan/restore/"+s.External.ID, nil, nil)
	s.want(exitDone, args...)
	s.holds(s.External.ID, wanted(objects, "raw/"))
}
