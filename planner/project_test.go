package planner_test

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"synapse-migrate/planner"
	"synapse-migrate/planner/project"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

func sumOf(text string) string {
	sum := md5.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}

// kinds fills a study with every kind of thing.
func kinds(t *testing.T) *study {
	s := newStudy(t)
	data := s.addFolder(s.source, "data")
	deep := s.addFolder(data, "deep")
	s.addFolder(s.source, "empty")
	s.stored(s.source, "a.synapse", 10)
	shared := s.handle(s.own, "own", "b", 20)
	s.file(data, "b.own", shared)
	s.file(deep, "i.shared", shared)
	s.buckets.put("own", "b", 20)
	s.file(data, "c.register", s.handle(s.beside, "dest", "base/c", 30))
	s.buckets.put("dest", "base/c", 30)
	s.file(data, "d.partner", s.handle(s.partner, "partner", "d", 40))
	s.buckets.put("partner", "d", 40)
	s.file(data, "e.reuse", s.handle(s.location, "dest", "base/e", 50))
	size := int64(60)
	s.file(deep, "f.google", s.AddFileHandle(synapse.FileHandle{
		ConcreteType: synapse.TypeGoogleFileHandle, StorageLocationID: &s.google,
		BucketName: "gcs", Key: "f", ContentSize: &size, ContentMD5: sumOf("f"),
	}))
	s.file(deep, "g.url", s.AddFileHandle(synapse.FileHandle{
		ConcreteType: synapse.TypeExternalFileHandle, ExternalURL: "https://u:p@x.org/g?secret=1",
	}))
	s.file(deep, "h.gone", s.handle(s.partner, "partner", "d2", 40))
	_, err := s.AddTable(s.owner, s.source, "table")
	s.must(err)
	s.buckets.reach["own"] = planner.Reach{Credentials: "lab", Readable: true, Copyable: true, Region: "us-east-1"}
	s.buckets.reach["partner"] = planner.Reach{Credentials: "partner", Readable: true, Region: "us-east-1"}
	return s
}

// TestProjectOtherTypes: what is of another type than file and folder is
// named, record sets too; types that nobody knows yet can't be listed, and
// their folder is named where nothing hides that it holds some.
func TestProjectOtherTypes(t *testing.T) {
	s := newStudy(t)
	sets, unknown := s.addFolder(s.source, "sets"), s.addFolder(s.source, "unknown")
	s.addFolder(s.source, "empty")
	for _, e := range []struct{ parent, concreteType, name string }{
		{sets, synapse.TypeRecordSet, "records"},
		{sets, synapse.TypeDockerRepository, "tool"},
		{unknown, "org.sagebionetworks.repo.model.Hologram", "h"},
	} {
		_, err := s.AddEntity(s.owner, e.parent, e.concreteType, e.name)
		s.must(err)
	}
	plan, file := s.plan(planner.ProjectOptions{}, nil)
	equal(t, "items", ways(t, file), map[string]string{
		"sets/records": "1 skip content/other-entity",
		"sets/tool":    "2 skip content/other-entity",
	})
	other := find(plan.Findings, rules.ContentOtherEntity)
	equal(t, "types", strings.Contains(other.Examples[0], "(recordset) sets/records") &&
		strings.Contains(other.Examples[1], "(dockerrepository) sets/tool"), true)
	unlisted := find(plan.Findings, rules.ContentUnlisted)
	equal(t, "unlisted", unlisted.Examples, []string{unknown + " unknown/"})
}

func TestProjectKinds(t *testing.T) {
	s := kinds(t)
	plan, file := s.plan(planner.ProjectOptions{}, nil)
	equal(t, "items", ways(t, file), map[string]string{
		"a.synapse":          "1 synapse-copy",
		"table":              "2 skip content/other-entity",
		"data/b.own":         "3 copy to base/data/b.own",
		"data/c.register":    "4 register to base/c",
		"data/d.partner":     "5 synapse-copy",
		"data/e.reuse":       "6 reuse to base/e",
		"data/deep/f.google": "7 stream to base/data/deep/f.google",
		"data/deep/g.url":    "8 block content/external-link",
		"data/deep/h.gone":   "9 block content/object-gone",
		"data/deep/i.shared": "10 copy to base/data/b.own with 3",
	})
	equal(t, "findings", ids(plan.Findings), []planner.RuleID{
		rules.ContentOtherEntity, rules.ContentNotLooked, rules.ContentDates, rules.ContentShared,
		rules.ContentGone, rules.ContentLink, rules.ContentRegionUnknown,
		rules.LayoutSynapse, rules.LayoutKept,
	})
	other := find(plan.Findings, rules.ContentOtherEntity)
	equal(t, "not looked at", find(plan.Findings, rules.ContentNotLooked).Count, int64(2))
	equal(t, "example", strings.HasSuffix(other.Examples[0], " (table) table"), true)
	var got []string
	for _, b := range plan.Buckets {
		row := fmt.Sprintf("%s %s %s", b.Service, b.Bucket, b.Owner)
		for _, a := range b.Actions {
			row += fmt.Sprintf(", %d %s %d", a.Items, a.Action, a.SizeBytes)
		}
		got = append(got, row)
	}
	equal(t, "buckets", got, []string{
		"s3 synapse synapse, 1 synapse-copy 10", "s3 own caller, 2 copy 40",
		"s3 dest caller, 1 register 30", "s3 partner other, 1 synapse-copy 40, 1 block 40",
		"s3 dest caller, 1 reuse 50", "google gcs outside, 1 stream 60", "url  outside, 1 block 0",
	})
	// The run: 7 to begin with, 3 folders; 5 for each that Synapse copies, 2
	// for copy and register, 1 and a hundredth for reuse, 3 with a download
	// URL, 1 for the one that shares.
	equal(t, "calls", plan.Cost.SynapseCalls, int64(8+3+2*5+2+2+1+1+3+1))
}

