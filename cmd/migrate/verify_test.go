package main

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"synapse-migrate/migrate/sandbox/describe"
	"synapse-migrate/migrate/verify"
)

// evidenceEnd is the last line of the evidence.
type evidenceEnd struct {
	verify.Summary
	SHA256 string
}

// verified is the evidence of a verification, as other programs read it.
type verified struct {
	outcome
	sampled bool
	rows    []verify.Row
	summary evidenceEnd
}

// verify runs migrate verify and reads its evidence.
func (s *site) verify(code int, args ...string) verified {
	s.t.Helper()
	v := verified{
		outcome: s.want(code, append([]string{"verify", "--format", "json", fast}, args...)...), sampled: s.sampled,
	}
	lines := strings.SplitAfter(strings.TrimSuffix(v.stdout, "\n"), "\n")
	if len(lines) < 2 {
		s.t.Fatalf("evidence of %d lines:\n%s", len(lines), v.stdout)
	}
	for _, line := range lines[1 : len(lines)-1] {
		var row verify.Row
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			s.t.Fatalf("reading %q: %v", line, err)
		}
		v.rows = append(v.rows, row)
	}
	var end struct{ Summary evidenceEnd }
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &end); err != nil {
		s.t.Fatal(err)
	}
	v.summary = end.Summary
	sum := sha256.Sum256([]byte(strings.Join(lines[:len(lines)-1], "")))
	if got := hex.EncodeToString(sum[:]); got != v.summary.SHA256 {
		s.t.Errorf("the lines' SHA-256 is %s, the evidence says %s", got, v.summary.SHA256)
	}
	return v
}

// ofSample reports whether a row is of an object that the sample's project has
// below the destination's base key, of a version that was deleted or that the
// plan doesn't take: no file in the destination refers to it.
func (v verified) ofSample(r verify.Row) bool {
	return v.sampled && r.Verdict == verify.VerdictUnregistered &&
		(strings.HasPrefix(r.Path, "incoming/") || strings.HasPrefix(r.Path, "staged/"))
}

// wrong are the rows that are not as planned: verdict, path and the fields
// that differ.
func (v verified) wrong() []string {
	var all []string
	for _, r := range v.rows {
		if r.Verdict == verify.VerdictMatch || r.Verdict == verify.VerdictLeftOut || v.ofSample(r) {
			continue
		}
		line := string(r.Verdict) + " " + r.Path
		for _, d := range r.Differences {
			line += ", " + d.Field
		}
		all = append(all, line)
	}
	slices.Sort(all)
	return all
}

// finds fails the test unless a verification finds exactly that.
func (s *site) finds(want []string, args ...string) verified {
	s.t.Helper()
	code := exitDone
	if len(want) > 0 {
		code = exitIncomplete
	}
	if s.sampled {
		args = append(args, "--allow-extra")
	}
	v := s.verify(code, args...)
	slices.Sort(want)
	if got := v.wrong(); !slices.Equal(got, want) {
		s.t.Fatalf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
	return v
}

// overwrite gives an object other bytes.
func (s *site) overwrite(bucket, key, content string) {
	s.t.Helper()
	s.Put(s.t, bucket, key, content)
}

// remove deletes an object with the root keys.
func (s *site) remove(bucket, key string) {
	s.t.Helper()
	if _, err := s.S3(s.Root).DeleteObject(s.t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key}); err != nil {
		s.t.Fatal(err)
	}
}

// change gets an entity, changes it and puts it back.
func (s *site) change(id string, change func(map[string]any)) {
	s.t.Helper()
	path := "/repo/v1/entity/" + id
	entity := map[string]any{}
	s.Synapse(s.t, s.Owner, http.MethodGet, path, nil, &entity)
	change(entity)
	if status := s.Synapse(s.t, s.Owner, http.MethodPut, path, entity, nil); status != http.StatusOK {
		s.t.Fatalf("changing %s: status %d", id, status)
	}
}

// ids are the entities of a folder by path.
func (s *site) ids(folder string) map[string]string {
	s.t.Helper()
	ids := map[string]string{}
	tree := s.walk(folder)
	for path, file := range tree.Files {
		ids[path] = file.EntityID
	}
	return ids
}

