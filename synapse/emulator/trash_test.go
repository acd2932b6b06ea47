package emulator_test

import (
	"fmt"
	"testing"

	"synapse-migrate/synapse"
)

func TestDelete(t *testing.T) {
	s := newSite(t)
	folder := s.folder(s.project, "f")
	inside := s.folder(folder, "inside")
	s.grant(inside, s.other, "READ", "DELETE")
	s.do(s.other, "DELETE", "/repo/v1/entity/"+folder, nil).wants(403, lacks("DELETE"))
	s.do(nobody, "DELETE", "/repo/v1/entity/"+folder, nil).wants(403, readOnlyNobody)
	for _, id := range []string{folder, folder, inside, "syn1"} {
		s.do(s.owner, "DELETE", "/repo/v1/entity/"+id, nil).wants(204, "")
	}
	for _, id := range []string{folder, inside} {
		s.do(s.owner, "GET", "/repo/v1/entity/"+id, nil).wants(404, "Entity "+id+" is in trash can.")
		s.do(s.other, "GET", "/repo/v1/entity/"+id+"/annotations2", nil).
			wants(404, "Entity "+id+" is in trash can.")
	}
	s.do(s.owner, "GET", "/repo/v1/entity/syn1", nil).wants(404, "Resource: 'syn1' does not exist")
	s.do(s.owner, "DELETE", "/repo/v1/entity/x", nil).wants(400, "x is not a valid Synapse ID.")
	s.do(s.owner, "PUT", "/repo/v1/trashcan/restore/"+folder, nil).wants(200, "")
	s.do(s.other, "GET", "/repo/v1/entity/"+inside, nil).wants(403, lacks("READ"))
}

func TestRestore(t *testing.T) {
	s := newSite(t)
	home, away := s.folder(s.project, "home"), s.folder(s.project, "away")
	id := s.folder(home, "f")
	sts, _ := s.stsFolder(s.project, "sts")
	s.grant(home, s.other, "READ", "DELETE")
	closed := s.AddProject(s.other.id, "closed")
	restore := "/repo/v1/trashcan/restore/" + id
	s.do(s.owner, "PUT", restore, nil).wants(404, "The node "+id+" is not in the trash can.")
	s.do(s.owner, "PUT", "/repo/v1/trashcan/trash/"+id, nil).wants(200, "")
	s.do(s.other, "PUT", restore, nil).wants(403, fmt.Sprintf(
		"User %d not allowed to restore %s. The node was deleted by a different user.", s.other.id, id))
	s.do(s.owner, "PUT", restore+"/"+closed, nil).wants(403, lacks("CREATE"))
	s.do(s.owner, "PUT", restore+"/"+sts, nil).
		wants(400, "Entities can be restored to STS-enabled folders only if that were its original parent")
	s.do(s.owner, "PUT", restore+"/syn4489", nil).wants(400, "Ony projects can be restored to root")
	s.folder(home, "f")
	s.do(s.owner, "PUT", restore, nil).
		wants(409, "An entity with the name: f already exists with a parentId: "+home)
	s.do(s.owner, "PUT", restore+"/"+away, nil).wants(200, "")
	if got := s.fetch(id); got["name"] != "f" || got["parentId"] != away {
		t.Errorf("restored %v", got)
	}
	s.do(s.owner, "PUT", restore, nil).wants(404, "")

	s.do(s.owner, "DELETE", "/repo/v1/entity/"+id, nil).wants(204, "")
	s.do(s.owner, "DELETE", "/repo/v1/entity/"+away, nil).wants(204, "")
	s.do(s.owner, "PUT", restore, nil).
		wants(403, "The intended parent "+away+" is in the trash can and cannot be restored to.")
}

func TestRestoreProject(t *testing.T) {
	s := newSite(t)
	s.do(s.owner, "DELETE", "/repo/v1/entity/"+s.project, nil).wants(204, "")
	s.do(s.owner, "PUT", "/repo/v1/trashcan/restore/"+s.project, nil).wants(200, "")
	s.put(s.owner, with(s.fetch(s.project), "description", "mine again"), "").wants(200, "")
}

