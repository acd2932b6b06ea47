package main

import (
	"encoding/csv"
	"maps"
	"os"
	"strings"
	"testing"

	"synapse-migrate/migrate/sandbox/describe"
	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
)

// TestProjectOfEveryStorageIsCopied has more files than are asked for, or
// reused, in one call.
func TestProjectOfEveryStorageIsCopied(t *testing.T) {
	t.Parallel() // it is long
	s := newSite(t, "--throttle=false")
	files := 600
	if os.Getenv(fullVariable) != "" {
		files = 3000
	}
	truth := s.sample(files, false)
	before, objects := s.Snapshot(), s.objects()

	s.ResetCounts()
	s.want(exitDone, s.projectArgs(truth, "--accept-access-change", "--dry-run")...)
	planning := s.Calls()
	if s.Snapshot() != before {
		t.Error("planning changed Synapse")
	}
	if after := s.objects(); !maps.Equal(after, objects) {
		t.Error("planning changed S3")
	}
	s.planned(planning, truth)

	plan := s.jsonReport()
	s.asExpected(plan, truth)
	s.rules(plan, rules.ContentOtherEntity, rules.ContentLink, rules.ContentWiki,
		rules.ContentDOI, rules.ContentDiscussion, rules.GovernanceRequirement)

	s.ResetCounts()
	s.want(exitIncomplete, s.projectArgs(truth, "--accept-access-change", "--yes")...) // the link is blocked
	ran := s.Calls()
	done := s.jsonReport()
	done.ended(t)
	s.ran(ran, done)
	s.untouched(before, truth)

	m := s.migration()
	m.Latest, m.Without = true, done.left(truth)
	s.equals(truth, m)
}

// planned compares the calls of planning with the least there can be: one a
// file, one a folder, one for 50 children, and a few.
func (s *site) planned(calls describe.Calls, truth describe.SampleProject) {
	s.t.Helper()
	const few = 40
	files, folders := int64(len(truth.Files)), int64(len(truth.Folders)+1)
	if got, most := calls.Total(), files+folders+pages(truth)+few; got > most {
		s.t.Errorf("planning took %d calls, want at most %d: 1 for each of %d files and %d folders, "+
			"%d pages of children, and %d: %v", got, most, files, folders, pages(truth), few, calls.ByStatus)
	}
	if got, want := calls.Of("POST /repo/v1/entity/children"), pages(truth); got != want {
		s.t.Errorf("planning took %d pages of children, want %d", got, want)
	}
}

// ran compares the calls of a run with what each action takes, and with
// what the plan said.
func (s *site) ran(calls describe.Calls, r reported) {
	s.t.Helper()
	n := r.items()
	var shared int64
	for _, item := range r.Items {
		if item.Shares != 0 {
			shared++
			n[item.Action]--
		}
	}
	for endpoint, want := range map[string]int64{
		"POST /file/v1/filehandles/copy":                        (n[planner.ActionReuse] + 99) / 100,
		"POST /file/v1/externalFileHandle/s3":                   n[planner.ActionRegister] + n[planner.ActionCopy] + n[planner.ActionStream],
		"POST /file/v1/file/multipart":                          n[planner.ActionSynapseCopy],
		"PUT /file/v1/file/multipart/{id}/complete":             n[planner.ActionSynapseCopy],
		"POST /file/v1/file/multipart/{id}/presigned/url/batch": n[planner.ActionSynapseCopy],
	} {
		if got := calls.Of(endpoint); got != want {
			s.t.Errorf("%s: got %d calls, want %d", endpoint, got, want)
		}
	}
	const few = 20
	if got, want := calls.Total(), r.Plan.Cost.SynapseCalls; got < want-few || got > want+few {
		s.t.Errorf("the run took %d calls, and the plan said %d (%d items share a file handle): %v",
			got, want, shared, calls.ByStatus)
	}
}

func TestProjectWithAllVersionsAndMirroredKeys(t *testing.T) {
	s := newSite(t, "--throttle=false").watched()
	truth := s.sample(150, true)
	before := s.Snapshot()
	s.want(exitDone, s.projectArgs(truth, "--versions", "all", "--layout", "mirrored", "--yes")...)
	s.untouched(before, truth)
	m := s.migration()
	m.Mirrored = true
	s.equals(truth, m)
}