// TestProjectOrigin keeps what travels, and where the bytes are.
func TestProjectOrigin(t *testing.T) {
	s := kinds(t)
	_, file := s.plan(planner.ProjectOptions{}, nil)
	for item, err := range file.Items(t.Context(), planner.Filter{}) {
		s.must(err)
		switch item.Name {
		case "b.own":
			equal(t, "source", item.Source, planner.Object{
				Bucket: "own", Key: "b", SizeBytes: 20, ETag: sumOf("b"),
			})
			equal(t, "MD5", item.MD5+string(item.MD5Source), sumOf("b")+"handle")
			e, err := s.client.Entity(t.Context(), item.Origin.EntityID)
			s.must(err)
			equal(t, "origin", *item.Origin, planner.Origin{
				EntityID: e.ID, ParentID: e.ParentID, Version: 1, Current: true, Etag: e.Etag,
				VersionLabel: "1", FileHandleID: e.DataFileHandleID, HandleType: synapse.TypeS3FileHandle,
				FileName: "f", StorageLocationID: s.own, Description: e.Description,
			})
		case "f.google":
			equal(t, "download", *item.Source.Download, planner.Download{
				FileHandleID: item.Origin.FileHandleID, EntityID: item.Origin.EntityID,
			})
		case "g.url":
			equal(t, "link", item.Source.Key, "https://x.org/g")
		case "table":
			equal(t, "type", item.Origin.EntityType, synapse.TypeTable)
		}
	}
}

// TestProjectFolders keeps what folders are, those without files too.
func TestProjectFolders(t *testing.T) {
	s := kinds(t)
	empty, err := s.client.ChildID(t.Context(), s.source, "empty")
	s.must(err)
	note := map[string]synapse.AnnotationValue{"n": {Type: synapse.AnnotationLong, Value: []string{"1"}}}
	s.must(s.SetAnnotations(empty, 1, note))
	_, err = s.AddWiki(empty, "Wiki")
	s.must(err)
	_, err = s.AddDOI(empty, 0)
	s.must(err)
	s.must(s.AddThread(empty))
	plan, file := s.plan(planner.ProjectOptions{}, nil)
	var paths []string
	for f, err := range file.Folders(t.Context()) {
		s.must(err)
		paths = append(paths, f.Path)
		if f.Name == "empty" {
			equal(t, "origin", *f.Origin, planner.FolderOrigin{EntityID: empty, Annotations: note})
		}
	}
	equal(t, "folders", paths, []string{"data", "empty", "data/deep"})
	for _, rule := range []planner.RuleID{
		rules.ContentWiki, rules.ContentDOI, rules.ContentDiscussion,
	} {
		equal(t, string(rule), find(plan.Findings, rule).Examples, []string{empty + " empty/"})
	}
}

// TestProjectAccess stops where somebody would gain access, and names them.
func TestProjectAccess(t *testing.T) {
	s := kinds(t)
	eve := s.AddUser(emulator.User{Name: "eve", Certified: true})
	s.must(s.SetACL(s.folder, append(ownerAccess(s.owner), synapse.ResourceAccess{
		PrincipalID: eve, AccessType: []synapse.AccessType{synapse.AccessRead, synapse.AccessDownload},
	})...))
	requirement, err := s.AddAccessRequirement(synapse.AccessRequirement{
		ConcreteType: synapse.TypeTermsOfUseRequirement, Name: "Terms", TermsOfUse: "be good",
		AccessType: synapse.AccessDownload,
		SubjectIDs: []synapse.Subject{{ID: s.source, Type: synapse.SubjectEntity}},
	})
	s.must(err)
	s.must(s.ApproveAccess(requirement, s.owner))
	for accepted, want := range map[bool]planner.Severity{false: planner.SeverityStop, true: planner.SeverityWarn} {
		plan, _ := s.plan(planner.ProjectOptions{}, func(p *project.Planner) {
			p.Options.AcceptAccessChange = accepted
		})
		gains := find(plan.Findings, rules.GovernanceDownload)
		equal(t, "severity", gains.Severity, want)
		equal(t, "who gains", plan.Access.Gains[0].Principal, planner.Principal{ID: eve, Name: "eve"})
		equal(t, "files", plan.Access.Gains[0].Files, int64(7))
		equal(t, "lost", find(plan.Findings, rules.GovernanceRequirement).Severity, want)
		equal(t, "requirement", plan.Access.LostRequirements[0].Name, "Terms")
	}
	// A file can't be moved away from its requirement at all.
	plan, _ := s.plan(planner.ProjectOptions{Mode: planner.ModeMove}, nil)
	equal(t, "may not move", find(plan.Findings, rules.GovernanceMove).Count, int64(9))
}

