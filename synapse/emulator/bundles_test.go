package emulator_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"synapse-migrate/synapse"
)

func TestGetBundle(t *testing.T) {
	s := newSite(t)
	id, handles := s.versioned()
	s.grant(id, s.other, "READ")
	path := "/repo/v1/entity/" + id + "/bundle2"
	all := doc{}
	for _, part := range []string{"Entity", "Annotations", "Permissions", "EntityPath", "HasChildren",
		"AccessControlList", "FileHandles", "TableBundle", "RootWikiId", "BenefactorACL",
		"DOIAssociation",
		"FileName", "ThreadCount", "RestrictionInformation", "Activity"} {
		all["include"+part] = true
	}
	for _, c := range []struct {
		name, path string
		who        person
		request    doc
		want       string
	}{
		{"nothing", path, s.owner, doc{}, "[]"},
		{"entity", path, s.owner, doc{"includeEntity": true}, "[entity entityType]"},
		{"inherited ACL", "/repo/v1/entity/" + s.folder(s.project, "f") + "/bundle2", s.owner,
			doc{"includeAccessControlList": true, "includeBenefactorACL": true}, "[benefactorAcl]"},
		{"all", path, s.owner, all, "[accessControlList annotations benefactorAcl entity entityType fileHandles " +
			"fileName hasChildren path permissions restrictionInformation threadCount]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := s.in(t).do(c.who, "POST", c.path, c.request).wants(200, "")
			if got := fmt.Sprint(slices.Sorted(maps.Keys(a.doc))); got != c.want {
				t.Errorf("parts %s, want %s", got, c.want)
			}
		})
	}
	files := doc{"includeFileHandles": true, "includeFileName": true, "includeEntity": true}
	a := s.do(s.owner, "POST", path, files).wants(200, "")
	if got := a.list("fileHandles"); len(got) != 1 || got[0]["id"] != handles[2] || a.str("fileName") != "name.txt" {
		t.Errorf("file handles %s", a.text)
	}
	b := s.do(s.owner, "POST", "/repo/v1/entity/"+id+"/version/1/bundle2", files).wants(200, "")
	if got := b.list("fileHandles"); len(got) != 1 || got[0]["id"] != handles[0] {
		t.Errorf("file handles of version 1 %s", b.text)
	}
	c := s.do(s.other, "POST", path, files).wants(200, "")
	if got := c.list("fileHandles"); len(got) != 0 {
		t.Errorf("file handles without DOWNLOAD %v, want an empty list", got)
	}
	s.do(nobody, "POST", path, files).wants(403, lacks("READ"))
	s.do(s.owner, "POST", "/repo/v1/entity/syn1/bundle2", files).wants(404, "")
}

func TestCreateBundle(t *testing.T) {
	s := newSite(t)
	const path = "/repo/v1/entity/bundle2/create"
	handle := s.handle(s.owner, "m", 0)
	entity := doc{"concreteType": synapse.TypeFile, "name": "a.bam", "parentId": s.project, "dataFileHandleId": handle}
	assay := doc{"annotations": doc{"assay": value("STRING", "rnaSeq")}}
	acl := doc{"resourceAccess": []doc{access(s.owner.id, "READ", "UPDATE", "DELETE", "CHANGE_PERMISSIONS")}}
	a := s.do(s.owner, "POST", path, doc{"entity": entity, "annotations": assay, "accessControlList": acl}).
		wants(201, "")
	made, _ := a.doc["entity"].(doc)
	id, _ := made["id"].(string)
	if made["etag"] != s.fetch(id)["etag"] {
		t.Errorf("entity of the bundle %v, want the one stored %v", made, s.fetch(id))
	}
	notes := s.do(s.owner, "GET", "/repo/v1/entity/"+id+"/annotations2", nil).wants(200, "")
	if fmt.Sprint(notes.doc["annotations"]) != fmt.Sprint(assay["annotations"]) {
		t.Errorf("annotations %v", notes.doc)
	}
	s.do(s.owner, "GET", "/repo/v1/entity/"+id+"/acl", nil).wants(200, "")
	s.do(s.owner, "DELETE", "/repo/v1/entity/"+id, nil).wants(204, "")

	before := s.Snapshot()
	for _, c := range []struct {
		name   string
		body   doc
		reason string
	}{
		{"no entity", doc{"annotations": assay}, "entityBundleCreate.entity is required."},
		{"no inner map", doc{"entity": entity, "annotations": doc{}},
			"entityBundleCreate.annotations.annotations is required."},
		{"bad annotation undoes all", doc{"entity": entity,
			"annotations": doc{"annotations": doc{"-": value("STRING")}}},
			"Invalid annotation name: '-'. Annotation names may only contain; letters, numbers, '_' and '.'"},
		{"bad ACL undoes all", doc{"entity": entity, "annotations": assay,
			"accessControlList": doc{"resourceAccess": []doc{access(1)}}}, "No access types specified."},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := s.in(t)
			s.do(s.owner, "POST", path, c.body).wants(400, c.reason)
			same(t, s.Snapshot(), before)
		})
	}
}

func TestUpdateBundle(t *testing.T) {
	s := newSite(t)
	id := s.folder(s.project, "f")
	path := "/repo/v1/entity/" + id + "/bundle2"
	write := func(notes doc) answer {
		t.Helper()
		return s.do(s.owner, "PUT", path, doc{"annotations": doc{"id": id, "etag": "ignored", "annotations": notes}}).
			wants(200, "")
	}
	write(doc{"a": value("STRING", "1"), "b": value("STRING", "1")})
	a := write(doc{"b": value("STRING", "2")})
	want := fmt.Sprint(doc{"a": value("STRING", "1"), "b": value("STRING", "2")})
	if got, _ := a.doc["annotations"].(doc); fmt.Sprint(got["annotations"]) != want {
		t.Errorf("annotations %v, want them merged to %s", got, want)
	}
	s.do(s.owner, "PUT", path, doc{"entity": with(s.fetch(id), "name", "g")}).wants(200, "")
	if got := s.fetch(id)["name"]; got != "g" {
		t.Errorf("name %v, want g", got)
	}
	before := s.Snapshot()
	for name, c := range map[string]struct {
		body   doc
		status int
		reason string
	}{
		"other entity": {doc{"entity": s.fetch(s.project)}, 400,
			"Entity does not match requested entity ID"},
		"other ACL": {doc{"accessControlList": doc{"id": "syn1"}}, 400,
			"ACL does not match requested entity ID"},
		"other annotations": {doc{"annotations": doc{"id": "syn1", "annotations": doc{}}}, 400,
			"Annotations do not match requested entity ID"},
		"stale": {doc{"entity": with(s.fetch(id), "etag", "x")}, 412, stale(id)},
		"bad annotation undoes the rename": {doc{"entity": with(s.fetch(id), "name", "h"),
			"annotations": doc{"id": id, "annotations": doc{"-": value("STRING")}}}, 400, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := s.in(t)
			s.do(s.owner, "PUT", path, c.body).wants(c.status, c.reason)
			same(t, s.Snapshot(), before)
		})
	}
}
