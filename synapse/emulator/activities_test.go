package emulator_test

import (
	"fmt"
	"testing"

	"synapse-migrate/synapse"
)

const activityPath = "/repo/v1/activity"

// activity makes a record of a person's and returns its ID.
func (s *site) activity(p person, name string) string {
	s.t.Helper()
	return s.do(p, "POST", activityPath, doc{"name": name}).wants(201, "").str("id")
}

func noActivity(id string) string { return "Activity with id '" + id + "' could not be found." }

func hiddenActivity(id string) string { return "User lacks permission to access Activity " + id }

// generatedBy is the path of an entity's activity, connected when one is
// named.
func generatedBy(entity, activity string) string {
	path := "/repo/v1/entity/" + entity + "/generatedBy"
	if activity != "" {
		path += "?generatedBy=" + activity
	}
	return path
}

func TestCreateActivity(t *testing.T) {
	s := newSite(t)
	id, _ := s.versioned()
	usedURL := func(url any) doc { return doc{"concreteType": synapse.TypeUsedURL, "url": url} }
	usedEntity := func(reference doc) doc {
		return doc{"concreteType": synapse.TypeUsedEntity, "wasExecuted": true, "reference": reference}
	}
	for _, c := range []struct {
		name   string
		who    person
		used   []doc
		status int
		reason string
	}{
		{"nothing used", s.owner, nil, 201, ""},
		{"a URL", s.owner, []doc{usedURL("https://example.org/tool")}, 201, ""},
		{"an entity that doesn't exist", s.owner, []doc{usedEntity(doc{"targetId": "syn1"})}, 201, ""},
		{"no kind", s.owner, []doc{{"url": "https://example.org"}}, 400,
			"Could not read JSON: no provenance of concreteType ''"},
		{"no URL", s.owner, []doc{usedURL(nil)}, 400, "UsedURL url field is malformed: "},
		{"a protocol that Java doesn't know", s.owner, []doc{usedURL("s3://bucket/key")}, 400,
			"UsedURL url field is malformed: s3://bucket/key"},
		{"no entity ID", s.owner, []doc{usedEntity(doc{"targetId": "x"})}, 400,
			"x is not a valid Synapse ID."},
		{"nobody", nobody, nil, 403, "Cannot create activity with anonymous user."},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.in(t).do(c.who, "POST", activityPath, doc{"name": "n", "used": c.used}).
				wants(c.status, c.reason)
		})
	}
	a := s.do(s.owner, "POST", activityPath, doc{"id": "1", "etag": "x", "createdBy": "1", "used": []doc{
		usedEntity(doc{"targetId": id}), usedEntity(doc{"targetId": id, "targetVersionNumber": 1}),
		usedEntity(doc{"targetId": id[3:]}),
	}}).wants(201, "")
	if a.str("id") == "1" || a.str("etag") == "x" || a.str("createdBy") != fmt.Sprint(s.owner.id) {
		t.Errorf("the server's fields were taken from the request: %s", a.text)
	}
	var versions []any
	for _, used := range a.list("used") {
		versions = append(versions, used["reference"].(doc)["targetVersionNumber"])
	}
	if got := fmt.Sprint(versions); got != "[3 1 <nil>]" {
		t.Errorf("versions %s, want the current one filled in for the server's form alone", got)
	}
}

func TestWhoSeesAnActivity(t *testing.T) {
	s := newSite(t)
	path := activityPath + "/" + s.activity(s.owner, "align")
	id := path[len(activityPath)+1:]
	file := s.file(s.project, "f", s.handle(s.owner, "m", 0))
	see := func(p person, status int, reason string) {
		t.Helper()
		s.do(p, "GET", path, nil).wants(status, reason)
		s.do(p, "GET", path+"/generated", nil).wants(status, reason)
	}
	see(s.owner, 200, "")
	see(s.other, 403, hiddenActivity(id))
	s.do(s.owner, "PUT", generatedBy(file, id), nil).wants(200, "")
	see(s.other, 403, hiddenActivity(id))
	s.grant(file, s.other, "READ")
	see(s.other, 200, "")
	see(nobody, 403, hiddenActivity(id))
	s.do(s.owner, "DELETE", generatedBy(file, ""), nil).wants(204, "")
	see(s.other, 403, hiddenActivity(id))
	s.do(s.owner, "PUT", generatedBy(file, id), nil).wants(200, "")
	if a := s.do(s.other, "GET", path+"/generated", nil).wants(200, ""); len(a.list("results")) != 1 {
		t.Errorf("generated %s, want the file once: it was connected twice", a.text)
	}
	s.do(s.owner, "DELETE", "/repo/v1/entity/"+file, nil).wants(204, "")
	see(s.other, 403, hiddenActivity(id))
	s.do(s.owner, "GET", activityPath+"/1", nil).wants(404, noActivity("1"))
	s.do(s.owner, "GET", activityPath+"/x", nil).wants(404, noActivity("x"))
}

