package reports_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/migrate"
	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
	"synapse-migrate/reports"
)

// projectPlan has every kind of bucket, and hostile names everywhere.
func projectPlan(mode planner.Mode) planner.Plan {
	team := func(id int64, name string) planner.Principal {
		return planner.Principal{ID: id, Name: name, IsTeam: true}
	}
	total := func(a planner.Action, items int64) planner.ActionTotal {
		return planner.ActionTotal{Action: a, Items: items, SizeBytes: items << 20}
	}
	p := samplePlan()
	p.Header.Source = planner.Source{Credentials: "the default credentials", Project: &planner.ProjectSource{
		EntityID: "syn10", Name: "Study " + hostile, ConcreteType: "org.sagebionetworks.repo.model.Project",
		Mode: mode, Versions: planner.VersionsAll, Provenance: planner.ProvenanceKeep,
	}}
	p.Totals.Actions = []planner.ActionTotal{
		total(planner.ActionReuse, 100), total(planner.ActionRegister, 50), total(planner.ActionCopy, 40),
		total(planner.ActionSynapseCopy, 30), total(planner.ActionStream, 20), total(planner.ActionSkip, 2),
	}
	p.Totals.MD5 = map[planner.MD5Source]int64{planner.MD5Handle: 240}
	p.Buckets = []planner.BucketDecision{
		{Service: "s3", Bucket: "lab" + hostile, StorageLocationID: 7, Owner: planner.OwnerCaller,
			Reach: planner.Reach{Region: "us-east-1", Credentials: "profile \"lab\"", Readable: true, Copyable: true},
			Why:   "the bucket is the destination's " + hostile,
			Actions: []planner.ActionTotal{
				total(planner.ActionRegister, 50), total(planner.ActionCopy, 40)}},
		{Service: "s3", Bucket: "synapse-bucket", StorageLocationID: 1, Owner: planner.OwnerSynapse, SynapseCopies: true,
			Reach: planner.Reach{Refusal: "access denied \x1b[2J"}, Actions: []planner.ActionTotal{total(planner.ActionSynapseCopy, 30)}},
		{Service: "google", Bucket: "gbucket", StorageLocationID: 8, Owner: planner.OwnerOther,
			Actions: []planner.ActionTotal{total(planner.ActionStream, 20)}},
		{Service: "url", Owner: planner.OwnerOutside},
	}
	p.Access = &planner.AccessComparison{
		Destination: []planner.Principal{{ID: 5, Name: "ab"}, team(77, "Everybody "+hostile)},
		Sharings: []planner.SourceSharing{
			{Example: "syn10", Downloads: []planner.Principal{{ID: 5, Name: "ab"}}, Files: 200, SizeBytes: 1 << 30},
			{Example: "syn12", Files: 40, SizeBytes: 1 << 20},
		},
		OtherSharings: 3,
		Gains: []planner.AccessGain{{Principal: team(77, "Everybody "+hostile), Right: "DOWNLOAD", Files: 240,
			SizeBytes: 1 << 30, Examples: []string{"syn11", hostile}}, {Principal: planner.Principal{ID: 9}, Right: "READ", Files: 1}},
		LostRequirements: []planner.LostRequirement{{ID: 3, Name: "Terms " + hostile, Files: 12, SizeBytes: 5,
			Examples: []string{hostile}}},
	}
	p.Findings = []planner.Finding{{Rule: "governance/gains-download", Severity: planner.SeverityStop,
		Message: "team 77 would be able to download 240 files", Hint: "accept it", Count: 240, SizeBytes: 1 << 30}}
	return p
}

