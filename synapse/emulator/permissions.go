package emulator

import (
	"slices"

	"synapse-migrate/synapse"
)

func has(ra synapse.ResourceAccess, t synapse.AccessType) bool {
	return slices.Contains(ra.AccessType, t)
}

func knownAccess(t synapse.AccessType) bool { return slices.Contains(allRights[:], t) }

func getPermissions(c *call) (reply, error) {
	n, err := c.state.tree.nodeFor(c.r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	return ok(c.state.access.permissions(c.user, n))
}

// permissions is what a user may do with an entity
// (EntityAuthorizationUtils, October 2024 snapshot).
func (a *authorization) permissions(u *User, n *node) *synapse.Permissions {
	may := func(t synapse.AccessType) bool { return a.allowed(u, n, t) }
	update, change := may(synapse.AccessUpdate), may(synapse.AccessChangePermissions)
	contributes := a.granted(u, n, synapse.AccessUpdate) && a.granted(u, n, synapse.AccessDelete)
	public := []int64{a.accounts.realm.Public}
	return &synapse.Permissions{
		CanView:                  may(synapse.AccessRead),
		CanEdit:                  update,
		CanMove:                  update && change,
		CanAddChild:              may(synapse.AccessCreate),
		CanDelete:                may(synapse.AccessDelete),
		CanDownload:              may(synapse.AccessDownload),
		CanUpload:                !u.anonymous(),
		CanChangePermissions:     change,
		CanChangeSettings:        may(synapse.AccessChangeSettings),
		CanModerate:              may(synapse.AccessModerate),
		CanEnableInheritance:     change && n.parent != rootID && n.parent != 0,
		CanPublicRead:            grants(a.tree.benefactor(n).acl, public, synapse.AccessRead),
		IsCertifiedUser:          u.Certified,
		CanCertifiedUserEdit:     a.granted(u, n, synapse.AccessUpdate),
		CanCertifiedUserAddChild: a.granted(u, n, synapse.AccessCreate),
		IsCertificationRequired:  true,
		IsEntityOpenData:         n.openData,
		IsDataContributor:        contributes,
		OwnerPrincipalID:         n.createdBy,
	}
}

func getAccess(c *call) (reply, error) {
	t := synapse.AccessType(c.r.URL.Query().Get("accessType"))
	if !knownAccess(t) {
		return reply{}, invalidf("No enum constant org.sagebionetworks.repo.model.ACCESS_TYPE.%s", t)
	}
	n, err := c.state.tree.nodeFor(c.r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	return ok(map[string]bool{"result": c.state.access.allowed(c.user, n, t)})
}

func getBenefactor(c *call) (reply, error) {
	n, err := c.state.tree.nodeFor(c.r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	b := c.state.tree.benefactor(n)
	if err := c.state.access.require(c.user, b, synapse.AccessRead); err != nil {
		return reply{}, err
	}
	return ok(c.state.tree.header(b, b.current()))
}