func TestUpdateActivity(t *testing.T) {
	s := newSite(t)
	id := s.activity(s.owner, "align")
	path := activityPath + "/" + id
	now := s.do(s.owner, "GET", path, nil).doc
	for _, c := range []struct {
		name   string
		who    person
		body   doc
		status int
		reason string
	}{
		{"bad URL first", s.other, with(now, "id", "1", "used", []doc{{"concreteType": synapse.TypeUsedURL}}),
			400, "UsedURL url field is malformed: "},
		{"no ID", s.owner, with(now, "id", nil), 404, "No activity"},
		{"unknown", s.owner, with(now, "id", "1"), 404, noActivity("1")},
		{"another's, stale too", s.other, with(now, "etag", "x"), 403,
			fmt.Sprint(s.other.id, " lacks change access to the requested object.")},
		{"stale", s.owner, with(now, "etag", "x"), 412, "Node: " + id + " was updated since you last " +
			"fetched it, retrieve it again and reapply the update"},
		{"changed", s.owner, with(now, "name", "sort", "createdBy", "1"), 200, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.in(t).do(c.who, "PUT", path, c.body).wants(c.status, c.reason)
		})
	}
	after := s.do(s.owner, "GET", path, nil).doc
	if after["name"] != "sort" || after["etag"] == now["etag"] || after["createdBy"] != now["createdBy"] {
		t.Errorf("after the update %v", after)
	}
}

func TestDeleteActivity(t *testing.T) {
	s := newSite(t)
	id := s.activity(s.owner, "align")
	path := activityPath + "/" + id
	file, _ := s.versioned()
	s.do(s.owner, "PUT", generatedBy(file, id), nil).wants(200, "")
	s.do(s.other, "DELETE", path, nil).
		wants(403, fmt.Sprint(s.other.id, " lacks change access to the requested object."))
	s.do(s.owner, "DELETE", path, nil).wants(400, "If you wish to delete this activity, please first "+
		"delete all Entities generated by this Activity.")
	s.do(s.owner, "DELETE", generatedBy(file, ""), nil).wants(204, "")
	s.do(s.owner, "DELETE", path, nil).wants(204, "")
	s.do(s.owner, "GET", path, nil).wants(404, noActivity(id))
	s.do(s.owner, "DELETE", path, nil).wants(204, "")
}

func TestConnectToAnActivity(t *testing.T) {
	s := newSite(t)
	mine, theirs, shared := s.activity(s.owner, "a"), s.activity(s.other, "b"), s.activity(s.other, "c")
	seen := s.file(s.project, "seen", s.handle(s.owner, "m", 0))
	if err := s.SetGeneratedBy(seen, 0, shared); err != nil {
		t.Fatal(err)
	}
	file := s.file(s.project, "file", s.handle(s.owner, "m", 0))
	s.grant(file, s.other, "READ")
	for _, c := range []struct {
		name, path string
		who        person
		status     int
		reason     string
	}{
		{"no parameter", generatedBy(file, ""), s.owner, 400, "Required request parameter 'generatedBy' " +
			"for method parameter type String is not present"},
		{"no entity", generatedBy("syn1", mine), s.owner, 404, "Resource: 'syn1' does not exist"},
		{"no right to read", generatedBy(s.project, mine), s.other, 403, lacks("READ")},
		{"no right to change", generatedBy(file, theirs), s.other, 403, lacks("UPDATE")},
		{"no activity", generatedBy(file, "1"), s.owner, 404, "Activity id 1 not found."},
		{"another's activity", generatedBy(file, theirs), s.owner, 403, hiddenActivity(theirs)},
		{"one that made what the caller reads", generatedBy(file, shared), s.owner, 200, ""},
		{"the caller's own", generatedBy(file, mine), s.owner, 200, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := s.in(t)
			etag := s.fetch(file)["etag"]
			s.do(c.who, "PUT", c.path, nil).wants(c.status, c.reason)
			if changed := s.fetch(file)["etag"] != etag; changed != (c.status == 200) {
				t.Errorf("etag changed: %t", changed)
			}
		})
	}
	s.do(s.owner, "GET", generatedBy(file, ""), nil).wants(200, "")
	s.do(s.other, "DELETE", generatedBy(file, ""), nil).wants(403, lacks("UPDATE"))
	etag := s.fetch(file)["etag"]
	s.do(s.owner, "DELETE", generatedBy(file, ""), nil).wants(204, "")
	if s.fetch(file)["etag"] == etag {
		t.Error("disconnecting leaves the etag as it was")
	}
	s.do(s.owner, "GET", generatedBy(file, ""), nil).wants(404, "No activity")
	s.do(s.owner, "GET", generatedBy("syn1", ""), nil).wants(404, "Resource: 'syn1' does not exist")
	s.do(s.owner, "GET", "/repo/v1/entity/"+file+"/version/9/generatedBy", nil).
		wants(404, "Activity for: '"+file+"', version: '9' does not exist")
}

