package emulator

import (
	"strconv"

	"synapse-migrate/synapse"
)

// States of an approval.
const (
	stateApproved = "APPROVED"
	stateRevoked  = "REVOKED"
)

func approvalRoutes() []route {
	approve := []string{scopeView, scopeModify, scopeAuthorize}
	return []route{
		{"POST /repo/v1/accessApproval", approve, locked(createApproval)},
		{"GET /repo/v1/accessApproval/{id}", toView, locked(getApproval)},
		{"DELETE /repo/v1/accessApproval", []string{scopeModify, scopeAuthorize}, locked(revokeApproval)},
		{"POST /repo/v1/accessApproval/information", toView, locked(approvalInformation)},
	}
}

// createApproval approves a user: oneself where a requirement is
// self-signed, else anybody, by the Access and Compliance Team
// (AccessApprovalManagerImpl, October 2024 snapshot).
func createApproval(c *call) (reply, error) {
	var body synapse.AccessApproval
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	if body.RequirementID == 0 {
		return reply{}, invalidf("accessRequirementId is required.")
	}
	r, err := c.state.requirements.find(decimal(body.RequirementID))
	if err != nil {
		return reply{}, err
	}
	switch {
	case r.ConcreteType == synapse.TypeLockRequirement:
		return reply{}, invalidf("Cannot apply an approval to a %s", r.ConcreteType)
	case isSelfSigned(r.ConcreteType):
		body.AccessorID = c.userID()
	case !c.user.inACT():
		return reply{}, forbiddenf("User is not an ACT Member.")
	}
	accessor, err := c.state.accounts.accessor(r, body.AccessorID)
	if err != nil {
		return reply{}, err
	}
	return created(*c.state.requirements.approve(c.writing(), r, accessor, body))
}

// approve stores an approval; an earlier one of the same user keeps its ID.
func (rs *requirements) approve(
	w edit, r *synapse.AccessRequirement, accessor *User, body synapse.AccessApproval,
) *synapse.AccessApproval {
	key := approvalKey{r.ID, accessor.ID}
	a := &synapse.AccessApproval{
		Etag: newEtag(), RequirementID: r.ID, RequirementVersion: body.RequirementVersion,
		AccessorID: decimal(accessor.ID), SubmitterID: body.SubmitterID,
		CreatedBy: decimal(w.user.ID), CreatedOn: synapse.NewTime(w.now),
		ModifiedBy: decimal(w.user.ID), ModifiedOn: synapse.NewTime(w.now),
		ExpiredOn: body.ExpiredOn, State: stateApproved,
	}
	if a.RequirementVersion == 0 {
		a.RequirementVersion = r.VersionNumber
	}
	if a.SubmitterID == "" {
		a.SubmitterID = a.AccessorID
	}
	if old := rs.approvals[key]; old != nil {
		a.ID = old.ID
	} else {
		a.ID = rs.ids.next()
	}
	rs.approvals[key] = a
	return a
}

func getApproval(c *call) (reply, error) {
	text := c.r.PathValue("id")
	id, err := strconv.ParseInt(text, 10, 64)
	for _, a := range c.state.requirements.approvals {
		if err == nil && a.ID == id {
			return ok(*a)
		}
	}
	return reply{}, missingf("Access approval '%s' does not exist", text)
}

// revokeApproval takes a user's approval back. Only ACT requirements, the
// unmanaged ones, allow it this way.
func revokeApproval(c *call) (reply, error) {
	query := c.r.URL.Query()
	for _, name := range []string{"requirementId", "accessorId"} {
		if !query.Has(name) {
			return reply{}, invalidf("Required request parameter '%s' for method parameter "+
				"type String is not present", name)
		}
	}
	accessor := query.Get("accessorId")
	if accessor != c.userID() && !c.user.inACT() {
		return reply{}, forbiddenf("Only ACT member may delete access approvals of other users.")
	}
	r, err := c.state.requirements.find(query.Get("requirementId"))
	if err != nil {
		return reply{}, err
	}
	if r.ConcreteType != synapse.TypeACTRequirement {
		return reply{}, invalidf("Do not support access approval deletion for access "+
			"requirement type: %s", r.ConcreteType)
	}
	if id, err := handleID(accessor); err == nil {
		c.state.requirements.revoke(c.writing(), r.ID, id)
	}
	return ok(nil)
}

// revoke takes an approval back, where there is one.
func (rs *requirements) revoke(w edit, requirement, accessor int64) {
	a := rs.approvals[approvalKey{requirement, accessor}]
	if a == nil {
		return
	}
	revoked := *a
	revoked.State, revoked.Etag = stateRevoked, newEtag()
	revoked.ModifiedBy, revoked.ModifiedOn = decimal(w.user.ID), synapse.NewTime(w.now)
	rs.approvals[approvalKey{requirement, accessor}] = &revoked
}

type approvalInfo struct {
	UserID              string `json:"userId"`
	AccessRequirementID string `json:"accessRequirementId"`
	HasAccessApproval   bool   `json:"hasAccessApproval"`
}

func approvalInformation(c *call) (reply, error) {
	var body struct {
		UserID               string   `json:"userId"`
		AccessRequirementIDs []string `json:"accessRequirementIds"`
	}
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	switch {
	case body.UserID == "":
		return reply{}, invalidf("BatchAccessApprovalInfoRequest.userId is required.")
	case body.AccessRequirementIDs == nil:
		return reply{}, invalidf("BatchAccessApprovalInfoRequest.accessRequirementIds is required.")
	}
	user, err := handleID(body.UserID)
	if err != nil {
		return reply{}, err
	}
	results := []approvalInfo{}
	for _, text := range body.AccessRequirementIDs {
		id, _ := strconv.ParseInt(text, 10, 64) // others have no approval
		a := c.state.requirements.approvals[approvalKey{id, user}]
		results = append(results, approvalInfo{
			UserID: body.UserID, AccessRequirementID: text,
			HasAccessApproval: a != nil && a.State == stateApproved,
		})
	}
	return ok(map[string]any{"results": results})
}