func TestVerifyFindsNothingOnACleanDestination(t *testing.T) {
	s := newSite(t, "--throttle=false")
	objects := study("raw/", 120)
	objects["raw/empty"] = ""
	s.fill(s.Source, objects)
	s.want(exitDone, "bucket", "s3://"+s.Source+"/raw/", "--to", s.External.ID, "--yes", fast)
	before := s.Snapshot()
	s.ResetCounts()
	v := s.finds(nil)
	calls := s.Calls()
	if got, want := calls.Of("POST /repo/v1/entity/{id}/bundle2"), int64(len(objects)); got != want {
		t.Errorf("got %d bundles, want %d: one for each file", got, want)
	}
	folders := len(s.walk(s.External.ID).Folders)
	const most = 4 // who am I, and credentials
	if rest := calls.Total() - int64(len(objects)) - int64(folders+1); rest > most {
		t.Errorf("got %d calls besides bundles and one page a folder, want at most %d: %v", rest, most, calls.ByStatus)
	}
	if got := v.summary.Proofs[verify.ProofS3] + v.summary.Proofs[verify.ProofETag]; got != int64(len(objects)) {
		t.Errorf("%d files are proven, want %d: %v", got, len(objects), v.summary.Proofs)
	}
	all := s.finds(nil, "--read", "all")
	if all.summary.ReadObjects != int64(len(objects)) || all.summary.Proofs[verify.ProofRead] != int64(len(objects)) {
		t.Errorf("%d objects were read, want %d", all.summary.ReadObjects, len(objects))
	}
	if s.Snapshot() != before {
		t.Error("verifying changed Synapse")
	}
	one, two := s.finds(nil, "--read", "sample=10", "--seed", "7"), s.finds(nil, "--read", "sample=10", "--seed", "7")
	if one.summary.ReadObjects != 10 || one.summary.SHA256 != two.summary.SHA256 {
		t.Errorf("a sample of 10 read %d, and twice with one seed gave %s and %s",
			one.summary.ReadObjects, one.summary.SHA256, two.summary.SHA256)
	}
}

