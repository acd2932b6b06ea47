package emulator

import (
	"crypto/rand"
	"slices"
	"time"
)

// AddUser enters a user and returns the user's ID; an ID of 0 is chosen. A
// user of the same ID is replaced.
func (e *Emulator) AddUser(u User) int64 {
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
func (e *Emulator) AddTeam(name string) int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.state.accounts.lastID++
	e.state.accounts.teams[e.state.accounts.lastID] = &team{name: name, etag: newEtag(), createdOn: e.now()}
	return e.state.accounts.lastID
}

// AddToken makes a personal access token for a user. Scopes are view,
// download and modify; nil is all of them. A life of 0 never ends. The
// token of a user who does not exist is refused with 401.
func (e *Emulator) AddToken(userID int64, scopes []string, life time.Duration) string {
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
func (e *Emulator) RevokeToken(text string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.state.accounts.tokens, text)
}
