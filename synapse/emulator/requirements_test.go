package emulator_test

import (
	"fmt"
	"slices"
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

// wantsRestriction checks what a person is told of an entity.
func (s *site) wantsRestriction(p person, entity, level string, unmet bool) answer {
	s.t.Helper()
	a := s.do(p, "POST", restrictionPath, doc{"restrictableObjectType": "ENTITY", "objectId": entity}).
		wants(200, "")
	if a.str("restrictionLevel") != level || a.doc["hasUnmetAccessRequirement"] != unmet {
		s.t.Errorf("%s for %d: %s, unmet %v; want %s, %t", entity, p.id,
			a.str("restrictionLevel"), a.doc["hasUnmetAccessRequirement"], level, unmet)
	}
	return a
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

func TestApprovals(t *testing.T) {
	s := newSite(t)
	act := s.manager()
	authorizing := func(p person) person {
		return person{p.id, s.AddToken(p.id, []string{"view", "modify", "authorize"}, 0)}
	}
	owner, other := authorizing(s.owner), authorizing(s.other)
	novice := authorizing(person{s.AddUser(emulator.User{Name: "novice"}), ""})
	managed := s.restrict(synapse.TypeManagedRequirement, s.project)
	unmanaged := s.restrict(synapse.TypeACTRequirement, s.project)
	yes := true
	strict, err := s.AddAccessRequirement(synapse.AccessRequirement{
		SubjectIDs: []synapse.Subject{}, IsCertifiedUserRequired: &yes, IsValidatedProfileRequired: &yes})
	if err != nil {
		t.Fatal(err)
	}
	terms := s.restrict(synapse.TypeTermsOfUseRequirement, s.project)
	text := fmt.Sprint
	for _, c := range []struct {
		name   string
		who    person
		body   doc
		status int
		reason string
	}{
		{"scope", s.owner, doc{"requirementId": terms}, 403, ""},
		{"no requirement", owner, doc{}, 400, "accessRequirementId is required."},
		{"unknown requirement", owner, doc{"requirementId": 1}, 404,
			"An access requirement with id 1 cannot be found."},
		{"not of the team", owner, doc{"requirementId": managed, "accessorId": text(owner.id)}, 403,
			"User is not an ACT Member."},
		{"nobody approved", act, doc{"requirementId": managed}, 400, "accessorId is required."},
		{"the anonymous user", act, doc{"requirementId": managed, "accessorId": "273950"}, 400,
			"Cannot create an AccessApproval for anonymous user."},
		{"self-signed without a certificate", novice, doc{"requirementId": strict}, 403,
			"Accessors must be Synapse Certified Users."},
		{"self-signed without a validated profile", owner, doc{"requirementId": strict}, 400,
			"Accessors must have validated profiles."},
		{"self-signed, for another", owner, doc{"requirementId": terms, "accessorId": text(other.id)}, 201, ""},
		{"by the team", act, doc{"requirementId": managed, "accessorId": text(owner.id)}, 201, ""},
		{"once more", act, doc{"requirementId": managed, "accessorId": text(owner.id)}, 201, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := s.in(t).do(c.who, "POST", approvalPath, c.body).wants(c.status, c.reason)
			if c.status == 201 && (a.str("accessorId") != text(owner.id) || a.str("state") != "APPROVED") {
				t.Errorf("approval %s, want one of the owner", a.text)
			}
		})
	}
	if got := s.Snapshot().AccessApprovals; len(got) != 2 {
		t.Errorf("%d approvals, want 2: one of them was made twice", len(got))
	}
	one := s.Snapshot().AccessApprovals[0]
	s.do(nobody, "GET", text(approvalPath, "/", one.ID), nil).wants(200, "")
	s.do(owner, "GET", approvalPath+"/1", nil).wants(404, "Access approval '1' does not exist")

	s.approve(unmanaged, s.owner)
	revoke := func(p person, requirement int64, accessor person) answer {
		return s.do(p, "DELETE", text(approvalPath, "?requirementId=", requirement, "&accessorId=", accessor.id), nil)
	}
	s.do(act, "DELETE", approvalPath, nil).wants(400, "")
	revoke(other, unmanaged, owner).wants(403, "Only ACT member may delete access approvals of other users.")
	revoke(act, managed, owner).wants(400, "Do not support access approval deletion for access "+
		"requirement type: "+synapse.TypeManagedRequirement)
	approved := func() string {
		a := s.do(s.other, "POST", approvalPath+"/information", doc{"userId": text(owner.id),
			"accessRequirementIds": []string{text(managed), text(unmanaged), "x"}}).wants(200, "")
		all := ""
		for _, r := range a.list("results") {
			all += text(r["hasAccessApproval"], " ")
		}
		return all
	}
	if got := approved(); got != "true true false " {
		t.Errorf("approved: %s", got)
	}
	revoke(owner, unmanaged, owner).wants(200, "")
	if got := approved(); got != "true false false " {
		t.Errorf("approved after revoking: %s", got)
	}
}

// TestRestrictedDownload follows one restriction through all that needs
// DOWNLOAD.
func TestRestrictedDownload(t *testing.T) {
	s := newSite(t)
	sts, location := s.stsFolder(s.project, "sts")
	folder := s.folder(sts, "f")
	handle := s.handle(s.owner, "m", location)
	file := s.file(folder, "x", handle)
	s.grant(sts, s.other, "READ", "DOWNLOAD")
	colleague := s.person("colleague")
	requirement := s.restrict(synapse.TypeManagedRequirement, sts)
	download := func(p person, may bool) {
		t.Helper()
		status, reason, stsReason, count := 403, unmet, unmet, 0
		if may {
			status, reason, count = 200, "", 1
			stsReason = "" // without a vendor STS fails, after its checks
		}
		entity := "/repo/v1/entity/" + file
		s.do(p, "GET", entity+"/filehandles", nil).wants(status, reason)
		a := s.do(p, "GET", entity+"/permissions", nil).wants(200, "")
		if a.doc["canDownload"] != may {
			t.Errorf("canDownload %v, want %t", a.doc["canDownload"], may)
		}
		a = s.do(p, "POST", entity+"/bundle2", doc{"includeFileHandles": true}).wants(200, "")
		if got := len(a.list("fileHandles")); got != count {
			t.Errorf("%d file handles in the bundle, want %d", got, count)
		}
		a = s.do(p, "POST", "/file/v1/fileHandle/batch", doc{"includeFileHandles": true, "requestedFiles": []doc{
			{"fileHandleId": handle, "associateObjectId": file, "associateObjectType": "FileEntity"}}}).
			wants(201, "")
		if failed := a.list("requestedFiles")[0]["failureCode"] == "UNAUTHORIZED"; failed == may {
			t.Errorf("batch %s, want a failure: %t", a.text, !may)
		}
		want := map[bool]int{true: 502, false: 403}[may]
		s.do(p, "GET", "/repo/v1/entity/"+sts+"/sts?permission=read_only", nil).wants(want, stsReason)
	}
	download(s.other, false)
	s.do(s.other, "GET", "/repo/v1/entity/"+file, nil).wants(200, "")
	s.approve(requirement, colleague)
	download(s.other, false)
	s.approve(requirement, s.other)
	download(s.other, true)
	s.RevokeAccess(requirement, s.other.id)
	download(s.other, false)

	// Those who made the file are approved for it, not for its folder.
	s.do(s.owner, "GET", "/repo/v1/entity/"+file+"/filehandles", nil).wants(200, "")
	s.do(s.owner, "GET", "/repo/v1/entity/"+sts+"/sts?permission=read_only", nil).wants(403, unmet)
	s.do(s.owner, "GET", "/repo/v1/entity/"+sts+"/sts?permission=read_write", nil).wants(403, unmet)

	// Open data is restricted too.
	if err := s.SetOpenData(file, true); err != nil {
		t.Fatal(err)
	}
	s.do(s.other, "GET", "/repo/v1/entity/"+file+"/filehandles", nil).wants(403, unmet)
}

func TestTwoFactorRequirement(t *testing.T) {
	s := newSite(t)
	yes := true
	requirement, err := s.AddAccessRequirement(synapse.AccessRequirement{
		ConcreteType: synapse.TypeManagedRequirement, IsTwoFaRequired: &yes,
		SubjectIDs: []synapse.Subject{{ID: s.project, Type: synapse.SubjectEntity}}})
	if err != nil {
		t.Fatal(err)
	}
	file := s.file(s.project, "x", s.handle(s.owner, "m", 0))
	path := "/repo/v1/entity/" + file + "/filehandles"
	s.do(s.owner, "GET", path, nil).wants(403,
		"You need to enable two factor authentication to access the requested entity.")
	secure := s.AddUser(emulator.User{Name: "secure", Certified: true, TwoFactor: true})
	p := person{secure, s.AddToken(secure, nil, 0)}
	s.grant(s.project, p, "READ", "DOWNLOAD")
	s.do(p, "GET", path, nil).wants(403, unmet)
	s.approve(requirement, p)
	s.do(p, "GET", path, nil).wants(200, "")
	if a := s.do(p, "GET", "/repo/v1/userProfile", nil); a.doc["twoFactorAuthEnabled"] != true {
		t.Errorf("profile %s, want two factor authentication", a.text)
	}
}

func TestRestrictionInformation(t *testing.T) {
	s := newSite(t)
	folder := s.folder(s.project, "f")
	file := s.file(folder, "x", s.handle(s.owner, "m", 0))
	s.wantsRestriction(s.other, file, "OPEN", false)
	terms := s.restrict(synapse.TypeSelfSignRequirement, s.project)
	s.wantsRestriction(s.other, file, "RESTRICTED_BY_TERMS_OF_USE", true)
	managed := s.restrict(synapse.TypeManagedRequirement, folder)
	s.approve(terms, s.other)
	a := s.wantsRestriction(s.other, file, "CONTROLLED_BY_ACT", true)
	want := fmt.Sprint([]doc{
		{"accessRequirementId": float64(terms), "isApproved": true, "isMet": true, "isExempt": false},
		{"accessRequirementId": float64(managed), "isApproved": false, "isMet": false, "isExempt": false},
	})
	if got := fmt.Sprint(a.list("restrictionDetails")); got != want {
		t.Errorf("details %s, want %s", got, want)
	}
	s.wantsRestriction(s.other, s.project, "RESTRICTED_BY_TERMS_OF_USE", false)
	s.wantsRestriction(s.owner, file, "CONTROLLED_BY_ACT", false)
	s.wantsRestriction(s.owner, folder, "CONTROLLED_BY_ACT", true)

	missing := s.wantsRestriction(s.owner, "syn1", "OPEN", false)
	if p, _ := missing.doc["userEntityPermissions"].(doc); p["canView"] != false || p["canUpload"] != true {
		t.Errorf("permissions of nothing %v", p)
	}
	b := s.do(s.other, "POST", "/repo/v1/entity/"+file+"/bundle2",
		doc{"includeRestrictionInformation": true}).wants(200, "")
	if fmt.Sprint(b.doc["restrictionInformation"]) != fmt.Sprint(a.doc) {
		t.Errorf("in the bundle %v, want %v", b.doc, a.doc)
	}
	batch := s.do(s.other, "POST", restrictionPath+"/batch",
		doc{"restrictableObjectType": "ENTITY", "objectIds": []string{file, s.project}}).wants(200, "")
	all := batch.list("restrictionInformation")
	if len(all) != 2 || fmt.Sprint(all[0]) != fmt.Sprint(a.doc) {
		t.Errorf("batch %s", batch.text)
	}
	team := s.do(s.other, "POST", restrictionPath, doc{"restrictableObjectType": "TEAM", "objectId": "5"})
	if team.wants(200, "").str("restrictionLevel") != "OPEN" {
		t.Errorf("team %s", team.text)
	}
	for _, c := range []struct {
		path   string
		body   doc
		reason string
	}{
		{"", doc{"restrictableObjectType": "ENTITY"}, "RestrictionInformationRequest.objectId is required."},
		{"", doc{"objectId": file}, "RestrictionInformationRequest.restrictableObjectType is required."},
		{"", doc{"objectId": "x", "restrictableObjectType": "ENTITY"}, "x is not a valid Synapse ID."},
		{"", doc{"objectId": "1", "restrictableObjectType": "EVALUATION"}, "Unsupported type: EVALUATION"},
		{"/batch", doc{"restrictableObjectType": "ENTITY"}, "The objectIds is required and must not be empty."},
		{"/batch", doc{"objectIds": slices.Repeat([]string{"1"}, 51)},
			"The maximum number of allowed object ids is 50."},
		{"/batch", doc{"objectIds": []string{"1"}}, "The restrictableObjectType is required."},
	} {
		s.do(s.owner, "POST", restrictionPath+c.path, c.body).wants(400, c.reason)
	}
}

func TestMovesKeepRestrictions(t *testing.T) {
	s := newSite(t)
	act := s.manager()
	from, to := s.folder(s.project, "from"), s.folder(s.project, "to")
	below := s.folder(from, "below")
	own := s.restrict(synapse.TypeSelfSignRequirement, from)
	const fewer = "Cannot move restricted entity to a location having fewer access restrictions."
	move := func(p person, id, parent string) answer {
		return s.put(p, with(s.fetch(id), "parentId", parent), "")
	}
	move(s.owner, below, to).wants(403, fewer)
	s.put(s.owner, with(s.fetch(below), "parentId", to, "etag", "x"), "").wants(403, fewer)
	s.put(s.owner, with(s.fetch(below), "name", "renamed"), "").wants(200, "")
	move(s.owner, from, to).wants(200, "") // its own requirement comes along
	s.wantsRestriction(s.other, below, "RESTRICTED_BY_TERMS_OF_USE", true)

	s.restrict(synapse.TypeManagedRequirement, s.project)
	deeper := s.folder(from, "deeper")
	move(s.owner, below, deeper).wants(200, "")
	s.grant(s.project, act, "READ", "UPDATE", "CREATE", "CHANGE_PERMISSIONS")
	move(act, below, s.project).wants(200, "")
	if got := s.Snapshot().AccessRequirements; len(got) != 2 || got[0].ID != own {
		t.Errorf("requirements %v", got)
	}
}