func TestVerifyFindsEveryCorruptionOfABucket(t *testing.T) {
	s := newSite(t, "--throttle=false").watched()
	objects := map[string]string{}
	for _, name := range []string{
		"deleted object", "extra", "missing", "overwritten", "renamed", "same size", "trashed folder/a", "moved", "fine",
		"in folder/other folder/fine",
	} {
		objects["raw/"+name+".txt"] = "content of " + name
	}
	objects["raw/a table?"] = "blocked: no valid name"
	s.fill(s.Source, objects)
	s.want(exitIncomplete, "bucket", "s3://"+s.Source+"/raw/", "--to", s.External.ID, "--yes", fast)
	s.finds(nil)
	ids, base := s.ids(s.External.ID), s.External.BaseKey+"/"

	s.Synapse(t, s.Owner, http.MethodDelete, "/repo/v1/entity/"+ids["missing.txt"], nil, nil)
	s.overwrite(s.Destination, base+"overwritten.txt", "something longer than before, after registration")
	s.overwrite(s.Destination, base+"same size.txt", strings.ToUpper("content of same size"))
	s.remove(s.Destination, base+"deleted object.txt")
	s.change(ids["renamed.txt"], func(e map[string]any) { e["name"] = "other name.txt" })
	s.change(ids["moved.txt"], func(e map[string]any) {
		parent := map[string]any{}
		s.Synapse(t, s.Owner, http.MethodGet, "/repo/v1/entity/"+ids["in folder/other folder/fine.txt"], nil, &parent)
		e["parentId"] = parent["parentId"]
	})
	s.create("/repo/v1/entity", map[string]any{
		"concreteType": "org.sagebionetworks.repo.model.Folder", "name": "somebody's", "parentId": s.External.ID,
	}, nil)
	s.overwrite(s.Destination, base+"planted/object.txt", "no file refers to it")
	s.overwrite(s.Destination, s.External.BaseKey+"-beside.txt", "not below the base key")
	want := []string{
		"unregistered planted/object.txt",
		"missing missing.txt, entity",
		"differs overwritten.txt, object's size, object's MD5",
		"differs same size.txt, object's MD5",
		"missing deleted object.txt, object",
		"missing renamed.txt, entity", "extra other name.txt",
		"missing moved.txt, entity", "extra in folder/other folder/moved.txt",
		"extra somebody's",
	}
	v := s.finds(want)
	if n := v.summary.Verdicts[verify.VerdictLeftOut]; n != 1 {
		t.Errorf("%d items are named as left out, want 1", n)
	}
	s.finds(want, "--read", "all")

	s.want(exitIncomplete, "verify", "--format", "csv", "--output", "evidence.csv", fast)
	text, err := os.ReadFile(s.path("evidence.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil || len(rows) != 1+len(v.rows) {
		t.Errorf("%d rows in the CSV (%v), want %d", len(rows), err, 1+len(v.rows))
	}
	sum := sha256.Sum256(text)
	o := s.want(exitIncomplete, "verify", "--format", "csv", "--output", "evidence.csv", fast)
	if !strings.Contains(o.stdout, hex.EncodeToString(sum[:])) {
		t.Errorf("the SHA-256 of the CSV is not printed:\n%s", o.stdout)
	}
}

func TestVerifyOfAProjectFindsEveryCorruption(t *testing.T) {
	s := newSite(t, "--throttle=false")
	truth := s.sample(120, true)
	s.want(exitDone, s.projectArgs(truth, "--accept-access-change", "--versions", "all", "--yes")...)
	v := s.finds(nil, "--read", "all")
	if v.summary.Verdicts[verify.VerdictMatch] == 0 {
		t.Fatal("nothing was compared")
	}
	annotated := 0
	paths := map[string]string{}
	for _, r := range v.rows {
		if r.Kind == verify.KindFile && r.EntityID != "" {
			paths[r.Path] = r.EntityID
		}
	}
	var want []string
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		document := struct {
			ID, Etag    string
			Annotations map[string]map[string]any
		}{}
		at := "/repo/v1/entity/" + paths[path] + "/annotations2"
		s.Synapse(t, s.Owner, http.MethodGet, at, nil, &document)
		if len(document.Annotations) == 0 {
			continue
		}
		name := slices.Sorted(maps.Keys(document.Annotations))[0]
		switch annotated++; annotated {
		case 1: // another type, the same text
			document.Annotations[name] = map[string]any{"type": "STRING", "value": []string{"1"}}
		case 2: // one more
			document.Annotations["added"] = map[string]any{"type": "STRING", "value": []string{"x"}}
		case 3: // one less
			delete(document.Annotations, name)
		default:
			continue
		}
		if status := s.Synapse(t, s.Owner, http.MethodPut, at, map[string]any{
			"id": document.ID, "etag": document.Etag, "annotations": document.Annotations,
		}, nil); status != http.StatusOK {
			t.Fatalf("annotating %s: status %d", path, status)
		}
		want = append(want, "differs "+path+", annotations")
	}
	if annotated < 3 {
		t.Fatalf("the sample has %d files with annotations", annotated)
	}
	s.finds(want)
}

func TestVerifyOfAMovedProject(t *testing.T) {
	s := newSite(t, "--throttle=false")
	truth := s.sample(120, true)
	s.want(exitIncomplete, s.projectArgs(truth,
		"--mode", "move", "--versions", "all", "--accept-access-change", "--yes")...)
	v := s.finds(nil)
	var versions int
	for _, f := range truth.Files {
		versions += len(f.Versions)
	}
	if got := v.summary.Verdicts[verify.VerdictMatch] + v.summary.Verdicts[verify.VerdictLeftOut]; got < int64(versions) {
		t.Errorf("%d verdicts, want one for each of %d versions", got, versions)
	}
}