func TestViewAndPurgeTrash(t *testing.T) {
	s := newSite(t)
	one, two := s.folder(s.project, "one"), s.folder(s.project, "two")
	for _, id := range []string{one, two} {
		s.do(s.owner, "DELETE", "/repo/v1/entity/"+id, nil).wants(204, "")
		s.clock.move(1e9)
	}
	skipped := s.folder(s.project, "skipped")
	s.do(s.owner, "DELETE", "/repo/v1/entity/"+skipped+"?skipTrashCan=true", nil).wants(204, "")
	view := func(p person, query string) string {
		t.Helper()
		names := []any{}
		for _, row := range s.do(p, "GET", "/repo/v1/trashcan/view"+query, nil).
			wants(200, "").list("results") {
			names = append(names, row["entityName"], row["entityType"], row["originalParentId"] == s.project)
		}
		return fmt.Sprint(names)
	}
	if got, want := view(s.owner, ""), "[two folder true one folder true]"; got != want {
		t.Errorf("trash %s, want %s", got, want)
	}
	if got, want := view(s.owner, "?limit=1&offset=1"), "[one folder true]"; got != want {
		t.Errorf("second page %s, want %s", got, want)
	}
	if got := view(s.other, ""); got != "[]" {
		t.Errorf("trash of another %s", got)
	}
	s.do(s.other, "PUT", "/repo/v1/trashcan/purge/"+one, nil).
		wants(403, fmt.Sprintf("Insufficient permissions for user %d", s.other.id))
	s.do(s.owner, "PUT", "/repo/v1/trashcan/purge/"+one, nil).wants(200, "")
	s.do(s.owner, "PUT", "/repo/v1/trashcan/purge/"+one, nil).wants(200, "")
	if got, want := view(s.owner, ""), "[two folder true]"; got != want {
		t.Errorf("trash after purging %s, want %s", got, want)
	}
	s.do(s.owner, "PUT", "/repo/v1/trashcan/restore/"+one, nil).wants(404, "")
}

func TestDeleteWithTooManyFolders(t *testing.T) {
	s := newSite(t)
	top := s.folder(s.project, "top")
	for range 2 {
		parent := s.folder(top, "half")
		for i := range 5_000 {
			s.folder(parent, fmt.Sprint(i))
		}
	}
	s.do(s.owner, "DELETE", "/repo/v1/entity/"+top, nil).
		wants(400, "Unable to delete a project/folder "+
			"with more than 10000 sub-folders. Please delete the sub-folders first.")
	s.do(s.owner, "GET", "/repo/v1/entity/"+top, nil).wants(200, "")
}

func TestSTSRulesInTheTree(t *testing.T) {
	s := newSite(t)
	sts, loc := s.stsFolder(s.project, "sts")
	other, otherLoc := s.stsFolder(s.project, "other")
	twin := s.folder(s.project, "twin")
	if err := s.SetUploadSetting(twin, loc); err != nil {
		t.Fatal(err)
	}
	plain, deep := s.folder(s.project, "plain"), s.folder(sts, "deep")
	stsFolderInside := s.folder(sts, "moving")
	link := s.do(s.owner, "POST", "/repo/v1/entity", doc{"concreteType": synapse.TypeLink,
		"name": "link", "parentId": s.project}).wants(201, "").str("id")
	in, inOther, nowhere := s.handle(s.owner, "m", loc), s.handle(s.owner, "m", otherLoc), s.handle(s.owner, "m", 0)
	file := s.file(deep, "file", in)
	const (
		onlySame  = "Files in STS-enabled storage locations can only be placed in folders with the same storage location"
		onlyFiles = "Folders with STS-enabled storage locations can only accept files with the same storage location"
	)
	create := func(parent, handle string) doc {
		return doc{"concreteType": synapse.TypeFile, "name": "n " + parent + handle, "parentId": parent,
			"dataFileHandleId": handle}
	}
	move := func(id, parent string) doc { return with(s.fetch(id), "parentId", parent) }
	for _, c := range []struct {
		name   string
		body   doc
		reason string
	}{
		{"file of the location", create(sts, in), ""},
		{"deeper", create(deep, in), ""},
		{"file of the location in its twin", create(twin, in), ""},
		{"file of another STS location", create(sts, inOther), onlySame},
		{"STS file outside", create(plain, in), onlySame},
		{"file of no location", create(sts, nowhere), onlyFiles},
		{"plain file outside", create(plain, nowhere), ""},
		{"file moved out", move(file, plain), onlySame},
		{"file moved to the twin", move(file, twin), ""},
		{"other handle on a plain update", with(s.fetch(file), "dataFileHandleId", nowhere), onlyFiles},
		{"STS folder into another", move(sts, other),
			"Cannot place an STS-enabled folder inside another STS-enabled folder"},
		{"STS folder elsewhere", move(other, plain), ""},
		{"sub-folder out", move(stsFolderInside, plain),
			"Folders in STS-enabled storage locations can only be " +
				"placed in folders with the same storage location"},
		{"sub-folder to the twin", move(stsFolderInside, twin), ""},
		{"plain folder in", move(plain, sts), "Non-STS-enabled folders cannot be placed inside STS-enabled folders"},
		{"link in", move(link, sts), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := s.in(t)
			method, path, status := "POST", "/repo/v1/entity", 201
			if id, moved := c.body["id"].(string); moved {
				method, path, status = "PUT", path+"/"+id, 200
				c.body["etag"] = s.fetch(id)["etag"]
			}
			if c.reason != "" {
				status = 400
			}
			s.do(s.owner, method, path, c.body).wants(status, c.reason)
		})
	}
}