// TestProjectTaken looks at the keys that objects would be brought to.
func TestProjectTaken(t *testing.T) {
	for name, c := range map[string]struct {
		sum    string
		exists planner.ExistsPolicy
		want   string
	}{
		"the object itself": {sumOf("b"), "", "3 copy to base/data/b.own"},
		"another":           {sumOf("x"), "", "3 block objects/object-differs"},
		"kept":              {sumOf("x"), planner.ExistsSkip, "3 skip objects/object-kept"},
		"overwritten":       {sumOf("x"), planner.ExistsReplace, "3 copy to base/data/b.own"},
	} {
		t.Run(name, func(t *testing.T) {
			s := kinds(t)
			s.buckets.objects = append(s.buckets.objects, planner.Detail{ETagsAreMD5: true, Object: planner.Object{
				Bucket: "dest", Key: "base/data/b.own", SizeBytes: 20, ETag: c.sum,
			}})
			_, file := s.plan(planner.ProjectOptions{}, func(p *project.Planner) {
				p.Options.IfExists = c.exists
			})
			equal(t, "item", ways(t, file)["data/b.own"], c.want)
		})
	}
}

// TestProjectTakenByUnknown leaves it to the run to compare an object with
// what is at its key, where nothing else can tell.
func TestProjectTakenByUnknown(t *testing.T) {
	unknown := planner.Detail{ETagsAreMD5: true, Object: planner.Object{ETag: sumOf("b") + "-2"}, PartsCount: 2}
	proven := planner.Detail{ETagsAreMD5: true, Object: planner.Object{ETag: sumOf("b")}}
	for name, c := range map[string]struct {
		there  planner.Detail
		size   int64
		noMD5  bool
		exists planner.ExistsPolicy
		want   string
	}{
		"in parts":       {unknown, 9, false, "", "1 stream to base/a"},
		"without MD5":    {proven, 9, true, "", "1 stream to base/a"},
		"of another MD5": {proven, 9, false, "", "1 block objects/object-differs"},
		"larger":         {unknown, 10, true, "", "1 block objects/object-differs"},
		"to be kept":     {unknown, 9, false, planner.ExistsSkip, "1 skip objects/object-kept"},
		"in use":         {unknown, 9, false, planner.ExistsReplace, "1 block objects/object-in-use"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStudy(t)
			size := int64(9)
			h := synapse.FileHandle{
				ConcreteType: synapse.TypeGoogleFileHandle, StorageLocationID: &s.google,
				BucketName: "gcs", Key: "a", ContentSize: &size, ContentMD5: sumOf("a"),
			}
			if c.noMD5 {
				h.ContentMD5 = ""
			}
			s.file(s.source, "a", s.AddFileHandle(h))
			c.there.Bucket, c.there.Key, c.there.SizeBytes = "dest", "base/a", c.size
			s.buckets.objects = append(s.buckets.objects, c.there)
			plan, file := s.plan(planner.ProjectOptions{}, func(p *project.Planner) {
				p.Options.IfExists = c.exists
			})
			equal(t, "item", ways(t, file)["a"], c.want)
			compared := find(plan.Findings, rules.ContentCompared).Count == 1
			equal(t, "to be compared", compared, c.want == "1 stream to base/a")
		})
	}
}

// TestProjectMirrorTaken looks at the keys that Synapse's copies are brought
// to afterwards, and finds one taken.
func TestProjectMirrorTaken(t *testing.T) {
	s := kinds(t)
	s.buckets.put("dest", "base/a.synapse", 11)
	plan, file := s.plan(planner.ProjectOptions{Layout: planner.LayoutMirrored}, nil)
	got := ways(t, file)
	equal(t, "file handles left behind", find(plan.Findings, rules.LayoutHandleLeft).Count, int64(1))
	equal(t, "taken", got["a.synapse"], "1 block objects/object-differs")
	equal(t, "free", got["data/d.partner"], "5 synapse-copy to base/data/d.partner")
}

// TestProjectWithoutSource refuses a header that names no project.
func TestProjectWithoutSource(t *testing.T) {
	s := newStudy(t)
	file := runFile(t)
	p := s.project(planner.ProjectOptions{}, file)
	p.Header.Source.Project = nil
	if _, err := p.Plan(t.Context()); !errors.Is(err, project.ErrNoProject) {
		t.Errorf("got %v, want %v", err, project.ErrNoProject)
	}
}