// TestVerifyOfEverythingThatAProjectMayHold holds an honest plan, with all
// that it leaves out, against a destination that another run file filled.
func TestVerifyOfEverythingThatAProjectMayHold(t *testing.T) {
	s := newSite(t, "--throttle=false")
	truth := s.sample(300, false)
	s.want(exitDone, s.projectArgs(truth, "--accept-access-change", "--dry-run", "--run", "plan-alone.migrate")...)
	s.want(exitIncomplete, s.projectArgs(truth, "--accept-access-change", "--yes")...)
	v := s.finds(nil, "--run", "plan-alone.migrate", "--read", "sample=20", "--seed", "3")
	if v.summary.Verdicts[verify.VerdictLeftOut] == 0 || v.summary.ReadObjects != 20 {
		t.Errorf("got %+v, want files that are left out, and 20 that were read", v.summary)
	}
	// Planned once more, all is there already: left out, and nothing extra.
	s.run(s.projectArgs(truth, "--accept-access-change", "--dry-run", "--run", "again.migrate")...)
	s.finds(nil, "--run", "again.migrate", "--read", "all")
}

func TestVerifyOfAManagedDestinationAndAnUnfinishedRun(t *testing.T) {
	s := newSite(t, "--throttle=false")
	s.fill(s.Source, map[string]string{"raw/a.txt": "content", "raw/b/c.txt": "more"})
	s.want(exitDone, "bucket", "s3://"+s.Source+"/raw/", "--to", s.Managed.ID, "--dry-run")
	s.finds([]string{"missing a.txt, entity", "missing b/c.txt, entity"})
	s.want(exitDone, "bucket", "s3://"+s.Source+"/raw/", "--to", s.Managed.ID, "--yes", fast)
	s.finds(nil, "--read", "all")
	o := s.want(exitDone, "verify", fast)
	for _, want := range []string{"as planned", "SHA-256 of the evidence"} {
		if !strings.Contains(o.stdout, want) {
			t.Errorf("the text lacks %q:\n%s", want, o.stdout)
		}
	}
	s.want(exitUsage, "verify", "--read", "some")
	s.want(exitUsage, "verify", "--format", "xml")
}

func TestVerifyInterruptedLeavesNoEvidence(t *testing.T) {
	s := newSite(t, "--throttle=false")
	s.fill(s.Source, study("raw/", 200))
	s.want(exitDone, "bucket", "s3://"+s.Source+"/raw/", "--to", s.External.ID, "--yes", fast)
	s.InjectFault(describe.Fault{Method: http.MethodPost, PathPattern: "/repo/v1/entity/{id}/bundle2", Count: -1,
		Delay: 20 * time.Millisecond})
	s.ResetCounts()
	const some = 30
	o := s.signalled(some, []syscall.Signal{syscall.SIGINT},
		"verify", "--format", "csv", "--output", "evidence.csv", fast)
	if o.code != exitInterrupted || !strings.Contains(o.stderr, "interrupted") {
		t.Errorf("exit %d, want %d\n%s", o.code, exitInterrupted, o.stderr)
	}
	files, err := os.ReadDir(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.Contains(f.Name(), "evidence") || strings.HasPrefix(f.Name(), ".report") {
			t.Errorf("%s was left behind", f.Name())
		}
	}
}

// TestUnknownIsNotCalledWrong: what could not be found out may be as planned.
func TestUnknownIsNotCalledWrong(t *testing.T) {
	type tallies = map[verify.Verdict]int64
	for _, tt := range []struct {
		verdicts   tallies
		allowExtra bool
		says, hint string
	}{
		{tallies{verify.VerdictMatch: 3, verify.VerdictUnknown: 1}, false, "1 entry could not be", "--read all"},
		{tallies{verify.VerdictUnknown: 2, verify.VerdictExtra: 1}, true, "2 entries could not be", "--read all"},
		{tallies{verify.VerdictUnknown: 2, verify.VerdictExtra: 1}, false, "not as planned", "migrate status"},
		{tallies{verify.VerdictUnknown: 1, verify.VerdictMissing: 1}, true, "not as planned", "migrate status"},
	} {
		e := (&verifyCommand{allowExtra: tt.allowExtra}).wrong(verify.Summary{Verdicts: tt.verdicts})
		if e.code != exitIncomplete || !strings.Contains(e.err.Error(), tt.says) || !strings.Contains(e.hint, tt.hint) {
			t.Errorf("%v: got %v (%s), want %q (%q)", tt.verdicts, e.err, e.hint, tt.says, tt.hint)
		}
	}
}
