package main

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"synapse-migrate/migrate/sandbox/compare"
	"synapse-migrate/migrate/sandbox/comparetest"
	"synapse-migrate/migrate/sandbox/describe"
	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
)

// sampleSeed makes all sample projects of one size alike.
const sampleSeed = 7

// sample makes a sample project; a plain one has nothing that a migration
// can't take along.
func (s *site) sample(files int, plain bool) describe.SampleProject {
	s.t.Helper()
	s.sampled = true
	return s.Project(describe.SampleRequest{Files: files, Seed: sampleSeed, Plain: plain})
}

// reportedItem is an item of the JSON report, as other programs read it.
type reportedItem struct {
	ID             int64
	SourceEntityID string
	Version        int64
	Key            string
	Name           string
	SizeBytes      int64
	Action         planner.Action
	Rule           planner.RuleID
	State          string
	MD5            string
	EntityID       string
	FileHandleID   string
	Bucket         string
	ObjectKey      string
	Follows        int64
	Shares         int64
}

// reported is the JSON report.
type reported struct {
	Plan  planner.Plan
	Items []reportedItem
}

// jsonReport reads the JSON report of a run file.
func (s *site) jsonReport(args ...string) reported {
	s.t.Helper()
	var r reported
	o := s.want(exitDone, append([]string{"report", "--format", "json"}, args...)...)
	if err := json.Unmarshal([]byte(o.stdout), &r); err != nil {
		s.t.Fatalf("reading the report: %v", err)
	}
	return r
}

// left are the IDs of files of which no version was migrated.
func (r reported) left(truth describe.SampleProject) map[string]bool {
	left := map[string]bool{}
	for _, f := range truth.Files {
		left[f.ID] = true
	}
	for _, item := range r.Items {
		if item.State == "done" {
			delete(left, item.SourceEntityID)
		}
	}
	return left
}

// items counts the plan's items by action.
func (r reported) items() map[planner.Action]int64 {
	n := map[planner.Action]int64{}
	for _, t := range r.Plan.Totals.Actions {
		n[t.Action] = t.Items
	}
	return n
}

// migration says where the destination External is, for a comparison.
func (s *site) migration() comparetest.Migration {
	return comparetest.Migration{
		Options: compare.Options{
			Endpoint: s.SynapseEndpoint, Token: s.Owner.Token,
			S3Endpoint: s.S3Endpoint, Region: s.Region, Folder: s.External.ID,
		},
		BaseKey: s.External.BaseKey,
	}
}

// equals fails the test unless the destination holds what the sample says.
func (s *site) equals(truth describe.SampleProject, m comparetest.Migration) {
	s.t.Helper()
	diff, err := comparetest.Project(context.Background(), m, truth)
	if err != nil {
		s.t.Fatalf("comparing: %v", err)
	}
	if len(diff) > 0 {
		s.t.Fatalf("the destination differs in %d places:\n%s", len(diff), strings.Join(head(diff, 20), "\n"))
	}
}

// untouched fails the test where anything below the sample changed.
func (s *site) untouched(before string, truth describe.SampleProject) {
	s.t.Helper()
	diff, err := comparetest.Untouched([]byte(before), []byte(s.Snapshot()), truth.ID)
	if err != nil {
		s.t.Fatalf("comparing snapshots: %v", err)
	}
	if len(diff) > 0 {
		s.t.Fatalf("the source changed in %d places:\n%s", len(diff), strings.Join(head(diff, 20), "\n"))
	}
}

// projectArgs are a migration of a sample into External.
func (s *site) projectArgs(truth describe.SampleProject, more ...string) []string {
	return append([]string{"project", truth.ID, "--to", s.External.ID, fast, "--no-progress"}, more...)
}

// pages is how many pages of children there are, at least one a folder.
func pages(truth describe.SampleProject) int64 {
	children := map[string]int{"": 0}
	parent := func(path string) string {
		at := strings.LastIndex(path, "/")
		return path[:max(at, 0)]
	}
	for _, f := range truth.Folders {
		children[f.Path] += 0
		children[parent(f.Path)]++
	}
	for _, f := range truth.Files {
		children[parent(f.Path)]++
	}
	for _, o := range truth.Others {
		children[parent(o.Path)]++
	}
	const page = 50
	var n int64
	for _, c := range children {
		n += int64(max(1, (c+page-1)/page))
	}
	return n
}

