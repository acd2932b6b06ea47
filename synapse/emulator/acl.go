package emulator

import (
	"net/http"

	"synapse-migrate/synapse"
)

func accessRoutes() []route {
	return []route{
		{"GET /repo/v1/entity/{id}/permissions", toView, locked(getPermissions)},
		{"GET /repo/v1/entity/{id}/access", toView, locked(getAccess)},
		{"GET /repo/v1/entity/{id}/benefactor", toView, locked(getBenefactor)},
		{"GET /repo/v1/entity/{id}/acl", toView, locked(getACL)},
		{"POST /repo/v1/entity/{id}/acl", toChange, locked(createACL)},
		{"PUT /repo/v1/entity/{id}/acl", toChange, locked(updateACL)},
		{"DELETE /repo/v1/entity/{id}/acl", toModify, locked(deleteACL)},
	}
}

// aclBody is an ACL as clients send it.
type aclBody struct {
	ID             string        `json:"id"`
	Etag           string        `json:"etag"`
	CreationDate   *synapse.Time `json:"creationDate"`
	ResourceAccess []*accessBody `json:"resourceAccess"`
}

type accessBody struct {
	PrincipalID *int64               `json:"principalId"`
	AccessType  []synapse.AccessType `json:"accessType"`
}

// getACL needs no permission at all.
func getACL(c *call) (reply, error) {
	n, err := c.state.tree.nodeFor(c.r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	if n.acl == nil {
		return reply{}, missingf("The requested ACL does not exist. This entity inherits its "+
			"permissions from: /repo/v1/entity/%s/acl", synID(c.state.tree.benefactor(n).id))
	}
	return ok(n.acl)
}

// createACL ends the inheritance of an entity; the path's ID counts.
func createACL(c *call) (reply, error) {
	var body aclBody
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	n, err := c.state.tree.nodeFor(c.r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	if err := c.writing().overrideACL(n, body); err != nil {
		return reply{}, err
	}
	return created(n.acl)
}

func updateACL(c *call) (reply, error) {
	var body aclBody
	if err := c.decode(&body); err != nil {
		return reply{}, err
	}
	text := c.r.PathValue("id")
	n, err := c.state.tree.nodeFor(text)
	if err != nil {
		return reply{}, err
	}
	if id, err := parseID(body.ID); err != nil || id != n.id {
		return reply{}, invalidf("The path ID: %s does not match the ACL's ID: %s", text, body.ID)
	}
	if err := c.writing().replaceACL(n, body); err != nil {
		return reply{}, err
	}
	return ok(n.acl)
}

// writeACL replaces the entity's own ACL, or gives it one.
func (w edit) writeACL(n *node, body aclBody) error {
	if n.acl != nil {
		return w.replaceACL(n, body)
	}
	return w.overrideACL(n, body)
}

// overrideACL gives an inheriting entity an ACL of its own
// (EntityAclManagerImpl, October 2024 snapshot).
func (w edit) overrideACL(n *node, body aclBody) error {
	if n.acl != nil {
		return forbiddenf("Resource already has an ACL.")
	}
	if err := w.access.require(w.user, w.tree.benefactor(n), synapse.AccessChangePermissions); err != nil {
		return err
	}
	access, err := w.access.checkACL(w.user, n.createdBy, body)
	if err != nil {
		return err
	}
	if err := stsACLRule(w.settings.nearestLocation(n.id), w.settings.byEntity[n.id] == nil); err != nil {
		return err
	}
	n.acl = &synapse.ACL{
		ID: synID(n.id), Etag: newEtag(), CreationDate: synapse.NewTime(w.now), ResourceAccess: access,
	}
	n.touch(w)
	return nil
}

func (w edit) replaceACL(n *node, body aclBody) error {
	if n.acl == nil {
		return forbiddenf("Cannot update ACL for a resource which inherits its permissions.")
	}
	if err := w.access.require(w.user, n, synapse.AccessChangePermissions); err != nil {
		return err
	}
	access, err := w.access.checkACL(w.user, n.createdBy, body)
	if err != nil {
		return err
	}
	if body.Etag != n.acl.Etag {
		return failf(http.StatusPreconditionFailed, "E-tags do not match.")
	}
	n.acl = &synapse.ACL{
		ID: synID(n.id), Etag: newEtag(), CreationDate: n.acl.CreationDate, ResourceAccess: access,
	}
	n.touch(w)
	return nil
}

// deleteACL makes an entity inherit again.
func deleteACL(c *call) (reply, error) {
	n, err := c.state.tree.nodeFor(c.r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	if err := c.state.access.require(c.user, n, synapse.AccessChangePermissions); err != nil {
		return reply{}, err
	}
	if n.acl == nil {
		return reply{}, forbiddenf("Resource already inherits its permissions.")
	}
	if n.parent == rootID || n.parent == 0 {
		return reply{}, forbiddenf("Cannot restore inheritance for resource which has no parent.")
	}
	n.acl = nil
	n.touch(c.writing())
	return reply{status: http.StatusNoContent}, nil
}

// checkACL looks at an ACL's content: the caller may not lock himself out
// unless he made the entity, the public may only read, and the anonymous
// user gets nothing (PermissionsManagerUtils, October 2024 snapshot).
func (a *authorization) checkACL(u *User, creator int64, body aclBody) ([]synapse.ResourceAccess, error) {
	mine := map[int64]bool{}
	for _, id := range a.accounts.principals(u) {
		mine[id] = true
	}
	access := []synapse.ResourceAccess{}
	keeps := false
	for _, row := range body.ResourceAccess {
		if err := a.checkACLRow(u, row); err != nil {
			return nil, err
		}
		ra := synapse.ResourceAccess{PrincipalID: *row.PrincipalID, AccessType: row.AccessType}
		access = append(access, ra)
		keeps = keeps || mine[ra.PrincipalID] && has(ra, synapse.AccessChangePermissions)
	}
	if !keeps && u.ID != creator {
		return nil, invalidf("Caller is trying to revoke their own ACL editing permissions.")
	}
	return access, nil
}

func (a *authorization) checkACLRow(u *User, row *accessBody) error {
	switch {
	case row == nil:
		return invalidf("ACL row is null.")
	case row.PrincipalID == nil:
		return invalidf("Group ID is null")
	case len(row.AccessType) == 0:
		return invalidf("No access types specified.")
	case *row.PrincipalID == a.accounts.realm.Anonymous:
		return invalidf("Cannot assign permissions to anonymous. To share resources with anonymous "+
			"users, use the PUBLIC group id (%d)", a.accounts.realm.Public)
	}
	for _, t := range row.AccessType {
		if !knownAccess(t) {
			return invalidf("No enum constant org.sagebionetworks.repo.model.ACCESS_TYPE.%s", t)
		}
		if *row.PrincipalID == a.accounts.realm.Public && t != synapse.AccessRead {
			return invalidf("Only READ permissions can be assigned to the public group")
		}
		if *row.PrincipalID == a.accounts.realm.AuthenticatedUsers &&
			t == synapse.AccessDownload && !u.Certified {
			return &failure{
				status: http.StatusForbidden, code: synapse.CodeCertification,
				reason: "Only certified users can allow authenticated users to download.",
			}
		}
	}
	return nil
}
