package emulator_test

import (
	"fmt"
	"testing"

	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// TestLooseJSON: what clients in other languages send, each to the endpoint
// that they send it to.
func TestLooseJSON(t *testing.T) {
	s := newSite(t)
	handle := s.handle(s.owner, "a", 0)
	file := s.file(s.project, "f", handle)
	number := 0
	if _, err := fmt.Sscan(handle, &number); err != nil {
		t.Fatal(err)
	}
	a := s.do(s.owner, "POST", "/file/v1/fileHandle/batch", doc{
		"requestedFiles": []doc{{
			"fileHandleId": number, "associateObjectId": file, "associateObjectType": "FileEntity",
		}},
		"includeFileHandles": "true", "includePreSignedURLs": "false",
	}).wants(201, "")
	if got := a.list("requestedFiles")[0]["fileHandleId"]; got != handle {
		t.Errorf("file handle %v, want the text %s", got, handle)
	}
	a = s.do(s.owner, "POST", "/repo/v1/entity", doc{
		"concreteType": synapse.TypeFile, "name": 7, "parentId": s.project, "dataFileHandleId": number,
	}).wants(201, "")
	if a.str("name") != "7" || a.str("dataFileHandleId") != handle {
		t.Errorf("made %s", a.text)
	}
	s.do(s.owner, "POST", "/repo/v1/entity", doc{
		"concreteType": synapse.TypeFolder, "name": doc{}, "parentId": s.project,
	}).wants(400, `Could not read JSON: JSONObject["name"] is not a string.`)
}

func TestTrailingSlash(t *testing.T) {
	s := newSite(t)
	tests := []struct {
		method, path string
		status       int
	}{
		{"GET", "/repo/v1/userProfile/", 200},
		{"GET", "/repo/v1/entity/" + s.project + "/", 200},
		{"GET", "/repo/v1/entity/" + s.project + "/type/", 200},
		{"HEAD", "/repo/v1/userProfile/", 200},
		{"GET", "/repo/v1/userProfile//", 404},
		{"GET", "/repo/v1//userProfile", 404},
		{"GET", "//repo/v1/userProfile", 404},
		{"GET", "/repo/v1/entity//type", 404},
		{"GET", "/repo/v1/entity/" + s.project + "//", 404},
		{"GET", "/repo/v1/entity/%2F", 400},
		{"GET", "/repo/v1/entity/" + s.project + "%2Ftype", 400},
		{"GET", "/repo/v1/entity/" + s.project + "%2F", 400},
		{"GET", "/repo/v1/entity/%2E%2E/", 400},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			s.in(t).do(s.owner, tt.method, tt.path, nil).wants(tt.status, "")
		})
	}
	s.InjectFault(emulator.Fault{PathPattern: "/repo/v1/entity/" + s.project, Status: 503, Reason: "down"})
	s.do(s.owner, "GET", "/repo/v1/entity/"+s.project+"/", nil).wants(503, "down")
}

// TestMissingVersion: each endpoint has its own words for a version that
// doesn't exist.
func TestMissingVersion(t *testing.T) {
	s := newSite(t)
	id, _ := s.versioned()
	base := "/repo/v1/entity/" + id + "/version/99"
	node := "Cannot find a node with id " + id + " and version 99"
	noHandle := "Object " + id + " does not have a file handle associated with it."
	tests := []struct {
		method, path string
		body         any
		status       int
		reason       string
	}{
		{"GET", "", nil, 404, node},
		{"GET", "/annotations2", nil, 404, "Cannot find a node with id: " + id},
		{"GET", "/filehandles", nil, 404, noHandle},
		{"GET", "/file", nil, 404, noHandle},
		{"POST", "/bundle2", doc{"includeEntity": true, "includeFileHandles": true}, 404, node},
		{"POST", "/bundle2", doc{"includeAnnotations": true}, 404, "Cannot find a node with id: " + id},
		{"POST", "/bundle2", doc{"includeFileHandles": true}, 200, ""},
		{"DELETE", "", nil, 204, ""},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.method, tt.path, tt.body), func(t *testing.T) {
			a := s.in(t).do(s.owner, tt.method, base+tt.path, tt.body).wants(tt.status, tt.reason)
			if tt.status != 200 {
				return
			}
			if list, ok := a.doc["fileHandles"].([]any); !ok || len(list) != 0 {
				t.Errorf("bundle %s, want an empty list of file handles", a.text)
			}
		})
	}
	s.do(s.other, "POST", base+"/bundle2", doc{"includeEntity": true}).
		wants(403, "You lack READ access to the requested entity.")
}

func TestTeamsOfUser(t *testing.T) {
	s := newSite(t)
	lab, empty := s.AddTeam("lab"), s.AddTeam("empty")
	far := s.AddTeam("far")
	member := s.AddUser(emulator.User{Name: "ann", Teams: []int64{lab, far}})
	base := fmt.Sprintf("/repo/v1/user/%d/team", member)
	for _, tt := range []struct {
		query  string
		status int
		want   string
	}{
		{"", 200, "[lab far] 2"},
		{"/", 200, "[lab far] 2"},
		{"?limit=1", 200, "[lab] 2"},
		{"?limit=1&offset=1", 200, "[far] 3"},
		{"?limit=0", 400, ""},
	} {
		t.Run(tt.query, func(t *testing.T) {
			a := s.in(t).do(s.owner, "GET", base+tt.query, nil).wants(tt.status, "")
			if tt.status != 200 {
				return
			}
			names := []any{}
			for _, one := range a.list("results") {
				names = append(names, one["name"])
			}
			if got := fmt.Sprint(names, " ", a.doc["totalNumberOfResults"]); got != tt.want {
				t.Errorf("teams %s, want %s", got, tt.want)
			}
		})
	}
	s.do(s.owner, "GET", fmt.Sprintf("/repo/v1/user/%d/team", empty), nil).wants(200, "")
	s.do(s.owner, "GET", "/repo/v1/user/x/team", nil).wants(400, `For input string: "x"`)
}