// TestActivityOfVersions follows the activities of a file's versions through
// all calls that make or change one.
func TestActivityOfVersions(t *testing.T) {
	s := newSite(t)
	one, two, three := s.activity(s.owner, "1"), s.activity(s.owner, "2"), s.activity(s.owner, "3")
	handle := func(md5 string) string { return s.handle(s.owner, md5, 0) }
	made := s.do(s.owner, "POST", "/repo/v1/entity?generatedBy="+one, doc{
		"concreteType": synapse.TypeFile, "name": "f", "parentId": s.project,
		"dataFileHandleId": handle("a"),
	}).wants(201, "")
	id := made.str("id")
	activities := func() string {
		t.Helper()
		all := ""
		for v := range len(s.do(s.owner, "GET", "/repo/v1/entity/"+id+"/version", nil).list("results")) {
			a := s.do(s.owner, "GET", fmt.Sprintf("/repo/v1/entity/%s/version/%d/generatedBy", id, v+1), nil)
			all += "[" + a.str("name") + "]"
		}
		return all
	}
	for _, c := range []struct {
		name, query, handle, want string
	}{
		{"an update keeps it", "", "", "[1]"},
		{"an update changes it", "?generatedBy=" + two, "", "[2]"},
		{"another handle of the same MD5 keeps it", "", handle("a"), "[2]"},
		{"a new version has none", "?newVersion=true", "", "[2][]"},
		{"nor has one that other content makes", "", handle("b"), "[2][][]"},
		{"unless it is named", "?generatedBy=" + three, handle("c"), "[2][][][3]"},
		{"the ID that means none removes it", "?generatedBy=-1", "", "[2][][][]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := s.in(t)
			body := s.fetch(id)
			if c.handle != "" {
				body["dataFileHandleId"] = c.handle
			}
			if c.query == "?newVersion=true" {
				delete(body, "versionLabel")
			}
			s.put(s.owner, body, c.query).wants(200, "")
			if got := activities(); got != c.want {
				t.Errorf("activities %s, want %s", got, c.want)
			}
		})
	}
	s.do(s.owner, "PUT", generatedBy(id, one), nil).wants(200, "")
	s.do(s.owner, "PUT", "/repo/v1/entity/"+id+"/bundle2?generatedBy="+three, doc{"entity": s.fetch(id)}).
		wants(200, "")
	if got := activities(); got != "[2][][][3]" {
		t.Errorf("activities %s after a bundle's update", got)
	}
	a := s.do(s.owner, "GET", activityPath+"/"+two+"/generated", nil).wants(200, "")
	if got := fmt.Sprint(a.doc["results"]); got != fmt.Sprintf("[map[targetId:%s targetVersionNumber:1]]", id) {
		t.Errorf("generated by the second: %s", got)
	}
}

func TestActivityOnCreate(t *testing.T) {
	s := newSite(t)
	theirs := s.activity(s.other, "theirs")
	mine := s.activity(s.owner, "mine")
	entity := doc{"concreteType": synapse.TypeFolder, "name": "f", "parentId": s.project}
	taken := with(entity, "name", "taken")
	s.folder(s.project, "taken")
	for _, c := range []struct {
		name, activity string
		body           doc
		status         int
		reason         string
	}{
		{"unknown, before the name is compared", "1", taken, 404, "Activity id 1 not found."},
		{"not a number", "x", entity, 404, "Activity id x not found."},
		{"another's", theirs, entity, 403, hiddenActivity(theirs)},
		{"the caller's own", mine, entity, 201, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := s.in(t)
			s.do(s.owner, "POST", "/repo/v1/entity?generatedBy="+c.activity, c.body).wants(c.status, c.reason)
			path := "/repo/v1/entity/bundle2/create?generatedBy=" + c.activity
			s.do(s.owner, "POST", path, doc{"entity": with(c.body, "parentId", s.folder(s.project, "p"))}).
				wants(c.status, c.reason)
		})
	}
}

func TestActivityInBundles(t *testing.T) {
	s := newSite(t)
	id, _ := s.versioned()
	current, hidden := s.activity(s.owner, "current"), s.activity(s.other, "hidden")
	bundle := func(p person, version string) answer {
		return s.do(p, "POST", "/repo/v1/entity/"+id+version+"/bundle2", doc{"includeActivity": true})
	}
	if a := bundle(s.owner, "").wants(200, ""); a.doc["activity"] != nil {
		t.Errorf("activity of none: %s", a.text)
	}
	for version, activity := range map[int64]string{1: hidden, 3: current} {
		if err := s.SetGeneratedBy(id, version, activity); err != nil {
			t.Fatal(err)
		}
	}
	for _, version := range []string{"", "/version/1", "/version/3"} {
		a := bundle(s.owner, version).wants(200, "")
		if got, _ := a.doc["activity"].(doc); got["name"] != "current" {
			t.Errorf("activity of %s is %v, want the current version's", version, got["name"])
		}
	}
	bundle(s.other, "").wants(403, hiddenActivity(current))
}
