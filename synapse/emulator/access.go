package emulator

import (
	"slices"

	"synapse-migrate/synapse"
)

// authorization decides who may do what with an entity.
type authorization struct {
	accounts     *accounts
	tree         *tree
	requirements *requirements
}

// allRights are what the creator of a project gets (AccessControlListUtil,
// October 2024).
var allRights = [...]synapse.AccessType{
	synapse.AccessRead, synapse.AccessDownload, synapse.AccessCreate,
	synapse.AccessUpdate, synapse.AccessDelete, synapse.AccessChangePermissions,
	synapse.AccessChangeSettings, synapse.AccessModerate,
}

// grants tells whether an ACL gives a right to one of some principals.
func grants(acl *synapse.ACL, principals []int64, t synapse.AccessType) bool {
	if acl == nil {
		return false
	}
	for _, ra := range acl.ResourceAccess {
		if slices.Contains(principals, ra.PrincipalID) && slices.Contains(ra.AccessType, t) {
			return true
		}
	}
	return false
}

// granted tells whether the ACL in force gives a right to the user; it
// leaves all other rules out.
func (a *authorization) granted(u *User, n *node, t synapse.AccessType) bool {
	return grants(a.tree.benefactor(n).acl, a.accounts.principals(u), t)
}

// allowed tells whether the user has a right on an entity, all rules
// considered.
func (a *authorization) allowed(u *User, n *node, t synapse.AccessType) bool {
	return a.require(u, n, t) == nil
}

// require is the server's decision on one right (EntityDeciderFunctions and
// EntityAuthorizationManagerImpl, October 2024): nil, or the 403 that says
// why not. Whether the entity exists is the caller's question.
func (a *authorization) require(u *User, n *node, t synapse.AccessType) error {
	if t == synapse.AccessDownload {
		if err := a.requirements.checkMet(u, n); err != nil {
			return err
		}
		if n.openData && a.granted(u, n, synapse.AccessRead) {
			return nil
		}
	}
	if t != synapse.AccessRead && u.anonymous() {
		return forbiddenf("Anonymous users have only READ access permission.")
	}
	if needsCertificate(n.kind, t) && !u.Certified {
		return errUncertified()
	}
	if t == synapse.AccessChangeSettings && n.createdBy == u.ID {
		return nil
	}
	if !a.granted(u, n, t) {
		return forbiddenf("You lack %s access to the requested entity.", t)
	}
	return nil
}

// requireCreate is the decision on a new entity of a kind below a parent.
// Projects are open to those who have not passed the certification quiz.
func (a *authorization) requireCreate(u *User, parent *node, kind string) error {
	if kind == synapse.TypeProject && !u.anonymous() && a.granted(u, parent, synapse.AccessCreate) {
		return nil
	}
	return a.require(u, parent, synapse.AccessCreate)
}

// needsCertificate tells whether a right on an entity of a kind is kept from
// users who have not passed the certification quiz.
func needsCertificate(kind string, t synapse.AccessType) bool {
	switch t {
	case synapse.AccessCreate, synapse.AccessChangeSettings:
		return true
	case synapse.AccessUpdate:
		return kind != synapse.TypeProject
	}
	return false
}

func errUncertified() error {
	return forbiddenf("Only certified users may create or update content in Synapse.")
}

// newProjectACL gives the creator of a project every right.
func newProjectACL(id, owner int64, now *synapse.Time) *synapse.ACL {
	return &synapse.ACL{
		ID: synID(id), Etag: newEtag(), CreationDate: now,
		ResourceAccess: []synapse.ResourceAccess{{
			PrincipalID: owner, AccessType: slices.Clone(allRights[:]),
		}},
	}
}

func (a *authorization) readable(u *User, text string) (*node, error) {
	n, err := a.tree.nodeFor(text)
	if err != nil {
		return nil, err
	}
	return n, a.require(u, n, synapse.AccessRead)
}

func (a *authorization) checkCreateIn(u *User, parent *node) error {
	_, err := a.tree.node(parent.id)
	if err == nil {
		err = a.require(u, parent, synapse.AccessCreate)
	}
	if err == nil {
		return nil
	}
	return forbiddenf("You cannot move content into the new location, %s. %s",
		synID(parent.id), reasonOf(err))
}
