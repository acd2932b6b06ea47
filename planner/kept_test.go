package planner_test

import (
	"fmt"
	"strings"
	"testing"

	"synapse-migrate/planner"
	"synapse-migrate/planner/project"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// at is a file handle in the destination's bucket, of nine bytes of the MD5
// that the object at base/a has, unless edited.
func (s *study) at(key string, edit func(*synapse.FileHandle)) string {
	size := int64(9)
	h := synapse.FileHandle{
		StorageLocationID: &s.location, BucketName: "dest", Key: key,
		ContentSize: &size, ContentMD5: sumOf("base/a"),
	}
	if edit != nil {
		edit(&h)
	}
	return s.AddFileHandle(h)
}

// destination makes the file a there, with a version for each file handle.
func (s *study) destination(handles ...string) (id string) {
	s.t.Helper()
	for n, handle := range handles {
		if n == 0 {
			id = s.file(s.folder, "a", handle)
			continue
		}
		_, err := s.AddVersion(id, emulator.Version{FileHandleID: handle})
		s.must(err)
	}
	return id
}

// keeping are files a of the destination, whose object base/a of nine bytes
// is to be overwritten, with the versions that are kept, or the rule.
var keeping = map[string]struct {
	fill func(*study) string
	// want are versions and their file handles, by their order of use.
	want string
}{
	"its own object": {func(s *study) string { return s.destination(s.at("base/a", nil)) }, "1:0"},
	"written in upper case": {func(s *study) string {
		return s.destination(s.at("base/a", func(h *synapse.FileHandle) { h.ContentMD5 = strings.ToUpper(h.ContentMD5) }))
	}, "1:0"},
	"versions of one file handle, and another": {func(s *study) string {
		one := s.at("base/a", nil)
		return s.destination(one, one, s.at("base/b", nil), s.at("base/a", nil))
	}, "1:0 2:0 4:1"},
	"an older version": {func(s *study) string {
		return s.destination(s.at("base/a", nil), s.at("base/new", nil))
	}, "1:0"},
	"another size lost earlier": {func(s *study) string {
		return s.destination(s.at("base/a", func(h *synapse.FileHandle) { *h.ContentSize = 8 }), s.at("base/a", nil))
	}, "2:0"},
	"another MD5 lost earlier": {func(s *study) string {
		return s.destination(s.at("base/a", func(h *synapse.FileHandle) { h.ContentMD5 = sumOf("x") }), s.at("base/a", nil))
	}, "2:0"},
	"elsewhere": {func(s *study) string { return s.destination(s.at("base/other", nil)) }, ""},
	"in another bucket": {func(s *study) string {
		return s.destination(s.at("base/a", func(h *synapse.FileHandle) { h.BucketName = "own" }))
	}, ""},
	"of no MD5": {func(s *study) string {
		return s.destination(s.at("base/a", func(h *synapse.FileHandle) { h.ContentMD5 = "" }))
	}, "block objects/version-without-md5"},
	"older of no MD5": {func(s *study) string {
		return s.destination(s.at("base/a", func(h *synapse.FileHandle) { h.ContentMD5 = "" }), s.at("base/a", nil))
	}, "block objects/version-without-md5"},
	"of another size": {func(s *study) string {
		return s.destination(s.at("base/a", func(h *synapse.FileHandle) { *h.ContentSize = 8 }))
	}, "block objects/version-changed"},
	"unseen": {func(s *study) string {
		id := s.destination(s.at("base/a", nil))
		s.must(s.SetACL(id, synapse.ResourceAccess{
			PrincipalID: s.owner, AccessType: []synapse.AccessType{synapse.AccessRead, synapse.AccessUpdate},
		}))
		return id
	}, "block objects/version-unseen"},
}

// check compares the item that replaces the file a.
func (s *study) keeps(item planner.Item, plan planner.Plan, id, want string) {
	s.t.Helper()
	if item.Action == planner.ActionBlock {
		equal(s.t, "rule", "block "+string(item.Rule), want)
		return
	}
	equal(s.t, "overwrites", item.ReplaceObject, true)
	equal(s.t, "replaces", item.ReplaceEntityID, id)
	got, order := "", map[string]int{}
	if k := item.Kept; k != nil {
		newest := k.Versions[len(k.Versions)-1].Number
		equal(s.t, "kept", *k, planner.Kept{
			EntityID: id, Key: fmt.Sprintf("base/.versions/a/%s.%d", id, newest),
			ETag: sumOf("base/a"), SizeBytes: 9, Versions: k.Versions,
		})
		for _, v := range k.Versions {
			if _, ok := order[v.FileHandleID]; !ok {
				order[v.FileHandleID] = len(order)
			}
			got += fmt.Sprintf(" %d:%d", v.Number, order[v.FileHandleID])
		}
	}
	equal(s.t, "kept versions", strings.TrimSpace(got), want)
	kept := find(plan.Findings, rules.ObjectsVersionKept)
	lost := find(plan.Findings, rules.ObjectsObjectReplaced)
	if item.Kept != nil {
		equal(s.t, "kept bytes", [2]int64{kept.Count, kept.SizeBytes}, [2]int64{1, 9})
	}
	equal(s.t, "lost", lost.Count, 1-kept.Count)
}

// TestBucketKeepsVersions of the files that it replaces.
func TestBucketKeepsVersions(t *testing.T) {
	for name, c := range keeping {
		t.Run(name, func(t *testing.T) {
			s := newStudy(t)
			id := c.fill(s)
			facts := s.facts()
			file := runFile(t)
			b := planFrom(newBucket("src", map[string]int64{"run/a": 5}), "run/", facts, file)
			b.Existing, b.Facts.HasChildren, b.Options.IfExists = s.client, true, planner.ExistsReplace
			b.Destination = newBucket("dest", map[string]int64{"base/a": 9})
			plan := mustPlan(t, b)
			s.keeps(items(t, file)["run/a"], plan, id, c.want)
		})
	}
}

// TestProjectKeepsVersions of the files that it replaces.
func TestProjectKeepsVersions(t *testing.T) {
	keeping := keeping
	for name, c := range keeping {
		t.Run(name, func(t *testing.T) {
			s := newStudy(t)
			plan, item, id := s.replace(c.fill, nil)
			s.keeps(item, plan, id, c.want)
		})
	}
	t.Run("proven to be other content", func(t *testing.T) {
		s := newStudy(t)
		_, item, _ := s.replace(keeping["its own object"].fill, func(s *study) {
			s.buckets.objects[1].ETag = sumOf("other")
		})
		equal(t, "rule", item.Rule, rules.ObjectsVersionChanged)
	})
}

// TestBucketOverwritesOnlyItsOwn: no object that another file refers to.
func TestBucketOverwritesOnlyItsOwn(t *testing.T) {
	for name, c := range map[string]struct {
		fill func(*study)
		want string
	}{
		"of no file":         {func(*study) {}, "stream"},
		"of the file itself": {func(s *study) { s.destination(s.at("base/a", nil)) }, "stream"},
		"of another file": {func(s *study) { s.file(s.folder, "b", s.at("base/a", nil)) },
			"block objects/object-in-use"},
		"of the file itself and another": {func(s *study) {
			handle := s.at("base/a", func(h *synapse.FileHandle) { h.ContentMD5 = strings.ToUpper(h.ContentMD5) })
			s.destination(handle)
			s.file(s.source, "b", handle)
		}, "block objects/object-in-use"},
		"equal content elsewhere": {func(s *study) { s.file(s.folder, "b", s.at("base/b", nil)) }, "stream"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStudy(t)
			c.fill(s)
			file := runFile(t)
			b := planFrom(newBucket("src", map[string]int64{"a": 5}), "", s.facts(), file)
			b.Existing, b.Facts.HasChildren, b.Options.IfExists = s.client, true, planner.ExistsReplace
			b.Destination = newBucket("dest", map[string]int64{"base/a": 9})
			mustPlan(t, b)
			equal(t, "outcome", outcomes(t, file)["a"], c.want)
			equal(t, "overwrites", items(t, file)["a"].ReplaceObject, c.want == "stream")
		})
	}
}

