package emulator

import (
	"slices"

	"synapse-migrate/synapse"
)

func restrictionRoutes() []route {
	return []route{
		{"POST /repo/v1/restrictionInformation", toView, locked(getRestriction)},
		{"POST /repo/v1/restrictionInformation/batch", toView, locked(getRestrictions)},
	}
}

type standing struct {
	requirement *synapse.AccessRequirement
	approved    bool
}

// approvalKey names what an approval is for, and for whom.
type approvalKey struct{ requirement, accessor int64 }

// at are the access requirements of an entity and its
// ancestors, by ID.
func (rs *requirements) at(n *node) []*synapse.AccessRequirement {
	if len(rs.byID) == 0 {
		return nil
	}
	var ids []int64
	for ; n != nil; n = rs.tree.nodes[n.parent] {
		ids = append(ids, rs.bound[n.id]...)
	}
	slices.Sort(ids)
	var all []*synapse.AccessRequirement
	for _, id := range slices.Compact(ids) {
		all = append(all, rs.byID[id])
	}
	return all
}

// standings are where a user stands with the requirements at an entity. The
// creator of a file counts as approved for it (AccessRestrictionStatusDaoImpl,
// October 2024 snapshot).
func (rs *requirements) standings(u *User, n *node) []standing {
	var all []standing
	for _, r := range rs.at(n) {
		a := rs.approvals[approvalKey{r.ID, u.ID}]
		own := n.kind == synapse.TypeFile && n.createdBy == u.ID
		all = append(all, standing{r, own || a != nil && a.State == stateApproved})
	}
	return all
}

// checkMet is 403 where access requirements keep a user from
// downloading (EntityDeciderFunctions, October 2024 snapshot). Open data is
// restricted by them too.
func (rs *requirements) checkMet(u *User, n *node) error {
	all := rs.standings(u, n)
	if slices.ContainsFunc(all, func(one standing) bool { return !one.approved }) {
		return forbiddenf("There are unmet access requirements that must be met to read content " +
			"in the requested container.")
	}
	twoFactor := func(one standing) bool { return isTrue(one.requirement.IsTwoFaRequired) }
	if !u.TwoFactor && slices.ContainsFunc(all, twoFactor) {
		return forbiddenf("You need to enable two factor authentication to access the requested entity.")
	}
	return nil
}

// restriction is what a user is told of the restrictions at an entity. One
// that does not exist is open, and nothing is permitted there
// (RestrictionInformationManagerImpl, October 2024 snapshot).
func (a *authorization) restriction(u *User, id int64) *synapse.RestrictionInformation {
	n := a.tree.nodes[id]
	info := openRestriction(id)
	if n == nil || a.tree.inTrash(n) {
		info.UserEntityPermissions = noPermissions(u, n)
	} else {
		info.UserEntityPermissions = a.permissions(u, n)
	}
	if n == nil {
		return info
	}
	for _, one := range a.requirements.standings(u, n) {
		info.RestrictionLevel = stricter(info.RestrictionLevel, levelOf(one.requirement))
		info.HasUnmetAccessRequirement = info.HasUnmetAccessRequirement || !one.approved
		info.RestrictionDetails = append(info.RestrictionDetails, synapse.RestrictionFulfillment{
			AccessRequirementID: one.requirement.ID, IsApproved: one.approved, IsMet: one.approved,
		})
	}
	return info
}

// openRestriction is that of an object without requirements.
func openRestriction(id int64) *synapse.RestrictionInformation {
	return &synapse.RestrictionInformation{
		ObjectID: id, RestrictionLevel: synapse.RestrictionOpen,
		RestrictionDetails: []synapse.RestrictionFulfillment{},
	}
}

// noPermissions is what a user may do with what is in the trash, or nowhere.
func noPermissions(u *User, n *node) *synapse.Permissions {
	p := &synapse.Permissions{
		CanUpload: !u.anonymous(), IsCertifiedUser: u.Certified, IsCertificationRequired: true,
	}
	if n != nil {
		p.OwnerPrincipalID, p.IsEntityOpenData = n.createdBy, n.openData
	}
	return p
}

// levelOf is how strict a requirement is (AccessRequirementType, October
// 2024 snapshot).
func levelOf(r *synapse.AccessRequirement) string {
	if isSelfSigned(r.ConcreteType) {
		return synapse.RestrictionTermsOfUse
	}
	return synapse.RestrictionACT
}

// stricter is the stricter of two levels.
func stricter(a, b string) string {
	levels := []string{
		synapse.RestrictionOpen, synapse.RestrictionTermsOfUse, synapse.RestrictionACT,
	}
	return levels[max(slices.Index(levels, a), slices.Index(levels, b))]
}

func getRestriction(c *call) (reply, error) {
	var body synapse.RestrictionRequest
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	switch "" {
	case body.ObjectID:
		return reply{}, invalidf("RestrictionInformationRequest.objectId is required.")
	case body.RestrictableObjectType:
		return reply{}, invalidf("RestrictionInformationRequest.restrictableObjectType is required.")
	}
	all, err := restrictionsOf(c, body.RestrictableObjectType, []string{body.ObjectID})
	if err != nil {
		return reply{}, err
	}
	return ok(all[0])
}

func getRestrictions(c *call) (reply, error) {
	var body synapse.RestrictionBatchRequest
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	switch {
	case len(body.ObjectIDs) == 0:
		return reply{}, invalidf("The objectIds is required and must not be empty.")
	case len(body.ObjectIDs) > synapse.MaxRestrictionBatch:
		return reply{}, invalidf("The maximum number of allowed object ids is %d.",
			synapse.MaxRestrictionBatch)
	case body.RestrictableObjectType == "":
		return reply{}, invalidf("The restrictableObjectType is required.")
	}
	all, err := restrictionsOf(c, body.RestrictableObjectType, body.ObjectIDs)
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"restrictionInformation": all})
}

// restrictionsOf answers in the order of the IDs. Teams have no requirements
// here.
func restrictionsOf(c *call, kind string, ids []string) ([]*synapse.RestrictionInformation, error) {
	if kind != synapse.SubjectEntity && kind != synapse.SubjectTeam {
		return nil, invalidf("Unsupported type: %s", kind)
	}
	var all []*synapse.RestrictionInformation
	for _, text := range ids {
		id, err := parseID(text)
		if err != nil {
			return nil, err
		}
		if kind == synapse.SubjectTeam {
			all = append(all, openRestriction(id))
			continue
		}
		all = append(all, c.state.access.restriction(c.user, id))
	}
	return all, nil
}
