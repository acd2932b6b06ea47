package main

import (
	"os"
	"strings"
	"testing"

	"synapse-migrate/migrate/sandbox/describe"
	"synapse-migrate/planner/rules"
)

func TestProjectIsMovedWithItsIDs(t *testing.T) {
	s := newSite(t, "--throttle=false").watched()
	truth := s.sample(400, false)
	before := s.Snapshot()
	plan := s.want(exitDone, s.projectArgs(truth, "--mode", "move", "--accept-access-change", "--dry-run")...)
	if s.Snapshot() != before {
		t.Error("planning changed Synapse")
	}
	if !strings.Contains(plan.stdout, "move: files keep their Synapse IDs and leave the source") {
		t.Errorf("the plan doesn't say what it changes:\n%s", plan.stdout)
	}
	s.ResetCounts()
	o := s.want(exitIncomplete, s.projectArgs(truth, "--mode", "move", "--accept-access-change", "--yes")...)
	ran := s.Calls()
	if !strings.Contains(o.stdout, "moved in") {
		t.Errorf("the report doesn't say that files were moved:\n%s", o.stdout)
	}
	done := s.jsonReport()
	done.ended(t)
	const few = 20
	if got, want := ran.Total(), done.Plan.Cost.SynapseCalls; got < want-few || got > want+few {
		t.Errorf("the run took %d calls, and the plan said %d: %v", got, want, ran.ByStatus)
	}
	s.rules(done, rules.MoveChangesSource, rules.ContentOtherEntity)
	m := s.migration()
	m.Move, m.Without = true, done.left(truth)
	s.equals(truth, m)
}

func TestMoveOfLatestVersionsLeavesTheOlderOnes(t *testing.T) {
	s := newSite(t, "--throttle=false")
	truth := s.sample(describe.MinSampleFiles, true)
	s.run(s.projectArgs(truth, "--mode", "move", "--versions", "latest", "--yes")...)
	done := s.jsonReport()
	done.ended(t)
	m := s.migration()
	m.Move, m.Latest, m.Without = true, true, done.left(truth)
	s.equals(truth, m)
}

func TestProjectThatCannotBeIsRefusedBeforeAnythingIsListed(t *testing.T) {
	s := newSite(t, "--throttle=false")
	truth := s.sample(describe.MinSampleFiles, true)
	tests := []struct {
		name, source, says string
	}{
		{"missing", "syn999999999", "source/missing"},
		{"a file", truth.Files[0].ID, "source/not-a-project"},
		{"the destination", s.External.ID, "source/inside-destination"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := s.want(exitFailed, "project", test.source, "--to", s.External.ID, "--yes", fast)
			if !strings.Contains(o.stdout, test.says) {
				t.Errorf("the findings lack %s:\n%s%s", test.says, o.stdout, o.stderr)
			}
			if _, err := os.Stat(s.path(runFileFor(s.External.ID))); !os.IsNotExist(err) {
				t.Errorf("a run file was left behind: %v", err)
			}
		})
	}
}

func TestRunFileOfAProjectIsResumedAsOne(t *testing.T) {
	s := newSite(t, "--throttle=false")
	truth := s.sample(describe.MinSampleFiles, true)
	s.want(exitDone, s.projectArgs(truth, "--versions", "all", "--dry-run")...)
	o := s.want(exitFailed, "bucket", "s3://"+s.Source+"/", "--to", s.External.ID, "--dry-run")
	s.says(o, "migrate project, not migrate bucket")
	o = s.want(exitFailed, s.projectArgs(truth, "--mode", "move", "--dry-run")...)
	s.says(o, `--mode "copy", not "move"`)
	s.want(exitDone, "resume", "--yes", fast, "--no-progress")
	s.equals(truth, s.migration())
}
