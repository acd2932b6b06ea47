package planner_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"synapse-migrate/planner"
	"synapse-migrate/planner/listing"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

// oddKeys are keys of every kind, below "run/".
func oddKeys() map[string]int64 {
	return map[string]int64{
		"run/":                   0,
		"run/a":                  3,
		"run/a-b":                4,
		"run/a/b":                5,
		"run/a/b/c.txt":          6,
		"run/a/c":                7,
		"run/A/c":                8,
		"run/dir/":               0,
		"run/dir/deep/er/x.bam":  10,
		"run/dir/deep/er/y.bam":  11,
		"run/dir/deep/z.bam":     12,
		"run/../=cmd|'x'":        13,
		"run/é/ü.txt":            14,
		"run//double":            15,
		"run/new\nline":          16,
		"run/owner.txt":          17,
		"run/trailing/":          18,
		"run/zero":               0,
		"run/" + long("k", 700):  19,
		"run/" + long("n", 257):  20,
		"run/z/(x3d)":            21,
		"elsewhere":              99,
		"run2/elsewhere":         99,
		"run/\U0001F600/emoji":   22,
		"run/tab\there":          23,
		"run/ blank/x":           24,
		"run/dots/./x":           25,
		"run/q?x=1&y#z%20":       26,
		"run/a (1)'s+x,y-z_.txt": 27,
	}
}

func long(s string, n int) string { return strings.Repeat(s, n) }

func TestPlanOfOddKeys(t *testing.T) {
	src := newBucket("src", oddKeys())
	file := runFile(t)
	facts := externalFacts()
	b := planFrom(src, "run/", facts, file)
	plan := mustPlan(t, b)

	want := map[string]string{
		"run/":                   "skip objects/directory-marker",
		"run/a":                  "block names/file-and-folder",
		"run/a-b":                "stream",
		"run/a/b":                "block names/file-and-folder",
		"run/a/b/c.txt":          "stream",
		"run/a/c":                "stream",
		"run/A/c":                "stream",
		"run/dir/":               "skip objects/directory-marker",
		"run/dir/deep/er/x.bam":  "stream",
		"run/dir/deep/er/y.bam":  "stream",
		"run/dir/deep/z.bam":     "stream",
		"run/../=cmd|'x'":        "block names/dots",
		"run/é/ü.txt":            "block names/invalid",
		"run//double":            "block names/empty-segment",
		"run/new\nline":          "block names/invalid",
		"run/owner.txt":          "skip place/owner-txt",
		"run/trailing/":          "block names/empty-segment",
		"run/zero":               "stream",
		"run/" + long("k", 700):  "block names/too-long",
		"run/" + long("n", 257):  "block names/too-long",
		"run/z/(x3d)":            "stream",
		"run/\U0001F600/emoji":   "block names/invalid",
		"run/tab\there":          "block names/invalid",
		"run/ blank/x":           "block names/invalid",
		"run/dots/./x":           "block names/dots",
		"run/q?x=1&y#z%20":       "block names/invalid",
		"run/a (1)'s+x,y-z_.txt": "stream",
	}
	equal(t, "outcomes", outcomes(t, file), want)
	equal(t, "one path", paths(t, file)["run/dir/deep/er/y.bam"], "dir/deep/er/y.bam")
	equal(t, "one destination key", items(t, file)["run/dir/deep/er/y.bam"].DestKey, "base/dir/deep/er/y.bam")
	equal(t, "objects headed", len(src.heads), 12)
	equal(t, "clash", find(plan.Findings, rules.NamesFileAndFolder), planner.Finding{
		Rule: rules.NamesFileAndFolder, Severity: planner.SeverityBlock,
		Message: "2 objects have the path of a folder that other objects need",
		Hint:    "copy them to other keys, or migrate them on their own into another folder",
		Count:   2, SizeBytes: 8, Examples: []string{"run/a", "run/a/b"},
	})
	invalid := find(plan.Findings, rules.NamesInvalid)
	equal(t, "invalid names", [3]int64{invalid.Count, invalid.SizeBytes, int64(len(invalid.Examples))},
		[3]int64{6, 16 + 24 + 26 + 23 + 14 + 22, 5})
	if plan.Stopped() || plan.Digest == "" {
		t.Errorf("plan is stopped or has no digest: %+v", plan)
	}
}