func TestPrincipalsByPrefix(t *testing.T) {
	s := newSite(t)
	s.AddTeam("Lab of Ann")
	s.AddUser(emulator.User{Name: "ann", FirstName: "Ann", LastName: "Other"})
	s.AddUser(emulator.User{Name: "labrador"})
	for _, tt := range []struct {
		query  string
		status int
		want   string
	}{
		{"?prefix=LAB", 200, "[Lab of Ann labrador] 2 LAB"},
		{"?prefix=lab&typeFilter=USERS_ONLY", 200, "[labrador] 1 lab"},
		{"?prefix=lab&typeFilter=TEAMS_ONLY", 200, "[Lab of Ann] 1 lab"},
		{"?prefix=lab&limit=1&offset=1", 200, "[labrador] 2 lab"},
		{"?prefix=oth", 200, "[ann other] 2 oth"},
		{"?prefix=ann%20oth&typeFilter=ALL", 200, "[ann] 1 ann oth"},
		{"?prefix=zebra", 200, "[] 0 zebra"},
		{"?prefix=lab&typeFilter=DOGS", 400, ""},
		{"?prefix=lab&limit=x", 400, ""},
	} {
		t.Run(tt.query, func(t *testing.T) {
			a := s.in(t).do(nobody, "GET", "/repo/v1/userGroupHeaders"+tt.query, nil).wants(tt.status, "")
			if tt.status != 200 {
				return
			}
			names := []any{}
			for _, one := range a.list("children") {
				names = append(names, one["userName"])
			}
			got := fmt.Sprint(names, " ", a.doc["totalNumberOfResults"], " ", a.doc["prefixFilter"])
			if got != tt.want {
				t.Errorf("principals %s, want %s", got, tt.want)
			}
		})
	}
}

func TestDockerRepository(t *testing.T) {
	s := newSite(t)
	body := doc{
		"concreteType": synapse.TypeDockerRepository, "parentId": s.project,
		"repositoryName": "docker.example.org/lab/tool",
	}
	made := s.do(s.owner, "POST", "/repo/v1/entity", body).wants(201, "")
	if made.str("repositoryName") != "docker.example.org/lab/tool" || made.doc["isManaged"] != false {
		t.Errorf("made %s", made.text)
	}
	if got := s.fetch(made.str("id"))["repositoryName"]; got != "docker.example.org/lab/tool" {
		t.Errorf("repository %v", got)
	}
	changed := s.put(s.owner, with(s.fetch(made.str("id")), "description", "d"), "").wants(200, "")
	if changed.str("repositoryName") != "docker.example.org/lab/tool" {
		t.Errorf("after a change %s", changed.text)
	}
}

func TestRecordSet(t *testing.T) {
	s := newSite(t)
	folder := s.folder(s.project, "folder")
	sts, location := s.stsFolder(s.project, "sts")
	body := func(parent, name string) doc {
		return doc{
			"concreteType": synapse.TypeRecordSet, "parentId": parent, "name": name,
			"dataFileHandleId": s.handle(s.owner, "a", 0), "upsertKey": []string{"id"},
		}
	}
	made := s.do(s.owner, "POST", "/repo/v1/entity", body(folder, "records")).wants(201, "")
	if made.doc["versionNumber"] != 1.0 || made.str("dataFileHandleId") == "" {
		t.Errorf("made %s", made.text)
	}
	s.do(s.owner, "POST", "/repo/v1/entity", body(s.project, "records")).wants(201, "")
	s.do(s.owner, "POST", "/repo/v1/entity", body(folder, "records")).wants(409, "")
	s.do(s.owner, "POST", "/repo/v1/entity", with(body(folder, "x"), "upsertKey", nil)).
		wants(400, "The upsertKey is required and must not be empty.")
	s.do(s.owner, "POST", "/repo/v1/entity", with(body(folder, "x"), "dataFileHandleId", nil)).
		wants(400, "FileEntity.dataFileHandleId cannot be null")
	inside := with(body(sts, "x"), "dataFileHandleId", s.handle(s.owner, "a", location))
	s.do(s.owner, "POST", "/repo/v1/entity", inside).
		wants(400, "Can only create Files and Folders inside STS-enabled folders")
	for types, want := range map[string]float64{"recordset": 1, "file": 0} {
		a := s.do(s.owner, "POST", "/repo/v1/entity/children", doc{
			"parentId": folder, "includeTypes": []string{types}, "includeTotalChildCount": true,
		}).wants(200, "")
		if a.doc["totalChildCount"] != want {
			t.Errorf("%s: %v children, want %v", types, a.doc["totalChildCount"], want)
		}
	}
	changed := with(s.fetch(made.str("id")), "dataFileHandleId", s.handle(s.owner, "b", 0))
	if a := s.put(s.owner, changed, "").wants(200, ""); a.doc["versionNumber"] != 2.0 {
		t.Errorf("after new content: version %v, want 2", a.doc["versionNumber"])
	}
}
