package emulator_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"synapse-migrate/synapse/emulator"
)

func TestUnknownPathsAndMethods(t *testing.T) {
	s := newSite(t)
	const notFound = " was not found. Please reference API documentation at https://rest-docs.synapse.org/rest/"
	for _, c := range []struct {
		name, method, path string
		status             int
		reason             string
	}{
		{"no such endpoint", "GET", "/repo/v1/nothing", 404, "GET" + notFound},
		{"an endpoint of the real server alone", "POST", "/repo/v1/evaluation", 404, "POST" + notFound},
		{"path that is not clean", "GET", "/repo/v1//entity/syn1", 404, "GET" + notFound},
		{"empty ID", "GET", "/repo/v1/entity//", 404, "GET" + notFound},
		{"no ID", "GET", "/repo/v1/entity/", 405, "Request method 'GET' not supported"},
		{"method", "PATCH", "/repo/v1/entity", 405, "Request method 'PATCH' not supported"},
		{"literal before wildcard", "GET", "/repo/v1/entity/md5/type", 200, ""},
		{"not an ID", "GET", "/repo/v1/entity/x1", 400, "x1 is not a valid Synapse ID."},
		{"escaped slash", "GET", "/repo/v1/entity/a%2Fb", 400, "a/b is not a valid Synapse ID."},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := s.in(t)
			a := s.do(s.owner, c.method, c.path, nil).wants(c.status, c.reason)
			if c.reason != "" && a.str("concreteType") != "org.sagebionetworks.repo.model.ErrorResponse" {
				t.Errorf("concreteType %q", a.str("concreteType"))
			}
		})
	}
}

func TestEntityIDForms(t *testing.T) {
	s := newSite(t)
	digits := strings.TrimPrefix(s.project, "syn")
	for _, id := range []string{digits, "syn" + digits, "SYN" + digits, "%20syn" + digits + "%20"} {
		a := s.do(s.owner, "GET", "/repo/v1/entity/"+id, nil).wants(200, "")
		if a.str("id") != s.project {
			t.Errorf("%s: id %s, want %s", id, a.str("id"), s.project)
		}
	}
}

func TestAuthentication(t *testing.T) {
	s := newSite(t)
	short := person{s.owner.id, s.AddToken(s.owner.id, nil, time.Minute)}
	gone := person{s.owner.id, s.AddToken(s.owner.id, nil, 0)}
	s.RevokeToken(gone.token)
	s.do(short, "GET", "/repo/v1/userProfile", nil).wants(200, "")
	s.clock.move(time.Minute)
	for name, p := range map[string]person{
		"expired": short, "revoked": gone, "made up": {token: "x"},
		"of nobody": {token: s.AddToken(1, nil, 0)},
	} {
		t.Run(name, func(t *testing.T) {
			s := s.in(t)
			a := s.do(p, "GET", "/repo/v1/userProfile", nil).wants(401, "Invalid access token")
			want := `Bearer realm="Synapse Repository Services"`
			if got := a.header.Get("WWW-Authenticate"); got != want {
				t.Errorf("WWW-Authenticate %q, want %q", got, want)
			}
		})
	}
	t.Run("anonymous", func(t *testing.T) {
		a := s.do(nobody, "GET", "/repo/v1/userProfile", nil).wants(200, "")
		if a.str("ownerId") != "273950" {
			t.Errorf("ownerId %q, want 273950", a.str("ownerId"))
		}
	})
	t.Run("sessionToken header", func(t *testing.T) {
		a := s.do(nobody, "GET", "/repo/v1/userProfile", nil, "sessionToken", s.owner.token).
			wants(200, "")
		if a.str("userName") != "owner" {
			t.Errorf("userName %q, want owner", a.str("userName"))
		}
	})
}

func TestProfiles(t *testing.T) {
	s := newSite(t)
	id := s.AddUser(emulator.User{ID: 77, Name: "ab", Emails: []string{"a@b.org"}, FirstName: "A"})
	me := s.do(person{id, s.AddToken(id, nil, 0)}, "GET", "/repo/v1/userProfile", nil).wants(200, "")
	if me.str("ownerId") != "77" || !strings.Contains(me.text, "a@b.org") {
		t.Errorf("own profile %s", me.text)
	}
	seen := s.do(s.owner, "GET", "/repo/v1/userProfile/77", nil).wants(200, "")
	if seen.str("userName") != "ab" || strings.Contains(seen.text, "a@b.org") {
		t.Errorf("another's profile %s: want the name, no e-mail", seen.text)
	}
	s.do(s.owner, "GET", "/repo/v1/userProfile/78", nil).wants(404, "")
}

