package emulator

import (
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"synapse-migrate/synapse"
)

// Access makes users and teams, and says who may do what.
type Access struct{ *backend }

// AddAccessRequirement restricts the entities in r.SubjectIDs, and returns
// the requirement's ID; empty fields get the server's defaults. The empty
// type is a self-sign requirement, the empty access type DOWNLOAD.
func (e Access) AddAccessRequirement(r synapse.AccessRequirement) (int64, error) {
	if r.ConcreteType == "" {
		r.ConcreteType = synapse.TypeSelfSignRequirement
	}
	if r.AccessType == "" {
		r.AccessType = synapse.AccessDownload
	}
	if err := checkRequirement(r); err != nil {
		return 0, fmt.Errorf("adding an access requirement: %w", err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	r.SubjectIDs = slices.Clone(r.SubjectIDs)
	by := edit{state: e.state, user: &User{ID: ACTTeamID}, now: e.now()}
	return e.state.requirements.add(by, r).ID, nil
}

// ApproveAccess approves a user for an access requirement, whatever it asks
// of users.
func (e Access) ApproveAccess(requirementID, userID int64) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	r, u := e.state.requirements.byID[requirementID], e.state.accounts.users[userID]
	if r == nil || u == nil {
		return fmt.Errorf("approving user %d for access requirement %d: no such user or requirement",
			userID, requirementID)
	}
	by := edit{state: e.state, user: &User{ID: ACTTeamID}, now: e.now()}
	e.state.requirements.approve(by, r, u, synapse.AccessApproval{})
	return nil
}

// RevokeAccess takes a user's approval back, where there is one.
func (e Access) RevokeAccess(requirementID, userID int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	by := edit{state: e.state, user: &User{ID: ACTTeamID}, now: e.now()}
	e.state.requirements.revoke(by, requirementID, userID)
}

// AddUser enters a user and returns the user's ID; an ID of 0 is chosen. A
// user of the same ID is replaced.
func (e Access) AddUser(u User) int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	if u.ID == 0 {
		e.state.accounts.lastID++
		u.ID = e.state.accounts.lastID
	}
	u.Emails = slices.Clone(u.Emails)
	u.Teams = slices.Clone(u.Teams)
	u.etag = newEtag()
	u.createdOn = e.now()
	e.state.accounts.users[u.ID] = &u
	return u.ID
}

// AddTeam enters a team and returns its ID. Users are members by their
// Teams.
func (e Access) AddTeam(name string) int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.state.accounts.lastID++
	e.state.accounts.teams[e.state.accounts.lastID] = &team{name: name, etag: newEtag(), createdOn: e.now()}
	return e.state.accounts.lastID
}

// AddToken makes a personal access token for a user. Scopes are view,
// download and modify; nil is all of them. A life of 0 never ends. The
// token of a user who does not exist is refused with 401.
func (e Access) AddToken(userID int64, scopes []string, life time.Duration) string {
	if scopes == nil {
		scopes = []string{scopeView, scopeDownload, scopeModify}
	}
	t := &token{userID: userID, scopes: slices.Clone(scopes)}
	if life > 0 {
		t.expires = e.now().Add(life)
	}
	text := rand.Text() + rand.Text()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.state.accounts.tokens[text] = t
	return text
}

// RevokeToken makes a token invalid.
func (e Access) RevokeToken(text string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.state.accounts.tokens, text)
}

// SetACL gives an entity an ACL of its own, or takes it away when no access
// is named.
func (e Access) SetACL(entityID string, access ...synapse.ResourceAccess) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	n, err := e.state.tree.nodeFor(entityID)
	if err != nil {
		return fmt.Errorf("setting the ACL of %s: %w", entityID, err)
	}
	n.acl = nil
	if len(access) > 0 {
		n.acl = &synapse.ACL{
			ID: synID(n.id), Etag: newEtag(), CreationDate: synapse.NewTime(e.now()),
			ResourceAccess: append([]synapse.ResourceAccess(nil), access...),
		}
	}
	return nil
}

// SetOpenData marks an entity as open data: all who may read it may download
// it, the anonymous user included.
func (e Access) SetOpenData(entityID string, open bool) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	n, err := e.state.tree.nodeFor(entityID)
	if err != nil {
		return fmt.Errorf("marking %s as open data: %w", entityID, err)
	}
	n.openData = open
	return nil
}
