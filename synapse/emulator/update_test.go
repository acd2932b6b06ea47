package emulator_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

func stale(id string) string {
	return "Object: " + id + " was updated since you last fetched it, " +
		"retrieve it again and re-apply the update"
}

// fetch reads an entity.
func (s *site) fetch(id string) doc {
	s.t.Helper()
	return s.do(s.owner, "GET", "/repo/v1/entity/"+id, nil).wants(200, "").doc
}

// put replaces an entity.
func (s *site) put(p person, d doc, query string) answer {
	s.t.Helper()
	id, _ := d["id"].(string)
	return s.do(p, "PUT", "/repo/v1/entity/"+id+query, d)
}

func TestUpdateChecks(t *testing.T) {
	s := newSite(t)
	mine, theirs := s.handle(s.owner, "m", 0), s.handle(s.other, "n", 0)
	file := s.fetch(s.file(s.project, "file", mine))
	upper := s.folder(s.project, "upper")
	lower := s.folder(upper, "lower")
	above := s.fetch(upper)
	guest := s.AddUser(emulator.User{Name: "guest"})
	uncertified := person{guest, s.AddToken(guest, nil, 0)}
	s.grant(lower, uncertified, "READ", "UPDATE")
	below := s.fetch(lower)
	s.folder(s.project, "taken")
	trashed := s.fetch(s.folder(s.project, "trashed"))
	s.do(s.owner, "DELETE", "/repo/v1/entity/"+trashed["id"].(string), nil).wants(204, "")
	for _, c := range []struct {
		name   string
		who    person
		body   doc
		status int
		reason string
	}{
		{"no ID", s.owner, with(file, "id", nil), 400, ""},
		{"no such entity", s.owner, with(file, "id", "syn1"), 404, "Entity syn1 does not exist"},
		{"in the trash", s.owner, trashed, 404,
			fmt.Sprintf("Entity %s is in trash can.", trashed["id"])},
		{"cycle", s.owner, with(above, "parentId", lower), 400,
			"Invalid hierarchy: an entity cannot be an ancestor of itself"},
		{"own parent", s.owner, with(above, "parentId", upper), 400,
			"Invalid hierarchy: an entity cannot be an ancestor of itself"},
		{"no handle", s.owner, with(file, "dataFileHandleId", nil), 400,
			"FileEntity.dataFileHandleId cannot be null"},
		{"unreadable", s.other, above, 403, lacks("READ")},
		{"other type", s.owner, with(above, "concreteType", synapse.TypeLink), 400,
			fmt.Sprintf("The Entity: %s has an entityType=%s and cannot be changed to entityType=%s",
				upper, synapse.TypeFolder, synapse.TypeLink)},
		{"name", s.owner, with(file, "name", "#"), 400, fmt.Sprintf(badName, "#")},
		{"no name", s.owner, with(file, "name", nil), 400, ""},
		{"no etag", s.owner, with(file, "etag", nil), 400, "The eTag of the node is required."},
		{"not certified", uncertified, below, 403, notCertified},
		{"another's handle", s.owner, with(file, "dataFileHandleId", theirs), 403,
			notOwner(theirs, s.owner)},
		{"stale", s.owner, with(file, "etag", "x"), 412, stale(file["id"].(string))},
		{"taken name", s.owner, with(file, "name", "taken"), 409,
			"An entity with the name: taken already exists with a parentId: " + s.project},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := s.in(t)
			id := strings.TrimSpace(fmt.Sprint(c.body["id"]))
			s.do(c.who, "PUT", "/repo/v1/entity/"+id, c.body).wants(c.status, c.reason)
		})
	}
}

func TestUpdateNeedsTheRight(t *testing.T) {
	s := newSite(t)
	folder := s.folder(s.project, "f")
	s.grant(folder, s.other, "READ")
	s.put(s.other, s.fetch(folder), "").wants(403, lacks("UPDATE"))
	s.put(nobody, s.fetch(folder), "").wants(403, lacks("READ"))
}

func TestEveryWriteChangesTheEtag(t *testing.T) {
	s := newSite(t)
	id := s.folder(s.project, "f")
	before := s.fetch(id)["etag"]
	step := func(name string) {
		t.Helper()
		now := s.fetch(id)["etag"]
		if now == before {
			t.Errorf("%s: same etag", name)
		}
		before = now
	}
	s.put(s.owner, with(s.fetch(id), "name", "g"), "").wants(200, "")
	step("rename")
	s.do(s.owner, "PUT", "/repo/v1/entity/"+id+"/annotations2",
		doc{"id": id, "etag": before, "annotations": doc{}}).wants(200, "")
	step("annotations")
	acl := doc{"resourceAccess": []doc{{"principalId": s.owner.id,
		"accessType": []string{"READ", "UPDATE", "CHANGE_PERMISSIONS"}}}}
	made := s.do(s.owner, "POST", "/repo/v1/entity/"+id+"/acl", acl).wants(201, "")
	step("new ACL")
	s.do(s.owner, "PUT", "/repo/v1/entity/"+id+"/acl", made.doc).wants(200, "")
	step("ACL")
	s.do(s.owner, "DELETE", "/repo/v1/entity/"+id+"/acl", nil).wants(204, "")
	step("no ACL")
}