// projectFile is a run file of projectPlan.
func projectFile(mode planner.Mode) fakeFile {
	file := sampleFile()
	file.plan = projectPlan(mode)
	for i := range file.entries {
		e := &file.entries[i]
		e.Origin = &planner.Origin{EntityID: fmt.Sprintf("syn2%d", i), Version: int64(i + 1), FileHandleID: "70"}
		e.Name = []string{"a.bam", "=1+1", hostile}[i]
	}
	file.entries[1].Follows = 1
	last := &file.entries[2]
	last.Origin = &planner.Origin{EntityID: "syn22", Path: "sub/" + last.Name,
		EntityType: "org.sagebionetworks.repo.model.table.TableEntity"}
	last.Rule = "content/other-entity"
	return file
}

func TestProjectPlanText(t *testing.T) {
	for _, mode := range []planner.Mode{planner.ModeCopy, planner.ModeMove} {
		t.Run(string(mode), func(t *testing.T) {
			var out bytes.Buffer
			if err := reports.Write(t.Context(), &out, "text", projectFile(mode)); err != nil {
				t.Fatal(err)
			}
			golden(t, "project-"+string(mode)+".txt", out.String())
			harmless(t, out.String())
		})
	}
}

func TestLayoutSaysWhichKeysObjectsGet(t *testing.T) {
	tests := []struct {
		name    string
		layout  planner.Layout
		managed bool
		want    []string
	}{
		{"default", "", false, []string{"150 file versions  where they are", "60 file versions   s3://sts-bucket/data/run7/PATH",
			"30 file versions   s3://sts-bucket/data/run7/, at keys that Synapse chooses"}},
		{"mirrored", planner.LayoutMirrored, false, []string{"90 file versions   s3://sts-bucket/data/run7/PATH"}},
		{"mirrored, managed", planner.LayoutMirrored, true, []string{
			"60 file versions   s3://sts-bucket/data/run7/PATH", "30 file versions   s3://sts-bucket/data/run7/, at keys"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			plan := projectPlan(planner.ModeCopy)
			plan.Header.Source.Project.Layout, plan.Header.Destination.Managed = test.layout, test.managed
			var out bytes.Buffer
			if err := reports.PlanText(&out, plan); err != nil {
				t.Fatal(err)
			}
			for _, want := range test.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("the plan lacks %q:\n%s", want, out.String())
				}
			}
		})
	}
}

func TestRunTextOfAMove(t *testing.T) {
	var out bytes.Buffer
	summary := migrate.Summary{End: migrate.EndDone, Counts: migrate.Counts{Done: 1}, Duration: time.Second}
	file := projectFile(planner.ModeMove)
	if err := reports.RunText(&out, file.plan, file.counts, &summary); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"project syn10", "  moved", "This run: 1 file version moved"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, out.String())
		}
	}
	harmless(t, out.String())
}

func TestQuestionSaysWhatChanges(t *testing.T) {
	tests := []struct {
		name string
		plan planner.Plan
		want []string
	}{
		{"bucket", samplePlan(), []string{"Migrate 1,005,000 objects (5.0 TiB) into syn123 \"Run \\x1b7\"?"}},
		{"copy", projectPlan(planner.ModeCopy), []string{"Migrate 240 file versions (240 MiB) into syn123"}},
		{"move", projectPlan(planner.ModeMove), []string{"changes the source", "240 file versions (240 MiB) leave their folders",
			"project syn10", "move into syn123", "IDs stay"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := reports.Question(test.plan)
			harmless(t, got)
			for _, want := range test.want {
				if !strings.Contains(got, want) {
					t.Errorf("got %q, want it to hold %q", got, want)
				}
			}
		})
	}
}

func TestProgressOfAProjectCountsFiles(t *testing.T) {
	var out bytes.Buffer
	source := projectPlan(planner.ModeCopy).Header.Source
	source.Project.Versions = planner.VersionsLatest
	p := reports.NewProgress(&out, false, reports.Remaining{Source: source, Items: 10}, time.Second)
	p.Progress(migrate.Progress{Elapsed: time.Second, Counts: migrate.Counts{Done: 4}})
	if want := "4 of 10 files (40 %)"; !strings.Contains(out.String(), want) {
		t.Errorf("got %q, want it to begin with %q", out.String(), want)
	}
}

