package emulator_test

import (
	"fmt"
	"strings"
	"testing"

	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

const (
	requirementPath = "/repo/v1/accessRequirement"
	approvalPath    = "/repo/v1/accessApproval"
	restrictionPath = "/repo/v1/restrictionInformation"
	unmet           = "There are unmet access requirements that must be met to read content in the " +
		"requested container."
)

// manager is a member of the Access and Compliance Team, whose token may
// manage access.
func (s *site) manager() person {
	id := s.AddUser(emulator.User{Name: "act", Certified: true, Teams: []int64{emulator.ACTTeamID}})
	return person{id, s.AddToken(id, []string{"view", "modify", "download", "authorize"}, 0)}
}

// subject is an entity as access requirements name it.
func subject(id string) doc { return doc{"id": id, "type": "ENTITY"} }

// restrict puts an access requirement of a type on entities.
func (s *site) restrict(concreteType string, entities ...string) int64 {
	s.t.Helper()
	r := synapse.AccessRequirement{ConcreteType: concreteType, SubjectIDs: []synapse.Subject{}}
	for _, id := range entities {
		r.SubjectIDs = append(r.SubjectIDs, synapse.Subject{ID: id, Type: synapse.SubjectEntity})
	}
	id, err := s.AddAccessRequirement(r)
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

func (s *site) approve(requirement int64, p person) {
	s.t.Helper()
	if err := s.ApproveAccess(requirement, p.id); err != nil {
		s.t.Fatal(err)
	}
}

func TestCreateAccessRequirement(t *testing.T) {
	s := newSite(t)
	act := s.manager()
	sts, _ := s.stsFolder(s.project, "sts")
	below := s.folder(sts, "below")
	managed := doc{"concreteType": synapse.TypeManagedRequirement, "accessType": "DOWNLOAD",
		"subjectIds": []doc{subject(s.project)}}
	for _, c := range []struct {
		name   string
		who    person
		body   doc
		status int
		reason string
	}{
		{"no type", act, with(managed, "concreteType", nil), 400,
			"Could not read JSON: no access requirement of concreteType ''"},
		{"no access type", act, with(managed, "accessType", nil), 400, "AccessType is required."},
		{"no subjects", act, with(managed, "subjectIds", nil), 400, "When 'subjectsDefinedByAnnotations' " +
			"= false (or excluded), then subjectIds must be included."},
		{"subjects twice", act, with(managed, "subjectsDefinedByAnnotations", true), 400, "When " +
			"'subjectsDefinedByAnnotations' = true, then subjectIds must be empty or excluded."},
		{"long description", act, with(managed, "description", strings.Repeat("x", 51)), 400,
			"The AR description can be at most 50 characters."},
		{"other access", act, with(managed, "accessType", "READ"), 400,
			"Not support creating AccessRequirement with AccessType: READ"},
		{"team's access to an entity", act, with(managed, "accessType", "PARTICIPATE"), 400,
			"Cannot apply AccessRequirement with AccessType PARTICIPATE to an object of type ENTITY"},
		{"expires before it begins", s.owner, with(managed, "expirationPeriod", -1), 400,
			"When supplied, the expiration period should be greater than 0"},
		{"not of the team", s.owner, with(managed, "subjectIds", []doc{subject(below)}), 403,
			"Only ACT member can create an AccessRequirement."},
		{"not an ID", act, with(managed, "subjectIds", []doc{subject("x")}), 400,
			"x is not a valid Synapse ID."},
		{"below an STS folder", act, with(managed, "subjectIds", []doc{subject(s.project), subject(below)}),
			400, "Cannot apply an access requirement to a child of an STS-enabled folder."},
		{"on an STS folder", act, with(managed, "subjectIds", []doc{subject(sts)}, "name", "N"), 201, ""},
		{"name taken", act, with(managed, "name", "n"), 409,
			"An AccessRequirement with the name: 'n' already exists"},
		{"description as name", act, with(managed, "description", "d"), 201, ""},
		{"description taken", act, with(managed, "name", "D"), 409, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.in(t).do(c.who, "POST", requirementPath, c.body).wants(c.status, c.reason)
		})
	}
	a := s.do(act, "POST", requirementPath, with(managed, "isDUCRequired", true,
		"subjectIds", []doc{subject(s.project), subject(s.project[3:])})).wants(201, "")
	for key, want := range map[string]any{
		"isDUCRequired": true, "isIRBApprovalRequired": false, "isIDURequired": true, "isTwoFaRequired": false,
		"isCertifiedUserRequired": false, "expirationPeriod": 0.0, "versionNumber": 0.0,
		"name": fmt.Sprintf("%.0f", a.doc["id"]), "createdBy": fmt.Sprint(act.id),
	} {
		if got := a.doc[key]; got != want {
			t.Errorf("%s is %v, want %v", key, got, want)
		}
	}
	if got := a.list("subjectIds"); len(got) != 1 || got[0]["id"] != s.project {
		t.Errorf("subjects %v, want the project once", got)
	}
	path := fmt.Sprintf("%s/%.0f", requirementPath, a.doc["id"])
	if b := s.do(s.other, "GET", path, nil).wants(200, ""); fmt.Sprint(b.doc) != fmt.Sprint(a.doc) {
		t.Errorf("read again %s, want %s", b.text, a.text)
	}
	s.do(s.other, "GET", requirementPath+"/1", nil).wants(404, "An access requirement with id 1 cannot be found.")
}

func TestDeleteAccessRequirement(t *testing.T) {
	s := newSite(t)
	act := s.manager()
	id := s.restrict(synapse.TypeManagedRequirement, s.project)
	s.approve(id, s.other)
	path := fmt.Sprint(requirementPath, "/", id)
	s.do(s.owner, "DELETE", path, nil).wants(403, "")
	plain := person{s.owner.id, s.AddToken(s.owner.id, []string{"modify", "authorize"}, 0)}
	s.do(plain, "DELETE", path, nil).wants(403, "Only ACT member can delete an AccessRequirement.")
	s.do(act, "DELETE", path, nil).wants(200, "")
	s.do(act, "DELETE", path, nil).wants(200, "")
	s.do(act, "GET", path, nil).wants(404, "")
	snap := s.Snapshot()
	if len(snap.AccessRequirements)+len(snap.AccessApprovals) != 0 {
		t.Errorf("left behind: %v %v", snap.AccessRequirements, snap.AccessApprovals)
	}
	s.wantsRestriction(s.owner, s.project, "OPEN", false)
}

func TestListAccessRequirements(t *testing.T) {
	s := newSite(t)
	folder := s.folder(s.project, "f")
	file := s.file(folder, "x", s.handle(s.owner, "m", 0))
	atProject := s.restrict(synapse.TypeSelfSignRequirement, s.project, folder)
	atFile := s.restrict(synapse.TypeManagedRequirement, file)
	s.restrict(synapse.TypeManagedRequirement, s.folder(s.project, "beside"))
	ids := func(query string) string {
		t.Helper()
		a := s.do(nobody, "GET", "/repo/v1/entity/"+file+"/accessRequirement"+query, nil).wants(200, "")
		var got []int64
		for _, r := range a.list("results") {
			got = append(got, int64(r["id"].(float64)))
		}
		return fmt.Sprint(got, a.doc["totalNumberOfResults"])
	}
	for query, want := range map[string]string{
		"":                  fmt.Sprint([]int64{atProject, atFile}, 2),
		"?limit=1":          fmt.Sprint([]int64{atProject}, 2),
		"?limit=1&offset=1": fmt.Sprint([]int64{atFile}, 3),
		"?offset=5":         "[] 2",
	} {
		if got := ids(query); got != want {
			t.Errorf("%q: %s, want %s", query, got, want)
		}
	}
	path := "/repo/v1/entity/%s/accessRequirement?%s"
	for _, c := range []struct {
		entity, query string
		status        int
		reason        string
	}{
		{file, "limit=0", 400, "limit must be between 1 and 50"},
		{file, "limit=51", 400, "limit must be between 1 and 50"},
		{file, "offset=-1", 400, "offset must be at least 0"},
		{"syn1", "", 404, "Cannot find a node with id: syn1"},
	} {
		s.do(s.owner, "GET", fmt.Sprintf(path, c.entity, c.query), nil).wants(c.status, c.reason)
	}
}

func TestLockEntity(t *testing.T) {
	s := newSite(t)
	folder := s.folder(s.project, "f")
	s.grant(folder, s.other, "READ", "CREATE")
	sts, _ := s.stsFolder(s.project, "sts")
	below := s.folder(sts, "below")
	lock := func(p person, id string) answer {
		return s.do(p, "POST", "/repo/v1/entity/"+id+"/lockAccessRequirement", nil)
	}
	lock(s.other, s.project).wants(403, lacks("CREATE"))
	lock(s.other, folder).wants(403, lacks("UPDATE"))
	lock(s.owner, below).wants(400, "Cannot apply an access requirement to a child of an STS-enabled folder.")
	a := lock(s.owner, folder).wants(201, "")
	if a.str("concreteType") != synapse.TypeLockRequirement || a.str("jiraKey") == "" {
		t.Errorf("lock %s", a.text)
	}
	child := s.folder(folder, "c")
	lock(s.owner, child).wants(400, "Entity "+child+" is already restricted.")
	s.wantsRestriction(s.owner, child, "CONTROLLED_BY_ACT", true)
	act := s.manager()
	s.do(act, "POST", approvalPath, doc{"requirementId": a.doc["id"], "accessorId": fmt.Sprint(s.owner.id)}).
		wants(400, "Cannot apply an approval to a "+synapse.TypeLockRequirement)
}
