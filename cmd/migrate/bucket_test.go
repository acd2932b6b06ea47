package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"synapse-migrate/migrate/sandbox/describe"
)

// fast lifts the call budget where the sandbox's throttle is off.
const fast = "--synapse-rate=1000000"

// study are n objects in folders of their own below a prefix.
func study(prefix string, n int) map[string]string {
	objects := map[string]string{}
	for i := range n {
		key := fmt.Sprintf("%sday %d/sample-%03d/reads (%d).txt", prefix, i%4, i%17, i)
		objects[key] = strings.Repeat(fmt.Sprintf("content %d of %s\n", i, prefix), 1+i%5)
	}
	return objects
}

func TestRegisterInPlaceReadsNothingAndCallsTwice(t *testing.T) {
	s := newSite(t).watched() // throttles on
	objects := study(s.External.BaseKey+"/in place/", 250)
	s.fill(s.Destination, objects)
	s.ResetCounts()

	s.want(exitDone, "bucket", "s3://"+s.Destination+"/"+s.External.BaseKey+"/", "--to", s.External.ID, "--yes")

	calls := s.Calls()
	tree := s.holds(s.External.ID, wanted(objects, s.External.BaseKey+"/"))
	register, create := "POST /file/v1/externalFileHandle/s3", "POST /repo/v1/entity"
	if got := calls.Of(register); got != int64(len(objects)) {
		t.Errorf("%s: got %d calls, want 1 for each of %d objects", register, got, len(objects))
	}
	if got, want := calls.Of(create), int64(len(objects)+len(tree.Folders)); got != want {
		t.Errorf("%s: got %d calls, want %d: 1 an object and 1 a folder", create, got, want)
	}
	const most = 12 // one of them looks at the folder's sharing again
	if constant := calls.Total() - calls.Of(register) - calls.Of(create); constant > most {
		t.Errorf("got %d other Synapse calls, want at most %d: %v", constant, most, calls.ByStatus)
	}
	if calls.Throttled != 0 {
		t.Errorf("Synapse refused %d calls for their rate, want 0", calls.Throttled)
	}
}

func TestRegisterInPlaceMovesNoObjectData(t *testing.T) {
	s := newSite(t, "--throttle=false")
	objects := study(s.External.BaseKey+"/x/", 50)
	s.fill(s.Destination, objects)
	s.ResetCounts()
	s.want(exitDone, "bucket", "s3://"+s.Destination+"/"+s.External.BaseKey+"/x/", "--to", s.External.ID, "--yes", fast)
	for name, count := range s.S3Counts().Principals {
		if n := count.Requests["get"] + count.Requests["put"] + count.Requests["copy"]; n != 0 {
			t.Errorf("%s sent %d get, put and copy requests, want 0", name, n)
		}
		if count.BytesIn != 0 {
			t.Errorf("%s sent %d bytes of object data, want 0", name, count.BytesIn)
		}
	}
	s.holds(s.External.ID, wanted(objects, s.External.BaseKey+"/x/"))
}

func TestServerSideCopyMovesNoBytesThroughTheProcess(t *testing.T) {
	s := newSite(t, "--throttle=false").watched()
	objects := study("raw/", 60)
	s.fill(s.Source, objects)
	s.ResetCounts()
	s.want(exitDone, "bucket", "s3://"+s.Source+"/raw/", "--to", s.External.ID,
		"--dest-credentials", "source", "--yes", fast)
	counts := s.S3Counts()
	owner := counts.Sum("owner")
	if owner.Requests["copy"] != int64(len(objects)) {
		t.Errorf("got %d copy requests, want %d", owner.Requests["copy"], len(objects))
	}
	if owner.Requests["get"]+owner.Requests["put"]+owner.BytesIn != 0 {
		t.Errorf("object data went through the process: %+v", owner)
	}
	tree := s.holds(s.External.ID, wanted(objects, "raw/"))
	for path, file := range tree.Files {
		if want := s.External.BaseKey + "/" + path; file.Key != want {
			t.Errorf("%q lies at %q, want %q", path, file.Key, want)
		}
	}
}

func TestStreamWithTokensOfThreeSeconds(t *testing.T) {
	t.Parallel() // it waits
	s := newSite(t, "--token-life", "3s").watched()
	s.SetThrottle(false)
	objects := study("archive/", 400)
	objects["archive/large.bin"] = strings.Repeat("0123456789abcdef", 2<<20) // 32 MiB, in parts
	objects["archive/empty"] = ""
	s.fill(s.Foreign, objects)
	// Three calls at once, 60 ms each: the run takes at least 8 s, however
	// fast the machine is, and objects are moved until near its end.
	s.InjectFault(describe.Fault{Method: "POST", PathPattern: "/repo/v1/entity", Count: -1, Delay: 60 * time.Millisecond})
	s.ResetCounts()
	s.with(s.ForeignKeys).want(exitDone, "bucket", "s3://"+s.Foreign+"/archive/", "--to", s.External.ID,
		"--yes", fast, "--part-size=5MiB")
	asked := s.Calls().Of("GET /repo/v1/entity/{id}/sts")
	if asked < 3 {
		t.Errorf("Synapse was asked for credentials %d times, want at least 3 in a run longer than their life", asked)
	}
	s.ClearFaults()
	s.holds(s.External.ID, wanted(objects, "archive/"))
}

