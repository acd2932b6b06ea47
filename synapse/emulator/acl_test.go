package emulator_test

import (
	"fmt"
	"testing"

	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// access is one row of an ACL.
func access(id int64, rights ...string) doc { return doc{"principalId": id, "accessType": rights} }

func TestACLIsInherited(t *testing.T) {
	s := newSite(t)
	folder := s.folder(s.project, "f")
	s.do(s.owner, "GET", "/repo/v1/entity/"+folder+"/acl", nil).wants(404,
		"The requested ACL does not exist. This entity inherits its permissions from: /repo/v1/entity/"+
			s.project+"/acl")
	a := s.do(nobody, "GET", "/repo/v1/entity/"+s.project+"/acl", nil).wants(200, "")
	rights := a.list("resourceAccess")
	if a.str("id") != s.project || len(rights) != 1 || len(rights[0]["accessType"].([]any)) != 8 {
		t.Errorf("ACL of a new project: %s, want all eight rights for its creator", a.text)
	}
	b := s.do(s.owner, "GET", "/repo/v1/entity/"+folder+"/benefactor", nil).wants(200, "")
	if b.str("id") != s.project {
		t.Errorf("benefactor %s, want %s", b.str("id"), s.project)
	}
	s.do(s.other, "GET", "/repo/v1/entity/"+folder+"/benefactor", nil).wants(403, lacks("READ"))
	s.do(s.owner, "GET", "/repo/v1/entity/syn1/acl", nil).wants(404, "")
}

func TestCreateACL(t *testing.T) {
	s := newSite(t)
	sts, _ := s.stsFolder(s.project, "sts")
	inside := s.folder(sts, "inside")
	mine := access(s.owner.id, "READ", "CHANGE_PERMISSIONS")
	for _, c := range []struct {
		name   string
		who    person
		entity string
		rows   []doc
		status int
		reason string
	}{
		{"there is one", s.owner, s.project, []doc{mine}, 403, "Resource already has an ACL."},
		{"no right", s.other, "", []doc{mine}, 403, lacks("CHANGE_PERMISSIONS")},
		{"nobody", nobody, "", []doc{mine}, 403, readOnlyNobody},
		{"no principal", s.owner, "", []doc{{"accessType": []string{"READ"}}}, 400, "Group ID is null"},
		{"no rights", s.owner, "", []doc{access(1)}, 400, "No access types specified."},
		{"unknown right", s.owner, "", []doc{access(1, "FLY")}, 400,
			"No enum constant org.sagebionetworks.repo.model.ACCESS_TYPE.FLY"},
		{"for the anonymous user", s.owner, "", []doc{mine, access(273950, "READ")}, 400,
			"Cannot assign permissions to anonymous. To share resources with anonymous users, " +
				"use the PUBLIC group id (273949)"},
		{"public downloads", s.owner, "", []doc{mine, access(273949, "READ", "DOWNLOAD")}, 400,
			"Only READ permissions can be assigned to the public group"},
		{"child of an STS folder", s.owner, inside, []doc{mine}, 400,
			"Cannot override ACLs in a child of an STS-enabled folder"},
		{"the STS folder itself", s.owner, sts, []doc{mine}, 201, ""},
		{"the creator may lock himself out", s.owner, "", []doc{access(s.other.id, "READ")}, 201, ""},
		{"public reads", s.owner, "", []doc{mine, access(273949, "READ")}, 201, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := s.in(t)
			if c.entity == "" {
				c.entity = s.folder(s.project, "f")
			}
			a := s.do(c.who, "POST", "/repo/v1/entity/"+c.entity+"/acl", doc{"resourceAccess": c.rows}).
				wants(c.status, c.reason)
			if c.status == 201 && (a.str("id") != c.entity || len(a.list("resourceAccess")) != len(c.rows)) {
				t.Errorf("created %s", a.text)
			}
		})
	}
}

func TestUpdateACL(t *testing.T) {
	s := newSite(t)
	folder, plain := s.folder(s.project, "f"), s.folder(s.project, "plain")
	s.grant(folder, s.other, "READ", "CHANGE_PERMISSIONS")
	acl := s.do(s.owner, "GET", "/repo/v1/entity/"+folder+"/acl", nil).wants(200, "").doc
	theirs := []doc{access(s.owner.id, "READ")}
	for _, c := range []struct {
		name   string
		who    person
		path   string
		body   doc
		status int
		reason string
	}{
		{"another's ID", s.owner, plain, acl, 400,
			"The path ID: " + plain + " does not match the ACL's ID: " + folder},
		{"inherited", s.owner, plain, with(acl, "id", plain), 403,
			"Cannot update ACL for a resource which inherits its permissions."},
		{"locked out", s.other, folder, with(acl, "resourceAccess", theirs), 400,
			"Caller is trying to revoke their own ACL editing permissions."},
		{"stale", s.owner, folder, with(acl, "etag", "x"), 412, "E-tags do not match."},
		{"nobody", nobody, folder, acl, 403, readOnlyNobody},
		{"changed", s.owner, folder, with(acl, "resourceAccess", theirs), 200, ""},
		{"the old etag", s.owner, folder, acl, 403, lacks("CHANGE_PERMISSIONS")},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.in(t).do(c.who, "PUT", "/repo/v1/entity/"+c.path+"/acl", c.body).wants(c.status, c.reason)
		})
	}
}