// replace plans a file a of the source over the destination's.
func (s *study) replace(
	fill func(*study) string, edit func(*study),
) (planner.Plan, planner.Item, string) {
	s.t.Helper()
	source := s.file(s.source, "a", s.handle(s.own, "own", "new", 5))
	s.buckets.reach["own"] = planner.Reach{Copyable: true, Readable: true, Region: "us-east-1"}
	s.buckets.put("own", "new", 5)
	s.buckets.put("dest", "base/a", 9)
	id := fill(s)
	if edit != nil {
		edit(s)
	}
	plan, file := s.plan(planner.ProjectOptions{}, func(p *project.Planner) {
		p.Options.IfExists = planner.ExistsReplace
	})
	for item, err := range file.Items(s.t.Context(), planner.Filter{}) {
		s.must(err)
		if item.Origin.EntityID == source {
			return plan, item, id
		}
	}
	s.t.Fatal("no item")
	return plan, planner.Item{}, id
}

// TestKeptKeyTooLong: the key that a version would be kept at is longer than
// the file's own.
func TestKeptKeyTooLong(t *testing.T) {
	for length, want := range map[int]planner.RuleID{100: "", 680: rules.LimitsKeyTooLong} {
		s := newStudy(t)
		path := strings.Repeat("folder name/", 80)[:length-2] + "/a"
		folder := s.folder
		for _, name := range strings.Split(path[:length-2], "/") {
			folder = s.addFolder(folder, name)
		}
		s.file(folder, "a", s.at("base/"+path, nil))
		file := runFile(t)
		b := planFrom(newBucket("src", map[string]int64{path: 5}), "", s.facts(), file)
		b.Existing, b.Facts.HasChildren, b.Options.IfExists = s.client, true, planner.ExistsReplace
		b.Options.Limits.Depth = 100
		b.Destination = newBucket("dest", map[string]int64{"base/" + path: 9})
		mustPlan(t, b)
		equal(t, "rule", items(t, file)[path].Rule, want)
	}
}