func TestScopes(t *testing.T) {
	s := newSite(t)
	folder := s.folder(s.project, "f")
	lacks := func(scopes string) string {
		return "insufficient_scope. Request lacks scope(s) required by this service: " + scopes
	}
	for _, c := range []struct {
		name, method, path string
		scopes             []string
		status             int
		reason             string
	}{
		{"read without view", "GET", "/repo/v1/entity/" + folder, []string{"download"}, 403,
			lacks("view")},
		{"read", "GET", "/repo/v1/entity/" + folder, []string{"view"}, 200, ""},
		{"write with view", "POST", "/repo/v1/entity", []string{"view"}, 403, lacks("modify")},
		{"write with nothing", "POST", "/repo/v1/entity", []string{}, 403, lacks("modify, view")},
		{"delete with view", "DELETE", "/repo/v1/entity/" + folder, []string{"view"}, 403,
			lacks("modify")},
		{"delete with modify", "DELETE", "/repo/v1/entity/" + folder, []string{"modify"}, 204, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := s.in(t)
			p := person{s.owner.id, s.AddToken(s.owner.id, c.scopes, 0)}
			a := s.do(p, c.method, c.path, nil).wants(c.status, c.reason)
			if c.status != 403 {
				return
			}
			if a.str("concreteType") != "org.sagebionetworks.repo.model.OAuthErrorResponse" ||
				a.str("error") != "insufficient_scope" {
				t.Errorf("not an OAuth error: %s", a.text)
			}
		})
	}
}

func TestTermsOfUse(t *testing.T) {
	s := newSite(t)
	id := s.AddUser(emulator.User{Name: "new", NoTerms: true})
	p := person{id, s.AddToken(id, nil, 0)}
	s.do(p, "GET", "/repo/v1/userProfile", nil).wants(403, "Terms of use have not been signed.")
	s.do(p, "GET", "/file/v1/nothing", nil).wants(403, "Terms of use have not been signed.")
	s.do(p, "GET", "/auth/v1/nothing", nil).wants(404, "")
}

func TestMaintenance(t *testing.T) {
	s := newSite(t)
	s.SetStatus(emulator.StatusReadOnly, "")
	s.do(s.owner, "GET", "/repo/v1/entity/"+s.project, nil).
		wants(503, "Synapse is down for maintenance.")
	s.do(person{token: "bad"}, "GET", "/repo/v1/userProfile", nil).wants(503, "")
	s.SetStatus(emulator.StatusDown, "back at noon")
	s.do(s.owner, "POST", "/repo/v1/entity", doc{}).wants(503, "back at noon")
	a := s.do(nobody, "GET", "/repo/v1/status", nil).wants(200, "")
	if a.str("status") != "DOWN" || a.str("currentMessage") != "back at noon" {
		t.Errorf("status %s", a.text)
	}
	s.do(s.owner, "GET", "/repo/v1/entity/"+s.project+"/version", nil).wants(200, "")
	s.SetStatus(emulator.StatusReadWrite, "")
	s.do(s.owner, "GET", "/repo/v1/entity/"+s.project, nil).wants(200, "")
}

func TestBodies(t *testing.T) {
	s := newSite(t)
	s.do(s.owner, "POST", "/repo/v1/entity", "{").wants(400, "")
	s.do(s.owner, "POST", "/repo/v1/entity", strings.Repeat(" ", 2<<20+1)).
		wants(413, "Request size exceeded maximum number of bytes: 2097152")
	s.do(s.owner, "POST", "/repo/v1/entity", "x", "Content-Type", "text/csv").
		wants(415, "Content type 'text/csv' not supported")
	a := s.do(s.owner, "GET", "/repo/v1/entity/x1", nil, "Accept", "text/plain")
	if a.text != "x1 is not a valid Synapse ID." || a.status != 400 {
		t.Errorf("plain text: %d %q, want the reason alone", a.status, a.text)
	}
}

func TestSessionCookie(t *testing.T) {
	s := newSite(t)
	set := s.do(nobody, "GET", "/repo/v1/status", nil).header.Get("Set-Cookie")
	if !strings.HasPrefix(set, "sessionID=") || !strings.Contains(set, "HttpOnly") {
		t.Errorf("Set-Cookie %q, want an HttpOnly sessionID", set)
	}
	a := s.do(nobody, "GET", "/repo/v1/status", nil, "Cookie", "sessionID=mine")
	if got := a.header.Get("Set-Cookie"); got != "" {
		t.Errorf("Set-Cookie %q although the cookie was sent", got)
	}
}

func TestHeadIsAnsweredAsGet(t *testing.T) {
	s := newSite(t)
	a := s.do(s.owner, http.MethodHead, "/repo/v1/entity/"+s.project, nil).wants(200, "")
	if a.text != "" {
		t.Errorf("HEAD has a body: %q", a.text)
	}
}