func TestDeleteACL(t *testing.T) {
	s := newSite(t)
	folder := s.folder(s.project, "f")
	path := "/repo/v1/entity/" + folder + "/acl"
	s.do(s.owner, "DELETE", path, nil).wants(403, "Resource already inherits its permissions.")
	s.grant(folder, s.other, "READ")
	s.do(s.other, "DELETE", path, nil).wants(403, lacks("CHANGE_PERMISSIONS"))
	s.do(s.owner, "DELETE", path, nil).wants(204, "")
	s.do(s.other, "GET", "/repo/v1/entity/"+folder, nil).wants(403, lacks("READ"))
	s.do(s.owner, "DELETE", "/repo/v1/entity/"+s.project+"/acl", nil).
		wants(403, "Cannot restore inheritance for resource which has no parent.")
}

func TestWhoMayRead(t *testing.T) {
	s := newSite(t)
	team := s.AddUser(emulator.User{Name: "member", Teams: []int64{555}})
	member := person{team, s.AddToken(team, nil, 0)}
	for _, c := range []struct {
		name      string
		principal int64
		readers   string
	}{
		{"user", s.other.id, "[other]"},
		{"team", 555, "[member]"},
		{"certified users", 3, "[owner other]"},
		{"authenticated users", 273948, "[owner other member]"},
		{"public", 273949, "[owner other member nobody]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := s.in(t)
			folder := s.folder(s.project, "f")
			child := s.folder(folder, "child")
			if err := s.SetACL(folder, synapse.ResourceAccess{PrincipalID: c.principal,
				AccessType: []synapse.AccessType{"READ"}}); err != nil {
				t.Fatal(err)
			}
			readers := []string{}
			for _, p := range []struct {
				name string
				person
			}{{"owner", s.owner}, {"other", s.other}, {"member", member}, {"nobody", nobody}} {
				if s.do(p.person, "GET", "/repo/v1/entity/"+child, nil).status == 200 {
					readers = append(readers, p.name)
				}
			}
			if fmt.Sprint(readers) != c.readers {
				t.Errorf("readers %v, want %s", readers, c.readers)
			}
		})
	}
}

func TestPermissions(t *testing.T) {
	s := newSite(t)
	folder := s.folder(s.project, "f")
	s.grant(folder, s.other, "READ", "UPDATE")
	fresh := s.AddUser(emulator.User{Name: "fresh"})
	uncertified := person{fresh, s.AddToken(fresh, nil, 0)}
	open := s.folder(s.project, "open")
	s.grant(open, uncertified, "READ", "UPDATE", "CREATE", "DELETE")
	if err := s.SetACL(open, synapse.ResourceAccess{PrincipalID: fresh, AccessType: []synapse.AccessType{
		"READ", "UPDATE", "CREATE", "DELETE"}}, synapse.ResourceAccess{PrincipalID: 273949,
		AccessType: []synapse.AccessType{"READ"}}); err != nil {
		t.Fatal(err)
	}
	if err := s.SetOpenData(open, true); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, entity string
		who          person
		yes          string
	}{
		{"owner of the project", s.project, s.owner,
			"canAddChild canCertifiedUserAddChild canCertifiedUserEdit " +
				"canChangePermissions canChangeSettings canDelete canDownload canEdit canModerate canMove canUpload " +
				"canView isCertificationRequired isCertifiedUser isDataContributor"},
		{"editor", folder, s.other, "canCertifiedUserEdit canEdit canUpload canView isCertificationRequired " +
			"isCertifiedUser"},
		{"not certified, open data", open, uncertified,
			"canCertifiedUserAddChild canCertifiedUserEdit canDelete " +
				"canDownload canPublicRead canUpload canView isCertificationRequired isDataContributor isEntityOpenData"},
		{"nobody, open data", open, nobody, "canDownload canPublicRead canView isCertificationRequired isEntityOpenData"},
		{"a stranger", s.project, s.other, "canUpload isCertificationRequired isCertifiedUser"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := s.in(t).do(c.who, "GET", "/repo/v1/entity/"+c.entity+"/permissions", nil).wants(200, "")
			yes := ""
			for _, name := range []string{"canAddChild", "canCertifiedUserAddChild", "canCertifiedUserEdit",
				"canChangePermissions", "canChangeSettings", "canDelete", "canDownload", "canEdit",
				"canEnableInheritance", "canModerate", "canMove", "canPublicRead", "canUpload", "canView",
				"isCertificationRequired", "isCertifiedUser", "isDataContributor", "isEntityOpenData"} {
				if a.doc[name] == true {
					yes += " " + name
				}
			}
			if yes != " "+c.yes {
				t.Errorf("may\n%s, want\n %s", yes, c.yes)
			}
		})
	}
}

func TestAccess(t *testing.T) {
	s := newSite(t)
	s.grant(s.project, s.other, "READ")
	for _, c := range []struct {
		who   person
		right string
		want  any
	}{
		{s.owner, "CREATE", true}, {s.other, "READ", true}, {s.other, "CREATE", false}, {nobody,
			"READ", false},
	} {
		a := s.do(c.who, "GET", "/repo/v1/entity/"+s.project+"/access?accessType="+c.right, nil).
			wants(200, "")
		if a.doc["result"] != c.want {
			t.Errorf("%d %s: %v, want %v", c.who.id, c.right, a.doc["result"], c.want)
		}
	}
	s.do(s.owner, "GET", "/repo/v1/entity/"+s.project+"/access?accessType=FLY", nil).wants(400, "")
}