func TestProjectJSON(t *testing.T) {
	var out bytes.Buffer
	if err := reports.Write(t.Context(), &out, "json", projectFile(planner.ModeCopy)); err != nil {
		t.Fatal(err)
	}
	var document struct {
		Plan  planner.Plan
		Items []struct {
			SourceEntityID, SourceFileHandleID string
			Version, Follows                   int64
		}
	}
	if err := json.Unmarshal(out.Bytes(), &document); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(projectPlan(planner.ModeCopy), document.Plan); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	if i := document.Items[1]; i.SourceEntityID != "syn21" || i.Version != 2 || i.SourceFileHandleID != "70" || i.Follows != 1 {
		t.Errorf("got item %+v, want version 2 of syn21 with handle 70, after item 1", i)
	}
}

// files are run files of both kinds of plans.
func files() map[string]fakeFile {
	return map[string]fakeFile{"bucket": sampleFile(), "project": projectFile(planner.ModeCopy)}
}

func TestCSV(t *testing.T) {
	for name, file := range files() {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := reports.Write(t.Context(), &out, "csv", file); err != nil {
				t.Fatal(err)
			}
			golden(t, name+".csv", out.String())
			harmless(t, out.String())
			rows, err := csv.NewReader(&out).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			if got, want := len(rows), 1+len(file.entries); got != want {
				t.Errorf("got %d rows, want %d", got, want)
			}
		})
	}
}

func TestCSVCellsAreNoFormulas(t *testing.T) {
	for _, name := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "  =1", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠A", "'=1"} {
		file := sampleFile()
		file.entries = file.entries[:1]
		file.entries[0].FolderID, file.entries[0].Name = 0, name
		var out bytes.Buffer
		if err := reports.Write(t.Context(), &out, "csv", file); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&out).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		const path = 5
		got := rows[1][path]
		if strings.ContainsAny(strings.TrimSpace(got)[:1], "=+-@\t\r\n") || !strings.HasPrefix(got, "'") && !strings.HasPrefix(got, `\`) {
			t.Errorf("%q: got the cell %q, which a spreadsheet may take for a formula", name, got)
		}
	}
}

func TestHTML(t *testing.T) {
	for name, file := range files() {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := reports.Write(t.Context(), &out, "html", file); err != nil {
				t.Fatal(err)
			}
			golden(t, name+".html", out.String())
			harmless(t, out.String())
			page := strings.ToLower(out.String())
			for _, forbidden := range []string{"<script", "src=", "href=", "<img", "<link", "url(", " onload"} {
				if strings.Contains(page, forbidden) {
					t.Errorf("the page holds %q", forbidden)
				}
			}
		})
	}
}

func TestHTMLSaysHowManyItemsItLeavesOut(t *testing.T) {
	file := sampleFile()
	file.counts.Tallies = append(file.counts.Tallies, checkpoint.Tally{
		Action: planner.ActionStream, State: checkpoint.StateDone, Items: 12_345})
	var out bytes.Buffer
	if err := reports.Write(t.Context(), &out, "html", file); err != nil {
		t.Fatal(err)
	}
	if want := "12,345 more"; !strings.Contains(out.String(), want) {
		t.Errorf("the page lacks %q", want)
	}
}

func TestUnfinishedPlansHaveNoItemReports(t *testing.T) {
	for name, write := range map[string]func(io.Writer) error{
		"csv": func(w io.Writer) error {
			return reports.Write(t.Context(), w, "csv", fakeFile{planErr: checkpoint.ErrNotSealed})
		},
		"html": func(w io.Writer) error {
			return reports.Write(t.Context(), w, "html", fakeFile{planErr: checkpoint.ErrNotSealed})
		},
	} {
		var out bytes.Buffer
		if err := write(&out); err == nil || out.Len() > 0 {
			t.Errorf("%s: got %q and no error, want an error and nothing written", name, out.String())
		}
	}
}