func TestPlanReplacesNames(t *testing.T) {
	src := newBucket("src", oddKeys())
	file := runFile(t)
	b := planFrom(src, "run/", externalFacts(), file)
	b.Options.Names = planner.NamesReplace
	plan := mustPlan(t, b)

	equal(t, "examples", find(plan.Findings, rules.NamesReplaced).Examples, []string{
		"run/ blank/x becomes (x20)blank/x",
		"run//double becomes (x)/double",
		"run/new\nline becomes new(x0a)line",
		"run/q?x=1&y#z%20 becomes q(x3f)x(x3d)1(x26)y(x23)z(x25)20",
		"run/tab\there becomes tab(x09)here",
	})
	equal(t, "keys with dots", find(plan.Findings, rules.PlaceDotSegment).Examples,
		[]string{"run/../=cmd|'x'", "run/dots/./x"})
	equal(t, "examples of other rules", find(plan.Findings, rules.PlaceOwnerTxt).Examples,
		[]string{"run/owner.txt"})
	got := paths(t, file)
	for key, want := range map[string]string{
		"run//double":   "(x)/double",
		"run/trailing/": "trailing/(x)",
		"run/z/(x3d)":   "z/(x28)x3d)",
		"run/ blank/x":  "(x20)blank/x",
		"run/a-b":       "a-b",
	} {
		equal(t, "path of "+key, got[key], want)
	}
	all := items(t, file)
	equal(t, "annotations", all["run//double"].Annotations, map[string]string{"originalKey": "run//double"})
	equal(t, "annotations of a kept name", all["run/a-b"].Annotations, map[string]string(nil))
	equal(t, "destination key", all["run//double"].DestKey, "base//double")
	seen := map[string]string{}
	for key, path := range got {
		if other, taken := seen[path]; taken {
			t.Errorf("%q and %q both become %q", key, other, path)
		}
		seen[path] = key
	}
}

func TestPlanSaysWhatAPrefixTakes(t *testing.T) {
	src := newBucket("src", map[string]int64{"run7/a": 1, "run70/b": 2, "run7.txt": 4})
	got := find(mustPlan(t, planFrom(src, "run7", externalFacts(), runFile(t))).Findings, rules.PlaceSplitName)
	equal(t, "keys", got.Examples, []string{"run7.txt", "run70/b"})
	equal(t, "bytes", got.SizeBytes, int64(6))
}

func TestOriginalKeyFits(t *testing.T) {
	src := newBucket("src", map[string]int64{
		"é" + long("/abcdefgh", 55) + "/abc": 1,
		"é" + long("/abcdefgh", 56):          1,
	})
	for key := range src.details {
		src.details[key] = *src.put(key, 1)
	}
	file := runFile(t)
	facts := externalFacts()
	facts.Destination.Depth = -20
	b := planFrom(src, "", facts, file)
	b.Options.Names = planner.NamesReplace
	mustPlan(t, b)
	all := items(t, file)
	equal(t, "500 characters", len(all["é"+long("/abcdefgh", 55)+"/abc"].Annotations), 1)
	equal(t, "505 characters", len(all["é"+long("/abcdefgh", 56)].Annotations), 0)
}

// TestResume interrupts the listing after every page in turn, goes on, and
// compares with planning that was not interrupted.
func TestResume(t *testing.T) {
	keys := oddKeys()
	whole := runFile(t)
	want := mustPlan(t, resumePlan(newBucket("src", keys), whole))
	wantItems := items(t, whole)
	for pages := 1; pages <= len(keys)/3; pages++ {
		file := runFile(t)
		src := newBucket("src", keys)
		src.failAfter = pages
		if _, err := resumePlan(src, file).Plan(t.Context()); !errors.Is(err, errListing) {
			t.Fatalf("after %d pages: got %v, want %v", pages, err, errListing)
		}
		equal(t, "items before the break", len(items(t, file)), 3*pages)
		src.failAfter = 0
		got := mustPlan(t, resumePlan(src, file))
		equal(t, "items", items(t, file), wantItems)
		if got.Digest != want.Digest {
			t.Fatalf("after %d pages: plan differs: %s", pages,
				cmp.Diff(want, got, cmpopts.IgnoreFields(planner.Plan{}, "SealedOn")))
		}
	}
}

