package emulator_test

import (
	"fmt"
	"strings"
	"testing"

	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

const (
	badName = "Invalid Name: '%s'. Names may only contain: letters, numbers, spaces, underscores, " +
		"hyphens, periods, plus signs, apostrophes, and parentheses"
	readOnlyNobody = "Anonymous users have only READ access permission."
	notCertified   = "Only certified users may create or update content in Synapse."
)

func lacks(right string) string {
	return "You lack " + right + " access to the requested entity."
}

func notOwner(handle string, p person) string {
	return fmt.Sprintf("Only the creator of a FileHandle can access it directly by its ID.  "+
		"FileHandleId = '%s', UserId = '%d'", handle, p.id)
}

func TestCreateAnswersTheStoredEntity(t *testing.T) {
	s := newSite(t)
	h := s.handle(s.owner, "m", 0)
	a := s.do(s.owner, "POST", "/repo/v1/entity", doc{
		"concreteType": synapse.TypeFile, "name": " a.bam ", "parentId": s.project,
		"dataFileHandleId": h, "description": "d", "etag": "ignored", "id": "syn1",
	}).wants(201, "")
	want := doc{
		"concreteType": synapse.TypeFile, "name": "a.bam", "parentId": s.project,
		"dataFileHandleId": h, "description": "d", "versionNumber": 1.0, "versionLabel": "1",
		"isLatestVersion": true, "createdBy": fmt.Sprint(s.owner.id),
		"modifiedBy": fmt.Sprint(s.owner.id),
		"createdOn":  "2024-10-24T12:00:00.000Z", "modifiedOn": "2024-10-24T12:00:00.000Z",
		"id": a.str("id"), "etag": a.str("etag"),
	}
	if fmt.Sprint(a.doc) != fmt.Sprint(want) {
		t.Errorf("created %v, want %v", a.doc, want)
	}
	if a.str("id") == "syn1" || len(a.str("etag")) != 36 {
		t.Errorf("id %s and etag %s must be the server's own", a.str("id"), a.str("etag"))
	}
	b := s.do(s.owner, "GET", "/repo/v1/entity/"+a.str("id"), nil).wants(200, "")
	if fmt.Sprint(b.doc) != fmt.Sprint(a.doc) {
		t.Errorf("read back %v, want %v", b.doc, a.doc)
	}
}

// TestCreateChecks has one row for each check, in the server's order.
func TestCreateChecks(t *testing.T) {
	s := newSite(t)
	mine, theirs := s.handle(s.owner, "m", 0), s.handle(s.other, "m", 0)
	trashed := s.folder(s.project, "trashed")
	s.do(s.owner, "DELETE", "/repo/v1/entity/"+trashed, nil).wants(204, "")
	s.folder(s.project, "taken")
	file := s.file(s.project, "file", mine)
	sts, _ := s.stsFolder(s.project, "sts")
	folder := doc{"concreteType": synapse.TypeFolder, "name": "n", "parentId": s.project}
	bam := with(folder, "concreteType", synapse.TypeFile, "dataFileHandleId", mine)
	parentType := func(child, parent string) string {
		return "Entity type: " + child + " cannot have a parent of type: " + parent
	}
	for _, c := range []struct {
		name   string
		who    person
		body   doc
		status int
		reason string
	}{
		{"no such parent", s.owner, with(folder, "parentId", "syn1"), 404,
			"Cannot find a node with id: syn1"},
		{"bad parent ID", s.owner, with(folder, "parentId", "x"), 400, "x is not a valid Synapse ID."},
		{"raw name", s.owner, with(folder, "name", strings.Repeat(" ", 257)), 400,
			"Name must be 256 characters or less"},
		{"description", s.owner, with(folder, "description", strings.Repeat("d", 1001)), 400,
			"Description must be 1000 characters or less"},
		{"no parent", s.owner, with(folder, "parentId", nil), 400, parentType(synapse.TypeFolder,
			"null")},
		{"root as parent", s.owner, with(folder, "parentId", "syn4489"), 400,
			parentType(synapse.TypeFolder, "null")},
		{"file as parent", s.owner, with(folder, "parentId", file), 400,
			parentType(synapse.TypeFolder, synapse.TypeFile)},
		{"project in a project", s.owner, with(folder, "concreteType", synapse.TypeProject), 400,
			parentType(synapse.TypeProject, synapse.TypeProject)},
		{"unknown type", s.owner, with(folder, "concreteType", "x"), 400, "Unknown concrete type: 'x'"},
		{"link in an STS folder", s.owner, with(folder, "concreteType", synapse.TypeLink,
			"parentId", sts), 400,
			"Can only create Files and Folders inside STS-enabled folders"},
		{"no handle", s.owner, with(bam, "dataFileHandleId", nil), 400,
			"FileEntity.dataFileHandleId cannot be null"},
		{"file name override", s.owner, with(bam, "fileNameOverride", "x"), 400,
			"fileNameOverride field is deprecated and should not be set."},
		{"no such handle", s.owner, with(bam, "dataFileHandleId", "1"), 404,
			"FileHandle: '1' cannot be found"},
		{"blank name", s.owner, with(folder, "name", " \t"), 400,
			"Name cannot be only whitespace or empty string"},
		{"bad character", s.owner, with(folder, "name", "a/b"), 400, fmt.Sprintf(badName, "a/b")},
		{"bad character, untrimmed", s.owner, with(folder, "name", " ü "), 400, fmt.Sprintf(badName,
			"ü")},
		{"comment", s.owner, with(bam, "versionComment", strings.Repeat("c", 257)), 400,
			"Version comment length exceeds 256."},
		{"parent in the trash", s.owner, with(folder, "parentId", trashed), 404,
			"The given parent: " + trashed + " does not exist"},
		{"no right", s.other, folder, 403, lacks("CREATE")},
		{"nobody", nobody, folder, 403, readOnlyNobody},
		{"another's handle", s.owner, with(bam, "dataFileHandleId", theirs), 403,
			notOwner(theirs, s.owner)},
		{"taken name", s.owner, with(folder, "name", "taken"), 409,
			"An entity with the name: taken already exists with a parentId: " + s.project},
		{"taken name, other type", s.owner, with(bam, "name", "taken"), 409,
			"An entity with the name: taken already exists with a parentId: " + s.project},
		{"other case", s.owner, with(folder, "name", "Taken"), 201, ""},
		{"all characters", s.owner, with(folder, "name", "aZ09,_. -+()'"), 201, ""},
		{"dots", s.owner, with(folder, "name", ".."), 201, ""},
		{"longest name", s.owner, with(folder, "name", strings.Repeat("x", 256)), 201, ""},
		{"name of a deleted one", s.owner, with(folder, "name", "trashed"), 201, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := s.in(t)
			s.do(c.who, "POST", "/repo/v1/entity", c.body).wants(c.status, c.reason)
		})
	}
}

