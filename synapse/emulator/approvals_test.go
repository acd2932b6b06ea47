package emulator_test

import (
	"fmt"
	"testing"

	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

func TestApprovals(t *testing.T) {
	s := newSite(t)
	act := s.manager()
	authorizing := func(p person) person {
		return person{p.id, s.AddToken(p.id, []string{"view", "modify", "authorize"}, 0)}
	}
	owner, other := authorizing(s.owner), authorizing(s.other)
	known := authorizing(person{s.AddUser(emulator.User{Name: "known", Certified: true, Validated: true}), ""})
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
	s.do(known, "POST", approvalPath, doc{"requirementId": strict}).wants(201, "")
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