// resumePlan uses what is remembered between batches: folders, findings, the
// copy probe, the destination's listing.
func resumePlan(src *bucket, file planStore) *listing.Planner {
	b := planFrom(src, "run/", externalFacts(), nil)
	b.Store, b.Reviewer = file, file
	b.CopyProbe = src
	b.Destination = newBucket("dest", map[string]int64{
		"base/a-b": 4, "base/dir/deep/z.bam": 1, "base/zero": 0, "base2/x": 1,
	})
	return b
}

// planStore is a run file, or one that breaks.
type planStore interface {
	planner.Store
	planner.Reviewer
}

func TestTotalsAndCost(t *testing.T) {
	src := newBucket("src", map[string]int64{"run/a/x": 10, "run/a/y": 20, "run/b/z": 40, "run/c/": 0})
	src.put("run/big", 6<<30)
	src.change("run/big", func(d *planner.Detail) { d.PartsCount = 700 })
	file := runFile(t)
	b := planFrom(src, "run/", externalFacts(), file)
	b.CopyProbe = src
	plan := mustPlan(t, b)
	equal(t, "totals", plan.Totals, planner.Totals{
		Items: 5, SizeBytes: 70 + 6<<30, Folders: 2,
		Actions: []planner.ActionTotal{
			{Action: planner.ActionCopy, Items: 4, SizeBytes: 70 + 6<<30},
			{Action: planner.ActionSkip, Items: 1},
		},
		MD5:       map[planner.MD5Source]int64{planner.MD5ETag: 3, planner.MD5Read: 1},
		HashBytes: 6 << 30, MachineBytes: 6 << 30,
	})
	// 4 items at 2, 2 folders, 7 for the destination; in S3, 1 a copy, 48
	// parts to hash, and for the large copy a look at its key before and
	// after, 1 to begin and 48 parts.
	equal(t, "Synapse calls", plan.Cost.SynapseCalls, int64(4*2+2+8))
	equal(t, "S3 calls", plan.Cost.S3Calls, int64(4+48+1+1+1+48))
	equal(t, "time", plan.Cost.BudgetTime.Milliseconds(), int64(1800))
	equal(t, "probe", find(plan.Findings, rules.PlaceCopyable).Severity, planner.SeverityInfo)
}

func TestGovernanceCounts(t *testing.T) {
	src := newBucket("src", map[string]int64{"a": 10, "b": 20, "c=": 40})
	facts := externalFacts()
	facts.Sharing = []synapse.ResourceAccess{{
		PrincipalID: synapse.PrincipalPublic, AccessType: []synapse.AccessType{synapse.AccessRead},
	}}
	plan := mustPlan(t, planFrom(src, "", facts, runFile(t)))
	got := find(plan.Findings, rules.GovernancePublic)
	equal(t, "count and bytes", [2]int64{got.Count, got.SizeBytes}, [2]int64{2, 30})
	equal(t, "what is compared when a run begins", plan.Protection, &planner.Protection{Sharing: facts.Sharing})
}

func TestUploadCost(t *testing.T) {
	src := newBucket("src", map[string]int64{"one": 5, "eleven": 11 << 20})
	src.change("eleven", func(d *planner.Detail) { d.PartsCount = 2 })
	b := planFrom(src, "", managedFacts(), runFile(t))
	b.Options.UploadPartSizeBytes = 1 << 20
	plan := mustPlan(t, b)
	// One part: start, URLs, part, complete, entity. Eleven: as many calls
	// but for the parts.
	equal(t, "Synapse calls", plan.Cost.SynapseCalls, int64(5+(1+1+11+1+1)+8))
}

func TestListingOutOfOrder(t *testing.T) {
	src := newBucket("src", map[string]int64{"a": 1, "b": 1, "c": 1})
	src.keys = []string{"a", "c", "b"}
	_, err := planFrom(src, "", externalFacts(), runFile(t)).Plan(t.Context())
	if !errors.Is(err, listing.ErrOrder) {
		t.Errorf("got %v, want %v", err, listing.ErrOrder)
	}
}

func TestHeadAnswers(t *testing.T) {
	src := newBucket("src", map[string]int64{"gone": 1, "denied": 1, "locked": 1, "fine": 1})
	src.headErr["gone"] = planner.ErrNotFound
	src.headErr["denied"] = planner.ErrDenied
	src.headErr["locked"] = statusError(400)
	file := runFile(t)
	b := planFrom(src, "", managedFacts(), file)
	mustPlan(t, b)
	equal(t, "outcomes", outcomes(t, file), map[string]string{
		"gone": "block objects/gone", "denied": "block objects/unreadable",
		"locked": "block objects/customer-key", "fine": "upload",
	})
	for name, broken := range map[string]error{
		"no answer": statusError(500), "credentials": errors.Join(planner.ErrCredentials, statusError(400)),
	} {
		src.headErr["gone"] = broken
		if _, err := planFrom(src, "", managedFacts(), runFile(t)).Plan(t.Context()); !errors.Is(err, broken) {
			t.Errorf("%s: got %v, want %v", name, err, broken)
		}
	}
}

