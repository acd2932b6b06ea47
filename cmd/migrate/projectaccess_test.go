package main

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"synapse-migrate/migrate/sandbox/describe"
	"synapse-migrate/planner"
)

// share gives principals the right to download in the destination, which
// then has sharing settings of its own.
func (s *site) share(folder string, principals ...int64) {
	s.t.Helper()
	access := []map[string]any{{"principalId": s.Owner.ID, "accessType": []string{
		"READ", "DOWNLOAD", "CREATE", "UPDATE", "DELETE", "CHANGE_PERMISSIONS", "CHANGE_SETTINGS", "MODERATE"}}}
	for _, id := range principals {
		access = append(access, map[string]any{"principalId": id, "accessType": []string{"READ", "DOWNLOAD"}})
	}
	acl := map[string]any{"id": folder, "resourceAccess": access}
	status := s.Synapse(s.t, s.Owner, http.MethodPost, "/repo/v1/entity/"+folder+"/acl", acl, nil)
	if status != http.StatusCreated && status != http.StatusOK {
		s.t.Fatalf("sharing %s: status %d", folder, status)
	}
}

// restricted counts the files that have sharing settings apart.
func restricted(truth describe.SampleProject) (n int64) {
	for _, f := range truth.Files {
		if f.Restricted {
			n++
		}
	}
	return n
}

// TestNobodyGainsAccessUnasked has three principals at the destination: the
// owner may download everything in the source, the reader all but what is
// restricted, the colleague nothing.
func TestNobodyGainsAccessUnasked(t *testing.T) {
	s := newSite(t, "--throttle=false")
	truth := s.sample(describe.MinSampleFiles, true)
	s.share(s.External.ID, truth.Reader.ID, s.Colleague.ID)
	before, objects := s.Snapshot(), s.objects()

	o := s.want(exitFailed, s.projectArgs(truth, "--yes")...)
	if s.Snapshot() != before {
		t.Error("Synapse changed")
	}
	if after := s.objects(); !maps.Equal(after, objects) {
		t.Error("S3 changed")
	}
	all, some := int64(len(truth.Files)), restricted(truth)
	gains := map[int64]planner.AccessGain{}
	for _, g := range s.jsonReport().Plan.Access.Gains {
		if g.Right == "DOWNLOAD" {
			gains[g.Principal.ID] = g
		}
	}
	for id, want := range map[int64]int64{s.Colleague.ID: all, truth.Reader.ID: some, s.Owner.ID: 0} {
		if got := gains[id].Files; got != want {
			t.Errorf("user %d gains %d files, want %d", id, got, want)
		}
	}
	for _, want := range []string{"governance/gains-download", "Who gains access",
		s.Colleague.Name, fmt.Sprint(s.Colleague.ID), truth.Reader.Name} {
		if !strings.Contains(o.stdout, want) {
			t.Errorf("the report lacks %q:\n%s", want, o.stdout)
		}
	}
	s.says(o, "findings that stop the run", "nothing was changed")

	s.want(exitDone, s.projectArgs(truth, "--run", "accepted.migrate", "--accept-access-change", "--yes")...)
	m := s.migration()
	m.Latest = true
	s.equals(truth, m)
}

func TestNobodyGainsWhereTheSameMayDownload(t *testing.T) {
	s := newSite(t, "--throttle=false")
	truth := s.sample(describe.MinSampleFiles, true)
	s.want(exitDone, s.projectArgs(truth, "--dry-run")...)
	if gains := s.jsonReport().Plan.Access.Gains; len(gains) > 0 {
		t.Errorf("got gains %+v, want none: only the owner may download at the destination", gains)
	}
}

// TestSharingIsLookedAtAgainWhateverTheSource shares the destination with one
// more user once the plans are made.
func TestSharingIsLookedAtAgainWhateverTheSource(t *testing.T) {
	s := newSite(t, "--throttle=false")
	s.Put(t, s.Source, "a.bin", "a")
	served := newShelf(t, map[string]string{"ranges/c.bin": "c"})
	s.files(".", map[string]string{
		"data/b.bin": "b", "urls.csv": "url,path\n" + served.url("ranges/c.bin") + ",c.bin\n",
	})
	commands := [][]string{
		{"bucket", "s3://" + s.Source}, {"local", "data"}, {"urls", "urls.csv"},
	}
	for _, c := range commands {
		s.want(exitDone, append(c, "--to", s.External.ID, "--run", c[0]+".migrate", "--dry-run")...)
	}
	s.share(s.External.ID, s.Colleague.ID)
	before := s.Snapshot()
	for _, c := range commands {
		o := s.want(exitFailed, append(c, "--to", s.External.ID, "--run", c[0]+".migrate", "--yes")...)
		s.says(o, "has changed since the plan was made", s.Colleague.Name)
	}
	if s.Snapshot() != before {
		t.Error("Synapse changed")
	}
}

// TestSharingIsLookedAtAgainBeforeARun shares the destination with one more
// user once the plan is made.
func TestSharingIsLookedAtAgainBeforeARun(t *testing.T) {
	s := newSite(t, "--throttle=false")
	truth := s.sample(describe.MinSampleFiles, true)
	s.want(exitDone, s.projectArgs(truth, "--dry-run")...)
	s.share(s.External.ID, s.Colleague.ID)
	before := s.Snapshot()
	s.says(s.want(exitFailed, s.projectArgs(truth, "--yes")...), "has changed since the plan was made", s.Colleague.Name)
	if s.Snapshot() != before {
		t.Error("Synapse changed")
	}
}