func TestProjectKeepsToTheThrottle(t *testing.T) {
	s := newSite(t) // throttles on
	truth := s.sample(describe.MinSampleFiles, true)
	s.ResetCounts()
	s.want(exitDone, "project", truth.ID, "--to", s.External.ID, "--yes", "--no-progress")
	if calls := s.Calls(); calls.Throttled != 0 || calls.MaxInFlight > 3 {
		t.Errorf("Synapse refused %d calls of %d, and had %d at once; want 0, and 3 at most",
			calls.Throttled, calls.Total(), calls.MaxInFlight)
	}
	m := s.migration()
	m.Latest = true
	s.equals(truth, m)
}

func TestProjectIntoAManagedFolder(t *testing.T) {
	s := newSite(t, "--throttle=false").watched()
	truth := s.sample(describe.MinSampleFiles, true)
	s.want(exitIncomplete, "project", truth.ID, "--to", s.Managed.ID, "--yes", fast, "--no-progress")
	done := s.jsonReport()
	done.ended(t)
	for _, item := range done.Items {
		if item.Action == planner.ActionBlock && item.SizeBytes > 0 {
			t.Errorf("%q is blocked by %s, want only empty files to be", item.Name, item.Rule)
		}
	}
	m := s.migration()
	m.Folder, m.BaseKey, m.Latest, m.Without = s.Managed.ID, "", true, done.left(truth)
	s.equals(truth, m)
}

// TestPartnersBucketIsReadWithItsOwnProfile copies server-side where one
// principal reads and writes.
func TestPartnersBucketIsReadWithItsOwnProfile(t *testing.T) {
	s := newSite(t, "--throttle=false")
	truth := s.sample(describe.MinSampleFiles, true)
	s.awsProfile("partner", s.ForeignKeys)
	s.want(exitDone, s.projectArgs(truth, "--dest-credentials", "source", "--dry-run",
		"--bucket-profile", truth.Buckets[describe.KindForeign]+"=partner")...)
	plan := s.jsonReport()
	want := map[string]planner.Reach{
		truth.Buckets[describe.KindForeign]: {Credentials: `profile "partner"`, Readable: true},
		truth.Buckets[describe.KindOwn]:     {Credentials: "the default credentials", Readable: true, Copyable: true},
	}
	for _, b := range plan.Plan.Buckets {
		w, known := want[b.Bucket]
		if !known || b.Reach.Region == "" {
			continue
		}
		delete(want, b.Bucket)
		if r := b.Reach; r.Credentials != w.Credentials || r.Readable != w.Readable || r.Copyable != w.Copyable {
			t.Errorf("%s: got %+v, want credentials %q, readable %t, copyable %t",
				b.Bucket, r, w.Credentials, w.Readable, w.Copyable)
		}
	}
	if len(want) > 0 {
		t.Errorf("the plan doesn't say how these are reached: %v", want)
	}
	if plan.items()[planner.ActionCopy] == 0 {
		t.Errorf("nothing is copied server-side: %v", plan.items())
	}
	s.want(exitDone, s.projectArgs(truth, "--dest-credentials", "source", "--yes",
		"--bucket-profile", truth.Buckets[describe.KindForeign]+"=partner")...)
	m := s.migration()
	m.Latest = true
	s.equals(truth, m)
}

func TestConfigurationSaysHowABucketIsReached(t *testing.T) {
	s := newSite(t, "--throttle=false")
	truth := s.sample(describe.MinSampleFiles, true)
	s.awsProfile("partner", s.ForeignKeys)
	bucket := truth.Buckets[describe.KindForeign]
	s.write("migrate.yaml", "buckets:\n  - bucket: "+bucket+"\n    credentials:\n      kind: profile\n      profile: partner\n")
	o := s.want(exitDone, s.projectArgs(truth, "--action", "stream", "--dry-run")...)
	if !strings.Contains(o.stdout, `read with profile "partner"`) {
		t.Errorf("the plan doesn't say that %s is read with the profile:\n%s", bucket, o.stdout)
	}
	s.write("migrate.yaml", "buckets:\n  - bucket: "+bucket+"\n    credential: {}\n")
	s.says(s.want(exitFailed, s.projectArgs(truth, "--run", "other.migrate", "--dry-run")...), "migrate.yaml:3")
}

