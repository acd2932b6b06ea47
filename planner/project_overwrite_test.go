package planner_test

import (
	"testing"

	"synapse-migrate/planner"
	"synapse-migrate/planner/project"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// TestProjectOverwritesOnlyItsOwn: with --if-exists replace, an object is
// overwritten where no file but the one that is replaced refers to it.
func TestProjectOverwritesOnlyItsOwn(t *testing.T) {
	const key = "base/a"
	taken := func(s *study) string { return s.handle(s.location, "dest", key, 9) }
	for name, c := range map[string]struct {
		// fill adds to a source that has the file a, and to the destination.
		fill func(*study)
		want string
	}{
		"an object of no file": {func(*study) {}, "copy to base/a"},
		"the file's own":       {func(s *study) { s.file(s.folder, "a", taken(s)) }, "copy to base/a"},
		"another version of another file": {func(s *study) {
			id := s.file(s.folder, "b", taken(s))
			_, err := s.AddVersion(id, emulator.Version{FileHandleID: s.handle(s.location, "dest", "base/b", 1)})
			s.must(err)
		}, "block objects/object-in-use"},
		"the file's own, and another's": {func(s *study) {
			shared := taken(s)
			s.file(s.folder, "a", shared)
			s.file(s.folder, "b", shared)
		}, "block objects/object-in-use"},
		"equal content at another key": {func(s *study) {
			size := int64(9)
			s.file(s.source, "elsewhere", s.AddFileHandle(synapse.FileHandle{
				StorageLocationID: &s.own, BucketName: "own", Key: key, ContentSize: &size,
				ContentMD5: sumOf(key),
			}))
		}, "copy to base/a"},
		"a file that is reused in place": {func(s *study) { s.file(s.source, "z", taken(s)) },
			"block objects/object-in-use"},
		"a file whose handle can't be seen": {func(s *study) {
			size, other := int64(9), s.AddUser(emulator.User{Name: "eve", Certified: true})
			id := s.file(s.AddProject(other, "Hers"), "x", s.AddFileHandle(synapse.FileHandle{
				StorageLocationID: &s.location, BucketName: "dest", Key: key, ContentSize: &size,
				ContentMD5: sumOf(key),
			}))
			s.must(s.SetACL(id, append(ownerAccess(other), synapse.ResourceAccess{
				PrincipalID: s.owner, AccessType: []synapse.AccessType{synapse.AccessRead},
			})...))
		}, "block objects/object-in-use"},
		"an MD5 that isn't known": {func(s *study) { s.buckets.objects[0].PartsCount = 2 },
			"block objects/object-in-use"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStudy(t)
			s.file(s.source, "a", s.handle(s.own, "own", "new", 5))
			s.buckets.reach["own"] = planner.Reach{Copyable: true, Readable: true, Region: "us-east-1"}
			s.buckets.put("dest", key, 9)
			s.buckets.put("own", "new", 5)
			s.buckets.put("own", key, 9)
			c.fill(s)
			_, file := s.plan(planner.ProjectOptions{}, func(p *project.Planner) {
				p.Options.IfExists = planner.ExistsReplace
			})
			equal(t, "item", ways(t, file)["a"][len("1 "):], c.want)
			for item, err := range file.Items(t.Context(), planner.Filter{}) {
				s.must(err)
				equal(t, item.Name+" overwrites", item.ReplaceObject,
					item.Name == "a" && item.Action == planner.ActionCopy)
			}
		})
	}
}

// TestProjectForced lets every action be asked for where any file may take
// it.
func TestProjectForced(t *testing.T) {
	s := newStudy(t)
	s.stored(s.source, "a", 1)
	s.file(s.source, "b", s.handle(s.location, "dest", "base/b", 2))
	for action, want := range map[planner.Action]map[string]string{
		planner.ActionReuse:       {"a": "1 block content/action-impossible", "b": "2 reuse to base/b"},
		planner.ActionSynapseCopy: {"a": "1 synapse-copy", "b": "2 block content/action-impossible"},
	} {
		plan, file := s.plan(planner.ProjectOptions{}, func(p *project.Planner) {
			p.Options.Force = action
		})
		equal(t, "items", ways(t, file), want)
		equal(t, "stopped", plan.Stopped(), false)
	}
}

// TestProjectOfOpenData: a file that everybody may download, since everybody
// may read it, is opened to nobody by a destination that some download from.
func TestProjectOfOpenData(t *testing.T) {
	for _, open := range []bool{true, false} {
		s := newStudy(t)
		user := s.AddUser(emulator.User{Name: "eve", Certified: true})
		s.must(s.SetACL(s.folder, append(ownerAccess(s.owner), synapse.ResourceAccess{
			PrincipalID: user,
			AccessType:  []synapse.AccessType{synapse.AccessRead, synapse.AccessDownload},
		})...))
		s.must(s.SetACL(s.source, append(ownerAccess(s.owner), synapse.ResourceAccess{
			PrincipalID: synapse.PrincipalPublic, AccessType: []synapse.AccessType{synapse.AccessRead},
		})...))
		s.must(s.SetOpenData(s.stored(s.source, "a", 1), open))
		plan, _ := s.plan(planner.ProjectOptions{}, nil)
		equal(t, "gains", len(plan.Access.Gains) > 0, !open)
		equal(t, "stopped", plan.Stopped(), !open)
	}

	s := newStudy(t)
	s.must(s.SetACL(s.folder, append(ownerAccess(s.owner), synapse.ResourceAccess{
		PrincipalID: synapse.PrincipalPublic, AccessType: []synapse.AccessType{synapse.AccessRead},
	})...))
	s.must(s.SetACL(s.source, append(ownerAccess(s.owner), synapse.ResourceAccess{
		PrincipalID: synapse.PrincipalPublic, AccessType: []synapse.AccessType{synapse.AccessRead},
	})...))
	s.must(s.SetOpenData(s.folder, true))
	s.stored(s.source, "a", 1)
	plan, _ := s.plan(planner.ProjectOptions{}, nil)
	equal(t, "gains where the destination is open data", len(plan.Access.Gains), 1)
}
