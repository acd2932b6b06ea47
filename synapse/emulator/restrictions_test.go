package emulator_test

import (
	"fmt"
	"slices"
	"testing"

	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

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
	gone := s.folder(s.project, "gone")
	s.do(s.owner, "DELETE", "/repo/v1/entity/"+gone, nil).wants(204, "")
	trashed := s.do(s.owner, "POST", restrictionPath, doc{"restrictableObjectType": "ENTITY", "objectId": gone})
	if p, _ := trashed.wants(200, "").doc["userEntityPermissions"].(doc); p["canChangeSettings"] != false ||
		p["ownerPrincipalId"] != float64(s.owner.id) {
		t.Errorf("permissions in the trash %v", p)
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