// usual is what is done with an ordinary file of each kind that a sample
// has, by the owner without further credentials.
var usual = map[describe.Kind]planner.Action{
	describe.KindSynapse: planner.ActionSynapseCopy, describe.KindOwn: planner.ActionSynapseCopy,
	describe.KindForeign: planner.ActionSynapseCopy, describe.KindBelow: planner.ActionRegister,
	describe.KindStaged: planner.ActionReuse, describe.KindElsewhere: planner.ActionStream,
	describe.KindGoogle: planner.ActionStream, describe.KindProxy: planner.ActionStream,
	describe.KindObjectStore: planner.ActionStream, describe.KindURL: planner.ActionBlock,
}

// expected is the action for a version of a file.
func expected(f describe.SampleFile, v describe.SampleVersion) planner.Action {
	action := usual[f.Kind]
	if action == planner.ActionSynapseCopy && (v.SizeBytes == 0 || !v.HasMD5) {
		return planner.ActionStream // Synapse copies neither
	}
	return action
}

// asExpected fails the test where the plan does something else with a file
// than is expected of its kind, or leaves an entity out of its account.
func (s *site) asExpected(r reported, truth describe.SampleProject) {
	s.t.Helper()
	files := map[string]describe.SampleFile{}
	for _, f := range truth.Files {
		files[f.ID] = f
	}
	others := map[string]bool{}
	for _, o := range truth.Others {
		others[o.ID] = true
	}
	seen := map[string]bool{}
	for _, item := range r.Items {
		seen[item.SourceEntityID] = true
		if others[item.SourceEntityID] {
			if item.Action != planner.ActionSkip || item.Rule != rules.ContentOtherEntity {
				s.t.Errorf("%s %q: got %s (%s), want it to be skipped as no file",
					item.SourceEntityID, item.Name, item.Action, item.Rule)
			}
			continue
		}
		f := files[item.SourceEntityID]
		at := slices.IndexFunc(f.Versions, func(v describe.SampleVersion) bool { return v.Number == item.Version })
		if at < 0 {
			s.t.Errorf("%s has no version %d", item.SourceEntityID, item.Version)
			continue
		}
		if want := expected(f, f.Versions[at]); item.Action != want {
			s.t.Errorf("%q (%s, version %d): got %s (%s), want %s",
				f.Path, f.Kind, item.Version, item.Action, item.Rule, want)
		}
	}
	if len(seen) != len(files)+len(others) {
		s.t.Errorf("the plan names %d entities, want %d files and %d others", len(seen), len(files), len(others))
	}
}

// rules fails the test where the plan has none of a rule's findings.
func (s *site) rules(r reported, rules ...planner.RuleID) {
	s.t.Helper()
	found := map[planner.RuleID]bool{}
	for _, f := range r.Plan.Findings {
		found[f.Rule] = true
	}
	for _, rule := range rules {
		if !found[rule] {
			s.t.Errorf("the plan has no finding of %s, only %v", rule, slices.Sorted(maps.Keys(found)))
		}
	}
}

// ended fails the test unless every item ended as the plan said.
func (r reported) ended(t *testing.T) {
	t.Helper()
	want := map[planner.Action]string{planner.ActionSkip: "skipped", planner.ActionBlock: "blocked"}
	for _, item := range r.Items {
		state := want[item.Action]
		if state == "" {
			state = "done"
		}
		if item.State != state {
			t.Errorf("%s.%d %q: got state %s, want %s", item.SourceEntityID, item.Version, item.Name, item.State, state)
		}
	}
}

// awsProfile adds a profile to the AWS tools' shared files.
func (s *site) awsProfile(name string, keys describe.Keys) {
	s.t.Helper()
	s.write("aws-credentials", "["+name+"]\naws_access_key_id = "+keys.AccessKeyID+
		"\naws_secret_access_key = "+keys.SecretAccessKey+"\n")
	s.env = append(s.env, "AWS_SHARED_CREDENTIALS_FILE="+s.path("aws-credentials"))
}

// write makes a file in the working directory.
func (s *site) write(name, content string) {
	s.t.Helper()
	if err := os.WriteFile(s.path(name), []byte(content), 0o600); err != nil {
		s.t.Fatal(err)
	}
}