// TestCreateOrder has bodies with two things wrong: the earlier check
// answers.
func TestCreateOrder(t *testing.T) {
	s := newSite(t)
	theirs := s.handle(s.other, "m", 0)
	trashed := s.folder(s.project, "trashed")
	s.do(s.owner, "DELETE", "/repo/v1/entity/"+trashed, nil).wants(204, "")
	s.folder(s.project, "taken")
	file := doc{"concreteType": synapse.TypeFile, "name": "n", "parentId": s.project, "dataFileHandleId": theirs}
	for _, c := range []struct {
		name   string
		who    person
		body   doc
		status int
	}{
		{"handle before name", s.owner, with(file, "dataFileHandleId", "1", "name", "a/b"), 404},
		{"name before trash", s.owner, with(file, "name", "a/b", "parentId", trashed), 400},
		{"trash before right", s.other, with(file, "parentId", trashed), 404},
		{"right before owner", person{}, file, 403},
		{"owner before activity", s.owner, file, 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := s.in(t)
			s.do(c.who, "POST", "/repo/v1/entity?generatedBy=9", c.body).wants(c.status, "")
		})
	}
	s.do(s.owner, "POST", "/repo/v1/entity?generatedBy=9",
		doc{"concreteType": synapse.TypeFolder, "name": "taken", "parentId": s.project}).
		wants(404, "Activity id 9 not found.")
}

