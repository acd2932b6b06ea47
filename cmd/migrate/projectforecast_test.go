package main

import (
	"fmt"
	"strings"
	"testing"

	"synapse-migrate/migrate/sandbox/describe"
	"synapse-migrate/planner"
)

// TestPlanForecastsTheCallsOfTheRun compares what a plan says about Synapse's
// calls with those that its run makes. The plan reckons with eight that
// examine the destination, which a run of a plan that is there doesn't
// repeat: it makes three. File handles that are reused are copied in as few
// calls as can be, of 100 each; versions that wait for others may take more.
func TestPlanForecastsTheCallsOfTheRun(t *testing.T) {
	s := newSite(t, "--throttle=false")
	const examined, begun = 8, 3
	for i, flags := range []string{
		"--versions all",
		"--provenance link --versions all --layout mirrored",
		"--provenance none --action stream",
		"--action synapse-copy",
		"--mode move --layout mirrored",
		"--mode move --versions latest --layout synapse",
		"--action upload",
	} {
		t.Run(flags, func(t *testing.T) {
			truth := s.sample(describe.MinSampleFiles, false)
			to := s.stsFolder(fmt.Sprintf("forecast %d", i), fmt.Sprintf("forecast/%d", i))
			args := append([]string{"project", truth.ID, "--to", to.ID, "--accept-access-change",
				fast, "--no-progress"}, strings.Fields(flags)...)
			s.want(exitDone, append(args, "--dry-run")...)
			r := s.jsonReport("--run", to.ID+".migrate")
			s.ResetCounts()
			s.want(exitIncomplete, append(args, "--yes")...)
			calls := s.Calls()
			copies := calls.Of("POST /file/v1/filehandles/copy")
			least := (copiedHandles(r, flags) + 99) / 100
			got := calls.Total() - begun - (copies - least)
			if want := r.Plan.Cost.SynapseCalls - examined; got != want || copies > least+3 {
				t.Errorf("the run took %d calls, %d of them to copy file handles, and the plan said %d: %v",
					got, copies, want, calls.ByStatus)
			}
		})
	}
}

// copiedHandles is the number of items for which a file handle is copied.
func copiedHandles(r reported, flags string) (n int64) {
	for _, item := range r.Items {
		if item.Action == planner.ActionReuse && item.Shares == 0 && !strings.Contains(flags, "move") {
			n++
		}
	}
	return n
}