func TestUpdateVersions(t *testing.T) {
	s := newSite(t)
	one, same, two := s.handle(s.owner, "a", 0), s.handle(s.owner, "a", 0), s.handle(s.owner, "b", 0)
	noMD5 := s.handle(s.owner, "", 0)
	for _, c := range []struct {
		name, query string
		change      []any
		number      float64
		label       string
		comment     string
	}{
		{"same MD5", "", []any{"dataFileHandleId", same}, 1, "first", "c"},
		{"other MD5 forgets label and comment", "", []any{"dataFileHandleId", two}, 2, "2", ""},
		{"no MD5 is like no other", "", []any{"dataFileHandleId", noMD5}, 2, "2", ""},
		{"asked for", "?newVersion=true", []any{"versionLabel", "second"}, 2, "second", "c"},
		{"asked for, other MD5", "?newVersion=true",
			[]any{"versionLabel", "second", "dataFileHandleId", two}, 2, "second", "c"},
		{"label left out of a new version", "?newVersion=true", []any{"versionLabel", nil}, 2, "2", "c"},
		{"label left out becomes 1", "", []any{"versionLabel", nil}, 1, "1", "c"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := s.in(t)
			id := s.file(s.project, "file", one)
			d := with(s.fetch(id), "versionLabel", "first", "versionComment", "c")
			d = s.put(s.owner, d, "").wants(200, "").doc
			a := s.put(s.owner, with(d, c.change...), c.query).wants(200, "")
			got := []any{a.doc["versionNumber"], a.str("versionLabel"), a.str("versionComment")}
			if want := []any{c.number, c.label, c.comment}; !slices.Equal(got, want) {
				t.Errorf("number, label, comment %q, want %q", got, want)
			}
		})
	}
}

func TestVersionLabelsAreUnique(t *testing.T) {
	s := newSite(t)
	id := s.file(s.project, "file", s.handle(s.owner, "a", 0))
	s.put(s.owner, with(s.fetch(id), "versionLabel", "X"), "").wants(200, "")
	a := s.put(s.owner, with(s.fetch(id), "versionLabel", "x"), "?newVersion=true").wants(400, "")
	if !strings.Contains(a.str("reason"), "UNIQUE_REVISION_LABEL") {
		t.Errorf("reason %q", a.str("reason"))
	}
	s.put(s.owner, with(s.fetch(id), "versionLabel", "1"), "?newVersion=true").wants(200, "")
	s.put(s.owner, with(s.fetch(id), "versionLabel", nil), "?newVersion=true").wants(200, "")
	s.put(s.owner, with(s.fetch(id), "versionLabel", nil), "").wants(500, "")
}

func TestAliasNeedsChangeSettings(t *testing.T) {
	s := newSite(t)
	s.grant(s.project, s.other, "READ", "UPDATE")
	s.put(s.other, with(s.fetch(s.project), "alias", "mine"), "").wants(403, lacks("CHANGE_SETTINGS"))
	s.put(s.owner, with(s.fetch(s.project), "alias", "mine"), "").wants(200, "")
	s.put(s.other, with(s.fetch(s.project), "description", "d"), "").wants(200, "")
	if err := s.SetACL(s.project, synapse.ResourceAccess{PrincipalID: s.owner.id,
		AccessType: []synapse.AccessType{"READ", "UPDATE"}}); err != nil {
		t.Fatal(err)
	}
	s.put(s.owner, with(s.fetch(s.project), "alias", "by_its_creator"), "").wants(200, "")
}

func TestTwoHandlesWithoutMD5Differ(t *testing.T) {
	s := newSite(t)
	one, two := s.handle(s.owner, "", 0), s.handle(s.owner, "", 0)
	id := s.file(s.project, "file", one)
	a := s.put(s.owner, with(s.fetch(id), "dataFileHandleId", two), "").wants(200, "")
	if a.doc["versionNumber"] != 2.0 {
		t.Errorf("version %v, want a new one", a.doc["versionNumber"])
	}
}

func TestMove(t *testing.T) {
	s := newSite(t)
	from, to := s.folder(s.project, "from"), s.folder(s.project, "to")
	id := s.folder(from, "f")
	closed := s.AddProject(s.other.id, "closed")
	d := s.fetch(id)
	s.put(s.owner, with(d, "parentId", closed), "").
		wants(403, "You cannot move content into the new location, "+closed+". "+lacks("CREATE"))
	s.grant(id, s.other, "READ", "UPDATE")
	s.grant(to, s.other, "READ", "CREATE")
	s.put(s.other, with(s.fetch(id), "parentId", to), "").
		wants(403, "CHANGE_PERMISSIONS is required to move to a new location")
	s.put(s.owner, with(s.fetch(id), "parentId", to), "").wants(200, "")
	child := doc{"parentId": to, "entityName": "f"}
	if a := s.do(s.owner, "POST", "/repo/v1/entity/child", child).wants(200, ""); a.str("id") != id {
		t.Errorf("child %s, want %s", a.str("id"), id)
	}
	s.do(s.owner, "POST", "/repo/v1/entity/child", with(child, "parentId", from)).wants(404, "")
}