func TestSourceIsNarrowed(t *testing.T) {
	s := newSite(t, "--throttle=false")
	truth := s.sample(describe.MinSampleFiles, true)
	var file describe.SampleFile
	for _, file = range truth.Files {
		if strings.HasPrefix(file.Path, "Reports/") {
			break
		}
	}
	s.write("ids.txt", "# one file\n"+strings.ToUpper(file.ID)+"\n")
	s.want(exitDone, s.projectArgs(truth, "--only", "@ids.txt", "--dry-run", "--run", "one.migrate")...)
	if r := s.jsonReport("--run", "one.migrate"); r.Plan.Totals.Items != 1 || r.Items[0].SourceEntityID != file.ID {
		t.Errorf("got %d items, want %s alone", r.Plan.Totals.Items, file.ID)
	}
	location := truth.Locations[describe.KindBelow]
	s.want(exitDone, s.projectArgs(truth, "--storage-locations", joinNumbers([]int64{location}), "--dry-run", "--run", "two.migrate")...)
	kinds := map[string]describe.Kind{}
	for _, f := range truth.Files {
		kinds[f.ID] = f.Kind
	}
	for _, item := range s.jsonReport("--run", "two.migrate").Items {
		if item.Action == planner.ActionRegister != (kinds[item.SourceEntityID] == describe.KindBelow) {
			t.Errorf("%q (%s): got %s", item.Name, kinds[item.SourceEntityID], item.Action)
		}
	}
}

// TestSTSFolderIsReadWithItsOwnCredentials plans with keys that open
// nothing, and runs the plan in another process.
func TestSTSFolderIsReadWithItsOwnCredentials(t *testing.T) {
	s := newSite(t, "--throttle=false")
	objects := study("raw/", 12)
	s.fill(s.Source, objects)
	s.want(exitDone, "bucket", "s3://"+s.Source+"/raw/", "--to", s.External.ID, "--yes", fast, "--no-progress")
	to := s.stsFolder("second", "second/data")
	keyless := s.with(s.OtherKeys)
	args := []string{"project", s.External.ID, "--to", to.ID, "--action", "stream", fast, "--no-progress"}
	o := keyless.want(exitDone, append(args, "--dry-run")...)
	if !strings.Contains(o.stdout, "read with Synapse's temporary credentials for syn") {
		t.Errorf("the plan doesn't say that Synapse's credentials read the source:\n%s", o.stdout)
	}
	s.ResetCounts()
	keyless.want(exitDone, append(args, "--yes")...)
	if n := s.Calls().Of("POST /file/v1/fileHandle/batch"); n != 0 {
		t.Errorf("got %d calls for download URLs, want 0", n)
	}
	s.holds(to.ID, wanted(objects, "raw/"))
}

func TestProjectIsReportedForOtherPrograms(t *testing.T) {
	s := newSite(t, "--throttle=false")
	truth := s.sample(describe.MinSampleFiles, false)
	s.want(exitIncomplete, s.projectArgs(truth, "--accept-access-change", "--yes")...)
	rows, err := csv.NewReader(strings.NewReader(s.want(exitDone, "report", "--format", "csv").stdout)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(rows), 1+len(truth.Files)+len(truth.Others); got != want {
		t.Errorf("got %d rows, want %d: one for each entity below the names", got, want)
	}
	paths := map[string]string{}
	for _, row := range rows[1:] {
		paths[row[1]] = row[5]
	}
	for _, f := range truth.Files {
		if got := strings.TrimPrefix(paths[f.ID], "'"); got != f.Path && f.Kind != describe.KindURL {
			t.Errorf("%s: got path %q, want %q", f.ID, got, f.Path)
		}
	}
	s.want(exitDone, "report", "--format", "html", "--output", "report.html")
	page, err := os.ReadFile(s.path("report.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{truth.ID, "content/external-link", "Where the files are now", "</html>"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	s.noSecret("the page", string(page))
}
