package planner_test

import (
	"fmt"
	"net/http"
	"testing"

	"synapse-migrate/planner"
	"synapse-migrate/planner/project"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// history fills a study with a file of four versions, the second of which is
// deleted, and the last of which has the handle of the first; and with one of
// two, whose current one is the first's too.
func history(t *testing.T) (s *study, id string) {
	s = newStudy(t)
	first := s.handle(1, "synapse", "7/one", 10)
	id = s.file(s.source, "a", first)
	note := map[string]synapse.AnnotationValue{"n": {Type: synapse.AnnotationString, Value: []string{"x"}}}
	s.must(s.SetAnnotations(id, 1, note))
	activity := s.AddActivity(s.owner, synapse.Activity{Name: "made"})
	for _, v := range []emulator.Version{
		{FileHandleID: s.handle(1, "synapse", "7/two", 20)},
		{FileHandleID: s.handle(1, "synapse", "7/three", 30), Label: "third", Comment: "better", ActivityID: activity},
		{FileHandleID: first},
	} {
		_, err := s.AddVersion(id, v)
		s.must(err)
	}
	s.call(http.MethodDelete, "/repo/v1/entity/"+id+"/version/2")
	other := s.file(s.source, "b", s.handle(1, "synapse", "7/b", 40))
	_, err := s.AddVersion(other, emulator.Version{FileHandleID: first})
	s.must(err)
	return s, id
}

func TestProjectVersions(t *testing.T) {
	s, id := history(t)
	all, latest := planner.VersionsAll, planner.VersionsLatest
	for name, c := range map[string]struct {
		mode     planner.Mode
		versions planner.Versions
		want     map[string]string
		// calls are those of the run.
		calls int64
	}{
		"copy all, oldest first": {planner.ModeCopy, all, map[string]string{
			"a.1": "1 synapse-copy", "a.3": "2 synapse-copy after 1", "a": "3 synapse-copy after 2 with 1",
			"b.1": "4 synapse-copy", "b": "5 synapse-copy after 4 with 1",
		}, 8 + (4 + 1) + (4 + 2) + 1 + (4 + 1) + 1},
		"copy latest": {planner.ModeCopy, latest, map[string]string{
			"a": "1 synapse-copy", "b": "2 synapse-copy with 1",
		}, 8 + (4 + 1) + 1},
		"move all, the current one first": {planner.ModeMove, all, map[string]string{
			"a": "1 synapse-copy", "a.1": "2 synapse-copy after 1 with 1", "a.3": "3 synapse-copy after 1",
			"b": "4 synapse-copy with 1", "b.1": "5 synapse-copy after 4",
		}, 8 + (4 + 1) + 1 + (4 + 1) + 1 + (4 + 1)},
		"move latest": {planner.ModeMove, latest, map[string]string{
			"a": "1 synapse-copy", "b": "2 synapse-copy with 1",
		}, 8 + (4 + 1) + 1},
	} {
		t.Run(name, func(t *testing.T) {
			plan, file := s.plan(planner.ProjectOptions{Mode: c.mode, Versions: c.versions}, nil)
			equal(t, "items", ways(t, file), c.want)
			equal(t, "calls", plan.Cost.SynapseCalls, c.calls)
			left := find(plan.Findings, rules.ContentVersions).Count
			equal(t, "files with versions left behind", left > 0, c.versions == latest)
			moved := find(plan.Findings, rules.MoveChangesSource).Rule != ""
			equal(t, "told that the source changes", moved, c.mode == planner.ModeMove)
		})
	}
	_, file := s.plan(planner.ProjectOptions{Versions: all}, nil)
	for item, err := range file.Items(t.Context(), planner.Filter{}) {
		s.must(err)
		if o := item.Origin; o.EntityID == id && o.Version == 3 {
			equal(t, "label", o.VersionLabel, "third")
			equal(t, "comment", o.VersionComment, "better")
			equal(t, "provenance", o.ActivityID != "", true)
		} else if o.EntityID == id && o.Version == 1 {
			equal(t, "annotation", o.Annotations["n"].Value, []string{"x"})
			equal(t, "provenance", o.ActivityID, "")
		}
	}
}

// TestProjectProvenance counts a record of where each version came from.
func TestProjectProvenance(t *testing.T) {
	s, _ := history(t)
	plan, file := s.plan(planner.ProjectOptions{Provenance: planner.ProvenanceLink}, nil)
	equal(t, "calls", plan.Cost.SynapseCalls, int64(8+(4+1+1)+(1+1)))
	for item, err := range file.Items(t.Context(), planner.Filter{}) {
		s.must(err)
		equal(t, "activity", item.Origin.ActivityID, "")
	}
}

// TestProjectCurrentLeftOut leaves a file out as a whole where its current
// version stays.
func TestProjectCurrentLeftOut(t *testing.T) {
	for _, m := range []planner.Mode{planner.ModeCopy, planner.ModeMove} {
		s := newStudy(t)
		id := s.stored(s.source, "a", 10)
		_, err := s.AddVersion(id, emulator.Version{FileHandleID: s.AddFileHandle(synapse.FileHandle{
			ConcreteType: synapse.TypeExternalFileHandle, ExternalURL: "https://example.org/a",
		})})
		s.must(err)
		_, file := s.plan(planner.ProjectOptions{Mode: m, Versions: planner.VersionsAll}, nil)
		got := ways(t, file)
		for path, way := range got {
			got[path] = way[len("1 "):]
		}
		equal(t, "items", got, map[string]string{
			"a": "block content/external-link", "a.1": "block source/current-left-out",
		})
	}
}

// TestProjectAddsVersions gives files of the destination the versions that
// came since, and leaves those alone whose history differs no more than that.
func TestProjectAddsVersions(t *testing.T) {
	sums := func(s *study, location int64, bucket string, keys ...string) []string {
		var handles []string
		for _, key := range keys {
			handles = append(handles, s.handle(location, bucket, key, 5))
		}
		return handles
	}
	history := func(s *study, parent string, handles ...string) {
		id := s.file(parent, "a", handles[0])
		for _, h := range handles[1:] {
			_, err := s.AddVersion(id, emulator.Version{FileHandleID: h})
			s.must(err)
		}
	}
	for name, c := range map[string]struct {
		there []string
		want  map[string]string
	}{
		"what came since": {[]string{"one", "two"}, map[string]string{
			"a.1": "1 skip objects/already-migrated", "a.2": "2 skip objects/already-migrated",
			"a": "3 synapse-copy",
		}},
		"another history": {[]string{"one", "three", "two"}, map[string]string{
			"a.1": "1 synapse-copy", "a.2": "2 synapse-copy after 1", "a": "3 synapse-copy after 2",
		}},
		"another beginning": {[]string{"two"}, map[string]string{
			"a.1": "1 synapse-copy", "a.2": "2 synapse-copy after 1", "a": "3 synapse-copy after 2",
		}},
		"the same current one": {[]string{"three"}, map[string]string{
			"a.1": "1 skip objects/already-migrated", "a.2": "2 skip objects/already-migrated",
			"a": "3 skip objects/already-migrated",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStudy(t)
			history(s, s.source, sums(s, 1, "synapse", "one", "two", "three")...)
			history(s, s.folder, sums(s, s.location, "dest", c.there...)...)
			_, file := s.plan(planner.ProjectOptions{Versions: planner.VersionsAll}, func(p *project.Planner) {
				p.Options.IfExists = planner.ExistsReplace
			})
			equal(t, "items", ways(t, file), c.want)
			first := true
			for item, err := range file.Items(t.Context(), planner.Filter{}) {
				s.must(err)
				equal(t, "replaces", item.ReplaceEntityID != "", first && item.Action == planner.ActionSynapseCopy)
				first = first && item.Action == planner.ActionSkip
			}
		})
	}
}

// TestProjectWithoutMD5There finds a file by what S3 tells where its handle
// has no MD5.
func TestProjectWithoutMD5There(t *testing.T) {
	s := newStudy(t)
	size := int64(5)
	s.file(s.source, "a", s.AddFileHandle(synapse.FileHandle{
		StorageLocationID: &s.own, BucketName: "own", Key: "a", ContentSize: &size, CreatedBy: fmt.Sprint(s.owner),
	}))
	s.buckets.reach["own"] = planner.Reach{Readable: true, Copyable: true}
	s.buckets.put("own", "a", 5)
	s.file(s.folder, "a", s.handle(s.location, "dest", "a", 5))
	_, file := s.plan(planner.ProjectOptions{}, nil)
	equal(t, "items", ways(t, file), map[string]string{"a": "1 skip objects/already-migrated"})
}

// TestProjectUnknownThere leaves it to the run to compare files without MD5
// with those that are there, where it can.
func TestProjectUnknownThere(t *testing.T) {
	for name, c := range map[string]struct {
		key    string
		size   int64
		older  bool
		change func(*project.Planner)
		want   string
		calls  int64
	}{
		"at its key":  {"base/a", 5, false, nil, "1 stream to base/a", 8 + 1 + 3},
		"larger":      {"base/b", 6, false, nil, "1 block objects/file-differs", 8},
		"elsewhere":   {"base/b", 5, false, nil, "1 block content/not-compared", 8},
		"of versions": {"base/a", 5, true, nil, "2 block content/not-compared", 8},
		"uploaded": {"base/a", 5, false, func(p *project.Planner) {
			p.Options.Force = planner.ActionUpload
		}, "1 block content/not-compared", 8},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStudy(t)
			size := int64(5)
			unknown := s.AddFileHandle(synapse.FileHandle{
				ConcreteType: synapse.TypeGoogleFileHandle, StorageLocationID: &s.google,
				BucketName: "gcs", Key: "a", ContentSize: &size,
			})
			if c.older {
				id := s.file(s.source, "a", s.handle(1, "synapse", "7/a", 5))
				_, err := s.AddVersion(id, emulator.Version{FileHandleID: unknown})
				s.must(err)
			} else {
				s.file(s.source, "a", unknown)
			}
			s.file(s.folder, "a", s.handle(s.location, "dest", c.key, c.size))
			s.buckets.put("dest", c.key, c.size)
			plan, file := s.plan(planner.ProjectOptions{Versions: planner.VersionsAll}, func(p *project.Planner) {
				p.Options.Limits.Children = 1 // the file is there already
				if c.change != nil {
					c.change(p)
				}
			})
			equal(t, "item", ways(t, file)["a"], c.want)
			equal(t, "calls", plan.Cost.SynapseCalls, c.calls)
			equal(t, "stopped", plan.Stopped(), false)
		})
	}
}

// TestProjectOtherAnnotations tells of files that are there with other
// annotations.
func TestProjectOtherAnnotations(t *testing.T) {
	note := func(text string) map[string]synapse.AnnotationValue {
		return map[string]synapse.AnnotationValue{"n": {Type: synapse.AnnotationString, Value: []string{text}}}
	}
	s := newStudy(t)
	var other string
	for name, annotations := range map[string]string{"same": "x", "other": "y"} {
		id := s.file(s.source, name, s.handle(1, "synapse", name, 5))
		s.must(s.SetAnnotations(id, 1, note("x")))
		s.must(s.SetAnnotations(s.file(s.folder, name, s.handle(s.location, "dest", name, 5)), 1, note(annotations)))
		if name == "other" {
			other = id
		}
	}
	plan, file := s.plan(planner.ProjectOptions{}, nil)
	equal(t, "items", ways(t, file), map[string]string{
		"other": "1 skip objects/already-migrated", "same": "2 skip objects/already-migrated",
	})
	found := find(plan.Findings, rules.ContentOtherAnnotations)
	equal(t, "files", found.Examples, []string{other + " other"})
}
