package emulator_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"synapse-migrate/synapse"
)

const childrenPath = "/repo/v1/entity/children"

func TestChildrenPages(t *testing.T) {
	s := newSite(t)
	parent := s.folder(s.project, "parent")
	var want []string
	for i := range 120 {
		name := fmt.Sprintf("%03d", (i*77)%120) // not in order
		s.folder(parent, name)
		want = append(want, fmt.Sprintf("%03d", i))
	}
	request := doc{"parentId": parent, "includeTypes": []string{"folder"}}
	var got, tokens []string
	for token := any(nil); ; {
		a := s.do(s.owner, "POST", childrenPath, with(request, "nextPageToken", token)).wants(200, "")
		got = append(got, a.names("page")...)
		next := a.str("nextPageToken")
		if next == "" {
			break
		}
		tokens = append(tokens, next)
		token = next
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("children %v, want all by name", got)
	}
	if fmt.Sprint(tokens) != "[50a50 50a100]" {
		t.Errorf("tokens %v, want [50a50 50a100]", tokens)
	}
	for token, want := range map[string]int{"50a119": 1, "20a0": 20, "50a500": 0} {
		a := s.do(s.owner, "POST", childrenPath, with(request, "nextPageToken", token)).wants(200, "")
		if got := len(a.list("page")); got != want {
			t.Errorf("token %s: %d children, want %d", token, got, want)
		}
	}
	last := s.do(s.owner, "POST", childrenPath, with(request, "nextPageToken", "20a100")).wants(200, "")
	if got := last.str("nextPageToken"); got != "" {
		t.Errorf("token %q after a full last page, want none", got)
	}
	s.do(s.owner, "POST", childrenPath, with(request, "nextPageToken", "51a0")).
		wants(400, "Limit must not exceed: 50")
	for _, token := range []string{"x", "50", "50ax", "-1a0", "50a-1"} {
		s.do(s.owner, "POST", childrenPath, with(request, "nextPageToken", token)).
			wants(400, "Unknow token format: "+token)
	}
}

func TestChildrenOrder(t *testing.T) {
	s := newSite(t)
	ids := map[string]string{}
	for _, name := range []string{"b", "C", "a"} {
		ids[name] = s.folder(s.project, name)
		s.clock.move(time.Second)
	}
	s.put(s.owner, with(s.fetch(ids["b"]), "description", "changed"), "").wants(200, "")
	request := doc{"parentId": s.project, "includeTypes": []string{"folder", "file"}}
	for _, c := range []struct{ by, direction, want string }{
		{"", "", "[C a b]"},
		{"NAME", "ASC", "[C a b]"},
		{"NAME", "DESC", "[b a C]"},
		{"CREATED_ON", "ASC", "[b C a]"},
		{"CREATED_ON", "DESC", "[a C b]"},
		{"MODIFIED_ON", "", "[C a b]"},
	} {
		r := with(request, "sortBy", c.by, "sortDirection", c.direction)
		a := s.do(s.owner, "POST", childrenPath, r).wants(200, "")
		if got := fmt.Sprint(a.names("page")); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.by, c.direction, got, c.want)
		}
	}
	s.do(s.owner, "POST", childrenPath, with(request, "sortBy", "SIZE")).wants(400, "")
	s.do(s.owner, "POST", childrenPath, with(request, "sortDirection", "UP")).wants(400, "")
}

func TestChildrenCountSizeAndTypes(t *testing.T) {
	s := newSite(t)
	s.folder(s.project, "folder")
	s.file(s.project, "file", s.handle(s.owner, "m", 0))
	s.file(s.project, "file 2", s.handle(s.owner, "m", 0))
	hidden := s.folder(s.project, "hidden")
	s.grant(hidden, s.other, "READ")
	s.grant(s.project, s.other, "READ")
	if err := s.SetACL(hidden, synapse.ResourceAccess{PrincipalID: s.owner.id,
		AccessType: []synapse.AccessType{"READ"}}); err != nil {
		t.Fatal(err)
	}
	request := doc{"parentId": s.project, "includeTypes": []string{"folder", "file"},
		"includeTotalChildCount": true, "includeSumFileSizes": true}
	for _, c := range []struct {
		name  string
		who   person
		types []string
		want  string
		count float64
		sum   float64
	}{
		{"all", s.owner, []string{"folder", "file"}, "[file file 2 folder hidden]", 4, 20},
		{"files", s.owner, []string{"file"}, "[file file 2]", 2, 20},
		{"folders", s.owner, []string{"folder"}, "[folder hidden]", 2, 0},
		{"unreadable left out", s.other, []string{"folder"}, "[folder]", 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := s.in(t)
			a := s.do(c.who, "POST", childrenPath, with(request, "includeTypes", c.types)).wants(200, "")
			if got := fmt.Sprint(a.names("page")); got != c.want {
				t.Errorf("page %s, want %s", got, c.want)
			}
			if a.doc["totalChildCount"] != c.count || a.doc["sumFileSizesBytes"] != c.sum {
				t.Errorf("count %v, sum %v; want %v, %v", a.doc["totalChildCount"],
					a.doc["sumFileSizesBytes"], c.count, c.sum)
			}
		})
	}
}