func TestNameLeftOut(t *testing.T) {
	s := newSite(t)
	folder := doc{"concreteType": synapse.TypeFolder, "parentId": s.project}
	a := s.do(s.owner, "POST", "/repo/v1/entity", folder).wants(201, "")
	if a.str("name") != a.str("id") {
		t.Errorf("name %q, want the ID %s", a.str("name"), a.str("id"))
	}
	s.do(s.owner, "POST", "/repo/v1/entity", with(folder, "name", "")).
		wants(400, "Name cannot be only whitespace or empty string")
}

func TestProjects(t *testing.T) {
	s := newSite(t)
	project := doc{"concreteType": synapse.TypeProject, "name": "p", "alias": "short_1"}
	fresh := s.AddUser(emulator.User{Name: "fresh"})
	p := person{fresh, s.AddToken(fresh, nil, 0)}
	s.do(nobody, "POST", "/repo/v1/entity", project).wants(403, readOnlyNobody)
	a := s.do(p, "POST", "/repo/v1/entity", project).wants(201, "")
	s.do(p, "PUT", "/repo/v1/entity/"+a.str("id"), with(a.doc, "description", "d")).wants(200, "")
	s.do(p, "POST", "/repo/v1/entity", doc{
		"concreteType": synapse.TypeFolder, "name": "f", "parentId": a.str("id"),
	}).wants(403, notCertified)
	s.do(s.owner, "POST", "/repo/v1/entity", project).
		wants(409, "An entity with the name: p already exists with a parentId: syn4489")
	s.do(s.owner, "POST", "/repo/v1/entity", with(project, "name", "q")).
		wants(409, "The friendly url name (alias): short_1 is already taken.  Please select another.")
	s.do(s.owner, "POST", "/repo/v1/entity", with(project, "name", "q", "alias", "a-b")).
		wants(400, "Aliases can only have letters (a-z and A-Z), digits (0-9) and underscores (_)")
}

func TestHierarchyLimits(t *testing.T) {
	s := newSite(t)
	full := s.folder(s.project, "full")
	for i := range 10_000 {
		s.folder(full, fmt.Sprint(i))
	}
	folder := doc{"concreteType": synapse.TypeFolder, "name": "one more", "parentId": full}
	reason := "Limit of 10000 children exceeded for parent: " + full
	s.do(s.owner, "POST", "/repo/v1/entity", folder).wants(400, reason)
	s.do(s.owner, "POST", "/repo/v1/entity", with(folder, "concreteType", synapse.TypeTable, "name", "table")).
		wants(201, "")
	moved := s.do(s.owner, "POST", "/repo/v1/entity", with(folder, "parentId", s.project)).
		wants(201, "")
	s.do(s.owner, "PUT", "/repo/v1/entity/"+moved.str("id"), with(moved.doc, "parentId", full)).
		wants(400, reason)

	folder["name"] = "deep"
	deep := s.project // depth 2
	for depth := 3; depth <= 50; depth++ {
		deep = s.do(s.owner, "POST", "/repo/v1/entity", with(folder, "parentId", deep)).
			wants(201, "").str("id")
	}
	s.do(s.owner, "POST", "/repo/v1/entity", with(folder, "parentId", deep)).
		wants(400, "Exceeded the maximum hierarchical depth of: 50 for parent: "+deep)
}