// statusError is an answer with that HTTP status.
type statusError int

func (e statusError) Error() string       { return "answered" }
func (e statusError) HTTPStatusCode() int { return int(e) }

func TestChangedWhileListed(t *testing.T) {
	src := newBucket("src", map[string]int64{"x": 5})
	listed := src.details["x"]
	src.change("x", func(d *planner.Detail) { d.SizeBytes, d.ETag = 6, sum })
	file := runFile(t)
	b := planFrom(src, "", managedFacts(), file)
	b.Source = newBucketOf(listed)
	mustPlan(t, b)
	got := items(t, file)["x"]
	equal(t, "size", got.Source.SizeBytes, int64(6))
	equal(t, "ETag", got.Source.ETag, sum)
	equal(t, "MD5", got.MD5, sum)
}

// newBucketOf lists one object.
func newBucketOf(d planner.Detail) *bucket {
	b := newBucket(d.Bucket, nil)
	b.put(d.Key, d.SizeBytes)
	b.details[d.Key] = d
	return b
}

func TestCopyProbe(t *testing.T) {
	tests := []struct {
		name     string
		probe    planner.Examiner
		endpoint string
		want     string
		finding  planner.RuleID
	}{
		{"allowed", newBucket("src", map[string]int64{"a": 1}), "", "copy", rules.PlaceCopyable},
		{"denied", denied{}, "", "stream", rules.PlaceNoCopy},
		{"nobody to ask", nil, "", "stream", rules.PlaceNoCopy},
		{"another service", newBucket("src", map[string]int64{"a": 1}), "https://s3.example.org", "stream", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := runFile(t)
			b := planFrom(newBucket("src", map[string]int64{"a": 1, "b": 1}), "", externalFacts(), file)
			b.CopyProbe, b.Header.Source.Endpoint = tt.probe, tt.endpoint
			plan := mustPlan(t, b)
			equal(t, "outcomes", outcomes(t, file), map[string]string{"a": tt.want, "b": tt.want})
			for _, id := range []planner.RuleID{rules.PlaceCopyable, rules.PlaceNoCopy} {
				if found := find(plan.Findings, id).Rule == id; found != (id == tt.finding) {
					t.Errorf("finding %s: got %v, want %v", id, found, id == tt.finding)
				}
			}
		})
	}
}

func TestDestinationKeysTaken(t *testing.T) {
	for policy, want := range map[planner.ExistsPolicy]string{
		"":                    "block objects/object-differs",
		planner.ExistsSkip:    "skip objects/object-kept",
		planner.ExistsReplace: "stream",
	} {
		t.Run(string(policy), func(t *testing.T) {
			src := newBucket("src", map[string]int64{
				"run/a": 1, "run/b": 5, "run/m/x": 2, "run/same": 3, "run/z": 4,
			})
			dest := newBucket("dest", map[string]int64{
				"base/a": 9, "base/b": 5, "base/m/w": 1, "base/m/y": 1, "base/zz": 1, "base": 1, "base-z": 1,
			})
			same := src.details["run/same"]
			same.Bucket, same.Key = "dest", "base/same"
			dest.change("base/b", func(d *planner.Detail) { d.ETag = sum })
			src.change("run/b", func(d *planner.Detail) { d.ETag = long("0", 32) })
			dest.put("base/same", 3)
			dest.details["base/same"] = same
			file := runFile(t)
			b := planFrom(src, "run/", externalFacts(), file)
			b.Destination, b.DestinationHead, b.Options.IfExists = dest, dest, policy
			mustPlan(t, b)
			equal(t, "outcomes", outcomes(t, file), map[string]string{
				"run/a": want, "run/b": want, "run/m/x": "stream", "run/same": "stream", "run/z": "stream",
			})
			got := items(t, file)
			equal(t, "overwriting", got["run/a"].ReplaceObject, policy == planner.ExistsReplace)
			equal(t, "not overwriting", got["run/z"].ReplaceObject, false)
		})
	}
}
