package emulator_test

import (
	"fmt"
	"testing"
)

// versioned makes a file of three versions and returns it with its handles.
func (s *site) versioned() (id string, handles []string) {
	s.t.Helper()
	for _, md5 := range []string{"a", "b", "c"} {
		handles = append(handles, s.handle(s.owner, md5, 0))
	}
	id = s.file(s.project, "file", handles[0])
	for _, h := range handles[1:] {
		s.put(s.owner, with(s.fetch(id), "dataFileHandleId", h), "").wants(200, "")
	}
	return id, handles
}

func TestListVersions(t *testing.T) {
	s := newSite(t)
	id, _ := s.versioned()
	base := "/repo/v1/entity/" + id + "/version"
	for _, c := range []struct {
		query  string
		want   string
		total  float64
		status int
	}{
		{"", "[3 c true 2 b false 1 a false]", 3, 200},
		{"?limit=2", "[3 c true 2 b false]", 3, 200},
		{"?limit=2&offset=2", "[1 a false]", 3, 200},
		{"?offset=9", "[]", 3, 200},
		{"?limit=0", "", 0, 400},
		{"?offset=-1", "", 0, 400},
		{"?limit=x", "", 0, 400},
	} {
		a := s.do(s.owner, "GET", base+c.query, nil).wants(c.status, "")
		if c.status != 200 {
			continue
		}
		got := []any{}
		for _, v := range a.list("results") {
			got = append(got, v["versionNumber"], v["contentMd5"], v["isLatestVersion"])
			if v["contentSize"] != "10" {
				t.Errorf("contentSize %v, want the text 10", v["contentSize"])
			}
		}
		if fmt.Sprint(got) != c.want || a.doc["totalNumberOfResults"] != c.total {
			t.Errorf("%s: %v of %v, want %s of %v", c.query, got, a.doc["totalNumberOfResults"], c.want, c.total)
		}
	}
}

func TestGetVersion(t *testing.T) {
	s := newSite(t)
	id, handles := s.versioned()
	base := "/repo/v1/entity/" + id + "/version/"
	a := s.do(s.owner, "GET", base+"1", nil).wants(200, "")
	if a.str("dataFileHandleId") != handles[0] || a.doc["isLatestVersion"] != false ||
		a.str("etag") != "00000000-0000-0000-0000-000000000000" {
		t.Errorf("version 1: %s", a.text)
	}
	b := s.do(s.owner, "GET", base+"3", nil).wants(200, "")
	if fmt.Sprint(b.doc) != fmt.Sprint(s.fetch(id)) {
		t.Errorf("version 3: %v, want the current entity", b.doc)
	}
	s.do(s.owner, "GET", base+"4", nil).wants(404, "")
	s.do(s.other, "GET", base+"1", nil).wants(403, lacks("READ"))
}

func TestDeleteVersion(t *testing.T) {
	s := newSite(t)
	id, handles := s.versioned()
	base := "/repo/v1/entity/" + id + "/version/"
	s.do(s.other, "DELETE", base+"3", nil).wants(403, lacks("DELETE"))
	s.do(s.owner, "DELETE", base+"3", nil).wants(204, "")
	s.do(s.owner, "DELETE", base+"3", nil).wants(204, "")
	if got := s.fetch(id); got["versionNumber"] != 2.0 || got["dataFileHandleId"] != handles[1] {
		t.Errorf("current version %v", got)
	}
	d := s.put(s.owner, with(s.fetch(id), "versionLabel", nil), "?newVersion=true").wants(200, "")
	if d.doc["versionNumber"] != 4.0 {
		t.Errorf("new version %v, want 4: numbers are not used again", d.doc["versionNumber"])
	}
	s.do(s.owner, "DELETE", base+"2", nil).wants(204, "")
	s.do(s.owner, "DELETE", base+"4", nil).wants(204, "")
	s.do(s.owner, "DELETE", base+"1", nil).wants(400, "Cannot delete the last version of a node")
}

func TestRepointVersion(t *testing.T) {
	s := newSite(t)
	id, handles := s.versioned()
	same, theirs := s.handle(s.owner, "a", 0), s.handle(s.other, "a", 0)
	noMD5 := s.handle(s.owner, "", 0)
	elsewhere := s.handle(s.owner, "a", 0)
	_, location := s.stsFolder(s.project, "sts")
	inSTS := s.handle(s.owner, "a", location)
	s.grant(id, s.other, "READ")
	folder := s.folder(s.project, "folder")
	differs := "The MD5 of the new file handle does not match the MD5 of the current file handle, " +
		"a new version must be created."
	for _, c := range []struct {
		name, path, old, new string
		who                  person
		status               int
		reason               string
	}{
		{"no such version", id + "/version/9", handles[0], same, s.owner, 404,
			"A file entity with id " + id + " and revision 9 does not exist."},
		{"not a file", folder + "/version/1", handles[0], same, s.owner, 404,
			"A file entity with id " + folder + " and revision 1 does not exist."},
		{"no right", id + "/version/1", handles[0], same, s.other, 403, lacks("UPDATE")},
		{"another's handle", id + "/version/1", handles[0], theirs, s.owner, 403,
			notOwner(theirs, s.owner)},
		{"not current", id + "/version/1", elsewhere, same, s.owner, 412,
			"The id of the provided file handle id " +
				"(request.oldFileHandleId: " + elsewhere + ") does not match the current file handle id."},
		{"equal", id + "/version/1", handles[0], handles[0], s.owner, 200, ""},
		{"other MD5", id + "/version/1", handles[0], handles[1], s.owner, 412, differs},
		{"no MD5", id + "/version/1", handles[0], noMD5, s.owner, 412, differs},
		{"STS handle", id + "/version/1", handles[0], inSTS, s.owner, 400,
			"Files in STS-enabled storage locations can only be placed in folders with the same storage location"},
		{"an old version", id + "/version/1", handles[0], same, s.owner, 200, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := s.in(t)
			etag := s.fetch(id)["etag"]
			a := s.do(c.who, "PUT", "/repo/v1/entity/"+c.path+"/filehandle",
				doc{"oldFileHandleId": c.old, "newFileHandleId": c.new}).wants(c.status, c.reason)
			changed := s.fetch(id)["etag"] != etag
			if want := c.status == 200 && c.old != c.new; changed != want {
				t.Errorf("etag changed: %t, want %t", changed, want)
			}
			if c.status == 200 && a.text != "" {
				t.Errorf("body %q, want none", a.text)
			}
		})
	}
	a := s.do(s.owner, "GET", "/repo/v1/entity/"+id+"/version/1", nil).wants(200, "")
	if a.str("dataFileHandleId") != same {
		t.Errorf("version 1 has handle %s, want %s", a.str("dataFileHandleId"), same)
	}
	if got := s.fetch(id)["versionNumber"]; got != 3.0 {
		t.Errorf("current version %v, want 3: no new one", got)
	}
}
