package emulator

import (
	"fmt"
	"slices"

	"synapse-migrate/synapse"
)

// AddAccessRequirement restricts the entities in r.SubjectIDs, and returns
// the requirement's ID; empty fields get the server's defaults. The empty
// type is a self-sign requirement, the empty access type DOWNLOAD.
func (e *Emulator) AddAccessRequirement(r synapse.AccessRequirement) (int64, error) {
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
func (e *Emulator) ApproveAccess(requirementID, userID int64) error {
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
func (e *Emulator) RevokeAccess(requirementID, userID int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	by := edit{state: e.state, user: &User{ID: ACTTeamID}, now: e.now()}
	e.state.requirements.revoke(by, requirementID, userID)
}