// TestOverwrittenInPlace: an object that somebody has overwritten where a file
// points to it can be registered, but what was there is gone.
func TestOverwrittenInPlace(t *testing.T) {
	for key, want := range map[string]int64{"base/done": 1, "base/elsewhere": 0} {
		src := newBucket("dest", map[string]int64{"base/done": 1})
		src.change("base/done", func(d *planner.Detail) { d.ETag = sum })
		store := runFile(t)
		b := planFrom(src, "base/", externalFacts(), store)
		there := existingTree()
		there.handles["syn12"] = synapse.FileHandle{
			ConcreteType: synapse.TypeS3FileHandle, BucketName: "dest", Key: key, ContentMD5: long("0", 32),
		}
		b.Existing, b.Facts.HasChildren, b.Options.IfExists = there, true, planner.ExistsReplace
		plan := mustPlan(t, b)
		equal(t, "outcome", outcomes(t, store)["base/done"], "register")
		equal(t, key, find(plan.Findings, rules.ObjectsVersionLost).Count, want)
	}
}

// TestKeptCost: an object above 5 GiB is copied in parts.
func TestKeptCost(t *testing.T) {
	for size, want := range map[int64]int64{9: 2 + 1, 6 << 30: 2 + 1 + 1 + 1 + 6} {
		s := newStudy(t)
		s.destination(s.at("base/a", func(h *synapse.FileHandle) { h.ContentSize = &size }))
		b := planFrom(newBucket("src", map[string]int64{"a": 5}), "", s.facts(), runFile(t))
		b.Existing, b.Facts.HasChildren, b.Options.IfExists = s.client, true, planner.ExistsReplace
		b.Destination, b.Options.TransferPartSizeBytes = newBucket("dest", map[string]int64{"base/a": size}), 1<<30
		cost := mustPlan(t, b).Cost
		equal(t, "S3 calls", cost.S3Calls, want)
		// 8 examine the destination, 3 replace, 3 keep a version.
		equal(t, "Synapse calls", cost.SynapseCalls, int64(8+3+3))
	}
}

// TestKeptBesideVersions: where a file gets more than one version, the last of
// which overwrites its object, it is read once more.
func TestKeptBesideVersions(t *testing.T) {
	s := newStudy(t)
	id := s.file(s.source, "a", s.handle(s.own, "own", "new", 5))
	_, err := s.AddVersion(id, emulator.Version{FileHandleID: s.handle(s.own, "own", "newer", 6)})
	s.must(err)
	s.buckets.reach["own"] = planner.Reach{Copyable: true, Readable: true, Region: "us-east-1"}
	s.buckets.put("own", "new", 5)
	s.buckets.put("own", "newer", 6)
	s.buckets.put("dest", "base/a", 9)
	s.destination(s.at("base/a", nil))
	plan, file := s.plan(planner.ProjectOptions{Versions: planner.VersionsAll}, func(p *project.Planner) {
		p.Options.IfExists = planner.ExistsReplace
	})
	for item, err := range file.Items(t.Context(), planner.Filter{}) {
		s.must(err)
		equal(t, "keeps", item.Kept != nil, item.Origin.Version == 2)
		equal(t, "replaces", item.ReplaceEntityID != "", item.Origin.Version == 1)
	}
	// 8 examine the destination; 4 make the first version (file handle, a look,
	// version, annotations) and 2 the second; 3 keep the old one, 1 looks again.
	equal(t, "Synapse calls", plan.Cost.SynapseCalls, int64(8+4+2+3+1))
}