func TestManagedDestinationUploadsThroughSynapse(t *testing.T) {
	s := newSite(t, "--throttle=false").watched()
	objects := study("in/", 20)
	objects["in/large.bin"] = strings.Repeat("0123456789abcdef", 1<<20) // 16 MiB
	s.fill(s.Foreign, objects)
	s.fill(s.Foreign, map[string]string{"in/empty": ""})
	o := s.with(s.ForeignKeys).want(exitIncomplete, "bucket", "s3://"+s.Foreign+"/in/", "--to", s.Managed.ID,
		"--yes", fast, "--part-size=5MiB")
	for _, want := range []string{"upload", "limits/", "\"in/empty\""} {
		if !strings.Contains(o.stdout, want) {
			t.Errorf("the plan doesn't name %s:\n%s", want, o.stdout)
		}
	}
	s.holds(s.Managed.ID, wanted(objects, "in/"))
	if n := s.Calls().Of("PUT /file/v1/file/multipart/{id}/complete"); n != int64(len(objects)) {
		t.Errorf("got %d completed uploads, want %d", n, len(objects))
	}
}

func TestLocationOfAColleagueIsReachedByUpload(t *testing.T) {
	s := newSite(t, "--throttle=false")
	objects := study("in/", 10)
	s.fill(s.Foreign, objects)
	o := s.with(s.ForeignKeys).want(exitDone, "bucket", "s3://"+s.Foreign+"/in/", "--to", s.ColleagueFolder.ID, "--yes", fast)
	if !strings.Contains(o.stdout, "upload") {
		t.Errorf("the plan doesn't upload:\n%s", o.stdout)
	}
	s.holds(s.ColleagueFolder.ID, wanted(objects, "in/"))
}

func TestDryRunChangesNothing(t *testing.T) {
	s := newSite(t, "--throttle=false")
	objects := study("raw/", 30)
	s.fill(s.Source, objects)
	s.fill(s.Destination, study(s.External.BaseKey+"/there/", 5))
	before, synapse := s.objects(), s.Snapshot()
	s.want(exitDone, "bucket", "s3://"+s.Source+"/raw/", "--to", s.External.ID, "--dry-run")
	if after := s.objects(); !maps.Equal(before, after) {
		t.Errorf("S3 changed: got %v, want %v", after, before)
	}
	if s.Snapshot() != synapse {
		t.Error("Synapse changed")
	}

	var report struct {
		Format int
		Items  []struct{ Key, Action, State string }
	}
	o := s.want(exitDone, "report", "--format", "json")
	if err := json.Unmarshal([]byte(o.stdout), &report); err != nil {
		t.Fatalf("reading the report: %v", err)
	}
	if len(report.Items) != len(objects) {
		t.Errorf("the report has %d items, want %d", len(report.Items), len(objects))
	}
	for _, item := range report.Items {
		if _, there := objects[item.Key]; !there || item.Action != "stream" || item.State != "planned" {
			t.Errorf("got item %+v, want a planned stream of one of the objects", item)
		}
	}

	s.ResetCounts()
	s.want(exitDone, "bucket", "s3://"+s.Source+"/raw/", "--to", s.External.ID, "--yes", fast)
	if n := s.S3Counts().Sum("owner").Requests["list"]; n != 0 {
		t.Errorf("the run listed the source again: %d requests", n)
	}
}

// objects are the sizes of everything in all buckets.
func (s *site) objects() map[string]int64 {
	all := map[string]int64{}
	for _, bucket := range []string{s.Source, s.Destination, s.Foreign, s.SynapseBucket} {
		for key, size := range s.Objects(s.t, bucket, "") {
			all[bucket+"/"+key] = size
		}
	}
	return all
}

func TestOtherArgumentsAreRefused(t *testing.T) {
	s := newSite(t, "--throttle=false")
	s.fill(s.Source, study("raw/", 3))
	source := "s3://" + s.Source + "/raw/"
	s.want(exitDone, "bucket", source, "--to", s.External.ID, "--dry-run")
	o := s.want(exitFailed, "bucket", source, "--to", s.External.ID, "--names", "replace", "--dry-run")
	if want := `--names "fail", not "replace"`; !strings.Contains(o.stderr, want) {
		t.Errorf("got %q, want it to name the difference: %s", o.stderr, want)
	}
}

func TestWithoutATerminalTheRunNeedsYes(t *testing.T) {
	s := newSite(t, "--throttle=false")
	s.fill(s.Source, study("raw/", 3))
	before := s.Snapshot()
	o := s.want(exitUsage, "bucket", "s3://"+s.Source+"/raw/", "--to", s.External.ID)
	if !strings.Contains(o.stderr, "--yes") {
		t.Errorf("got %q, want it to name --yes", o.stderr)
	}
	if s.Snapshot() != before {
		t.Error("Synapse changed")
	}
}

func TestStrangerAndMistypedBucketLeaveNothingBehind(t *testing.T) {
	s := newSite(t, "--throttle=false")
	s.fill(s.Source, study("raw/", 3))
	s.as(s.Stranger).want(exitFailed, "bucket", "s3://"+s.Source+"/raw/", "--to", s.External.ID, "--yes")
	s.want(exitFailed, "bucket", "s3://no-such-bucket/raw/", "--to", s.External.ID, "--yes")
	if _, err := os.Stat(s.path(runFileFor(s.External.ID))); !os.IsNotExist(err) {
		t.Errorf("a run file was left behind: %v", err)
	}
	s.want(exitDone, "bucket", "s3://"+s.Source+"/raw/", "--to", s.External.ID, "--yes", fast)
}
