package emulator_test

import (
	"fmt"
	"slices"
	"testing"

	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

func TestAddVersion(t *testing.T) {
	s := newSite(t)
	first, second := s.handle(s.owner, "a", 0), s.handle(s.owner, "b", 0)
	id := s.file(s.project, "f", first)
	activity := s.AddActivity(s.owner.id, synapse.Activity{Name: "align"})
	notes := map[string]synapse.AnnotationValue{"k": {Type: "STRING", Value: []string{"v"}}}
	for i, v := range []emulator.Version{
		{FileHandleID: second, Label: "two", Comment: "c", Annotations: notes, ActivityID: activity},
		{},
	} {
		if number, err := s.AddVersion(id, v); number != int64(i+2) || err != nil {
			t.Fatalf("version %d, %v; want %d", number, err, i+2)
		}
	}
	tree := s.Snapshot().Tree(s.project)["f"].Versions
	want := []string{"1 1  a map[] ", "2 two c b map[k:{STRING [v]}] align", "3 3  b map[] "}
	for i, v := range tree {
		got := fmt.Sprint(v.Number, " ", v.Label, " ", v.Comment, " ", v.MD5, " ", v.Annotations, " ", v.Activity)
		if got != want[i] {
			t.Errorf("version %s, want %s", got, want[i])
		}
	}
	if err := s.SetAnnotations(id, 1, notes); err != nil {
		t.Fatal(err)
	}
	a := s.do(s.owner, "GET", "/repo/v1/entity/"+id+"/version/1/annotations2", nil).wants(200, "")
	if got := fmt.Sprint(a.doc["annotations"]); got != "map[k:map[type:STRING value:[v]]]" {
		t.Errorf("annotations of version 1 %s", got)
	}
	for name, err := range map[string]error{
		"version of nothing":    errorOf(s.AddVersion("syn1", emulator.Version{})),
		"handle":                errorOf(s.AddVersion(id, emulator.Version{FileHandleID: "x"})),
		"unknown activity":      errorOf(s.AddVersion(id, emulator.Version{ActivityID: "1"})),
		"connecting a version":  s.SetGeneratedBy(id, 9, activity),
		"connecting to nothing": s.SetGeneratedBy(id, 0, "1"),
		"annotating a version":  s.SetAnnotations(id, 9, nil),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if got := s.Snapshot().Tree(s.project)["f"].Versions; len(got) != 3 {
		t.Errorf("%d versions after what was refused, want 3", len(got))
	}
}

// errorOf is the error of two results.
func errorOf[T any](_ T, err error) error { return err }

// TestOtherEntities lists, counts, and refuses what is neither folder nor
// file.
func TestOtherEntities(t *testing.T) {
	s := newSite(t)
	sts, _ := s.stsFolder(s.project, "sts")
	file := s.file(s.project, "file", s.handle(s.owner, "m", 0))
	link, err := s.AddLink(s.owner.id, s.project, "link", synapse.Reference{TargetID: file, TargetVersionNumber: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.AddTable(s.owner.id, s.project, "table"); err != nil {
		t.Fatal(err)
	}
	const prefix = "org.sagebionetworks.repo.model."
	kinds := map[string]string{
		"docker.DockerRepository": "dockerrepo", "table.EntityView": "entityview",
		"table.SubmissionView": "submissionview", "table.Dataset": "dataset",
		"table.DatasetCollection": "datasetcollection", "table.MaterializedView": "materializedview",
		"table.VirtualTable": "virtualtable",
	}
	all := []string{"file", "folder", "link", "table"}
	for class, short := range kinds {
		if _, err := s.AddEntity(s.owner.id, s.project, prefix+class, short); err != nil {
			t.Fatal(err)
		}
		all = append(all, short)
	}
	slices.Sort(all)
	children := func(types ...string) answer {
		return s.do(s.owner, "POST", childrenPath, doc{"parentId": s.project, "includeTypes": types,
			"includeTotalChildCount": true}).wants(200, "")
	}
	a := children(all...)
	if got := a.doc["totalChildCount"]; got != 11.0 {
		t.Errorf("%v children, want 11", got)
	}
	for class, short := range kinds {
		page := children(short).list("page")
		if len(page) != 1 || page[0]["type"] != prefix+class || page[0]["name"] != short {
			t.Errorf("%s: %v, want one of type %s", short, page, class)
		}
		s.do(s.owner, "POST", "/repo/v1/entity", doc{"concreteType": prefix + class, "name": "n",
			"parentId": s.folder(s.project, "p")}).wants(map[bool]int{true: 400, false: 201}[short == "dockerrepo"], "")
		if short != "dockerrepo" {
			s.do(s.owner, "POST", "/repo/v1/entity", doc{"concreteType": prefix + class, "name": "n", "parentId": sts}).
				wants(400, "Can only create Files and Folders inside STS-enabled folders")
		}
	}
	for _, kind := range []string{synapse.TypeLink, synapse.TypeTable} {
		s.do(s.owner, "POST", "/repo/v1/entity", doc{"concreteType": kind, "name": "n", "parentId": sts}).
			wants(400, "Can only create Files and Folders inside STS-enabled folders")
	}
	got := s.fetch(link)
	if fmt.Sprint(got["linksTo"]) != fmt.Sprint(doc{"targetId": file, "targetVersionNumber": 1.0}) ||
		got["linksToClassName"] != synapse.TypeFile {
		t.Errorf("link %v", got)
	}
	unknown, err := s.AddEntity(s.owner.id, s.project, prefix+"Hologram", "n")
	if err != nil {
		t.Fatal(err)
	}
	s.do(s.owner, "POST", "/repo/v1/entity/children", doc{
		"parentId": s.project, "includeTypes": []string{"hologram"},
	}).wants(400, "No enum constant org.sagebionetworks.repo.model.EntityType.hologram")
	if found := s.do(s.owner, "POST", "/repo/v1/entity/child", doc{"parentId": s.project, "entityName": "n"}); found.str("id") != unknown {
		t.Errorf("the name of an unknown type is held by %q, want %s", found.str("id"), unknown)
	}
	if _, err := s.AddLink(s.owner.id, "syn1", "n", synapse.Reference{}); err == nil {
		t.Error("a link without a parent was made")
	}
}

func TestWikis(t *testing.T) {
	s := newSite(t)
	root, err := s.AddWiki(s.project, "Home")
	if err != nil {
		t.Fatal(err)
	}
	page, err := s.AddWiki(s.project, "Methods")
	if err != nil {
		t.Fatal(err)
	}
	path := "/repo/v1/entity/" + s.project
	denied := "User is not authorized to 'READ' a WikiPage with an ownerId: '" + s.project + "' of type: 'ENTITY'"
	key := s.do(s.owner, "GET", path+"/wikikey", nil).wants(200, "")
	if key.str("wikiPageId") != root || key.str("ownerObjectId") != s.project {
		t.Errorf("key %s", key.text)
	}
	tree := s.do(s.owner, "GET", path+"/wikiheadertree2", nil).wants(200, "")
	want := fmt.Sprint([]doc{{"id": root, "title": "Home"}, {"id": page, "title": "Methods", "parentId": root}})
	if got := fmt.Sprint(tree.list("results")); got != want {
		t.Errorf("pages %s, want %s", got, want)
	}
	s.do(s.owner, "GET", path+"/wikiheadertree2?limit=51", nil).wants(400, "Limit cannot exceed: 50")
	for _, call := range []string{"/wikikey", "/wikiheadertree2"} {
		s.do(s.other, "GET", path+call, nil).wants(403, denied)
	}
	bundle := func(p person, id string) answer {
		return s.do(p, "POST", "/repo/v1/entity/"+id+"/bundle2", doc{"includeRootWikiId": true})
	}
	if a := bundle(s.owner, s.project).wants(200, ""); a.str("rootWikiId") != root {
		t.Errorf("bundle %s", a.text)
	}
	bundle(s.other, s.project).wants(403, denied)
	folder := s.folder(s.project, "f")
	if a := bundle(s.owner, folder).wants(200, ""); a.text != "{}\n" {
		t.Errorf("bundle of a folder without a wiki: %s", a.text)
	}
	s.do(s.owner, "GET", "/repo/v1/entity/"+folder+"/wikikey", nil).
		wants(404, "A root wiki does not exist for ownerId: "+folder[3:]+" and ownerType: ENTITY")
}

// BenchmarkFill makes a project of 100,000 files, each with two versions,
// annotations and provenance, 1,000 in a folder.
func BenchmarkFill(b *testing.B) {
	for b.Loop() {
		fill(b, 100_000)
	}
}

func fill(b *testing.B, files int) {
	b.Helper()
	e := emulator.New(emulator.Options{Storage: unused{}})
	owner := e.AddUser(emulator.User{Name: "u", Certified: true})
	project := e.AddProject(owner, "p")
	notes := map[string]synapse.AnnotationValue{"assay": {Type: "STRING", Value: []string{"rnaSeq"}}}
	check := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	var folder string
	var err error
	for i := range files {
		if i%1000 == 0 {
			folder, err = e.AddFolder(owner, project, fmt.Sprint("folder ", i))
			check(err)
		}
		h := synapse.FileHandle{CreatedBy: fmt.Sprint(owner), BucketName: "b", Key: fmt.Sprint("k", i)}
		id, err := e.AddFile(owner, folder, fmt.Sprint("file ", i), e.AddFileHandle(h))
		check(err)
		_, err = e.AddVersion(id, emulator.Version{
			FileHandleID: e.AddFileHandle(h), Annotations: notes,
			ActivityID: e.AddActivity(owner, synapse.Activity{Name: "align"}),
		})
		check(err)
	}
}