func TestChildrenRefusals(t *testing.T) {
	s := newSite(t)
	all := []string{"folder"}
	for _, c := range []struct {
		name   string
		who    person
		body   doc
		status int
		reason string
	}{
		{"no types", s.owner, doc{"parentId": s.project}, 400,
			"EntityChildrenRequest.includeTypes is required."},
		{"empty types", s.owner, doc{"parentId": s.project, "includeTypes": []string{}}, 400,
			"EntityChildrenRequest.includeTypes must include at least one type"},
		{"no such parent", s.owner, doc{"parentId": "syn1", "includeTypes": all}, 404, ""},
		{"unreadable", s.other, doc{"parentId": s.project, "includeTypes": all}, 403, lacks("READ")},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.in(t).do(c.who, "POST", childrenPath, c.body).wants(c.status, c.reason)
		})
	}
	a := s.do(s.owner, "POST", childrenPath, doc{}).wants(200, "")
	if got := fmt.Sprint(a.names("page")); got != "[project]" {
		t.Errorf("projects %s", got)
	}
	b := s.do(nobody, "POST", childrenPath, doc{}).wants(200, "")
	if got := len(b.list("page")); got != 0 {
		t.Errorf("%d projects seen by nobody", got)
	}
}

func TestLookUpChild(t *testing.T) {
	s := newSite(t)
	folder := s.folder(s.project, "a")
	closed := s.folder(s.project, "closed")
	s.grant(s.project, s.other, "READ")
	s.grant(closed, person{id: 1}, "READ")
	for _, c := range []struct {
		name         string
		who          person
		parent, want string
		status       int
		reason       string
	}{
		{"found", s.owner, s.project, "a", 200, ""},
		{"other case", s.owner, s.project, "A", 404,
			"Child not found for parent: '" + s.project + "' with name: 'A'"},
		{"not trimmed", s.owner, s.project, " a", 404,
			"Child not found for parent: '" + s.project + "' with name: ' a'"},
		{"no such parent", s.owner, "syn1", "a", 403, "Lack of READ permission on the parent entity."},
		{"unreadable parent", nobody, s.project, "a", 403,
			"Lack of READ permission on the parent entity."},
		{"unreadable child", s.other, s.project, "closed", 403,
			"Lack of READ permission on the requested entity."},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := s.in(t).do(c.who, "POST", "/repo/v1/entity/child",
				doc{"parentId": c.parent, "entityName": c.want}).wants(c.status, c.reason)
			if c.status == 200 && a.str("id") != folder {
				t.Errorf("id %s, want %s", a.str("id"), folder)
			}
		})
	}
	a := s.do(s.owner, "POST", "/repo/v1/entity/child", doc{"entityName": "project"}).wants(200, "")
	if a.str("id") != s.project {
		t.Errorf("project %s, want %s", a.str("id"), s.project)
	}
	s.do(s.owner, "POST", "/repo/v1/entity/child", doc{"parentId": s.project}).
		wants(400, "EntityLookupRequest.entityName is required.")
}

func TestPath(t *testing.T) {
	s := newSite(t)
	upper := s.folder(s.project, "upper")
	lower := s.folder(upper, "lower")
	s.grant(lower, s.other, "READ")
	path := "/repo/v1/entity/" + lower + "/path"
	for _, c := range []struct {
		who  person
		want string
	}{
		{s.owner, "[root project upper lower]"},
		{s.other, "[root Redacted Redacted lower]"},
	} {
		a := s.do(c.who, "GET", path, nil).wants(200, "")
		if got := fmt.Sprint(a.names("path")); got != c.want {
			t.Errorf("path for %d: %s, want %s", c.who.id, got, c.want)
		}
	}
	s.do(nobody, "GET", path, nil).wants(403, lacks("READ"))
}

func TestHeaders(t *testing.T) {
	s := newSite(t)
	id, _ := s.versioned()
	gone := s.folder(s.project, "gone")
	s.do(s.owner, "DELETE", "/repo/v1/entity/"+gone, nil).wants(204, "")
	closed := s.AddProject(s.other.id, "closed")
	refs := []doc{
		{"targetId": id, "targetVersionNumber": 2}, {"targetId": "syn1"}, {"targetId": gone},
		{"targetId": closed}, {"targetId": s.project}, {"targetId": id},
		{"targetId": id, "targetVersionNumber": 9},
	}
	a := s.do(s.owner, "POST", "/repo/v1/entity/header", doc{"references": refs}).wants(200, "")
	got := []any{}
	for _, h := range a.list("results") {
		got = append(got, h["name"], h["versionNumber"], h["type"] == synapse.TypeFile)
	}
	if want := "[file 2 true project 1 false file 3 true]"; fmt.Sprint(got) != want {
		t.Errorf("headers %v, want %s", got, want)
	}
	if a.doc["totalNumberOfResults"] != 3.0 {
		t.Errorf("total %v, want 3", a.doc["totalNumberOfResults"])
	}
	b := s.do(s.owner, "GET", "/repo/v1/entity/type?batch=syn1,"+s.project+","+id, nil).wants(200, "")
	if got := fmt.Sprint(b.names("results")); got != "[project file]" {
		t.Errorf("batch %s", got)
	}
	c := s.do(s.owner, "GET", "/repo/v1/entity/"+id+"/type", nil).wants(200, "")
	if c.str("type") != synapse.TypeFile || c.str("createdBy") != fmt.Sprint(s.owner.id) {
		t.Errorf("type %s", c.text)
	}
}

func TestByMD5(t *testing.T) {
	s := newSite(t)
	s.versioned() // MD5s a, b, c
	s.file(s.project, "other", s.handle(s.owner, "b", 0))
	gone := s.file(s.project, "gone", s.handle(s.owner, "b", 0))
	s.do(s.owner, "DELETE", "/repo/v1/entity/"+gone, nil).wants(204, "")
	a := s.do(s.owner, "GET", "/repo/v1/entity/md5/b", nil).wants(200, "")
	if got := fmt.Sprint(a.names("results")); got != "[file other]" {
		t.Errorf("found %s, want any version's, not the trash", got)
	}
	b := s.do(s.other, "GET", "/repo/v1/entity/md5/b", nil).wants(200, "")
	if got := b.names("results"); len(got) != 0 {
		t.Errorf("another finds %v", got)
	}
}
