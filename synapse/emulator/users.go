package emulator

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"synapse-migrate/synapse"
)

// accounts are the users and teams of a realm, and the users' tokens.
type accounts struct {
	lastID int64 // users and teams share one counter
	realm  synapse.Realm
	users  map[int64]*User
	teams  map[int64]*team
	tokens map[string]*token
}

func newAccounts(realm synapse.Realm, now time.Time) *accounts {
	return &accounts{
		lastID: firstUserID, realm: realm,
		users: map[int64]*User{realm.Anonymous: {
			ID: realm.Anonymous, Name: "anonymous", etag: newEtag(), createdOn: now, nobody: true,
		}},
		teams: map[int64]*team{}, tokens: map[string]*token{},
	}
}

// userRoutes are the endpoints about users and about the stack.
func userRoutes() []route {
	view := []string{scopeView}
	return []route{
		{"GET /repo/v1/userProfile", view, getMyProfile},
		{"GET /repo/v1/userProfile/{id}", view, getProfile},
		{"GET /repo/v1/status", nil, func(c *call) (reply, error) { return ok(c.maintenance.status()) }},
		{"GET /repo/v1/version", nil, func(*call) (reply, error) {
			return ok(map[string]string{"version": "emulator", "stackInstance": "emulator"})
		}},
	}
}

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

// authenticate finds the user behind a request and the scopes of the token.
// Without a token that is the anonymous user; a bad token is 401.
func (e *Emulator) authenticate(r *http.Request) (*User, map[string]bool, error) {
	text := tokenOf(r)
	e.mu.Lock()
	defer e.mu.Unlock()
	if text == "" {
		return e.state.accounts.users[e.state.accounts.realm.Anonymous], nil, nil
	}
	invalid := failf(http.StatusUnauthorized, "Invalid access token")
	t := e.state.accounts.tokens[text]
	if t == nil || !t.expires.IsZero() && !e.now().Before(t.expires) {
		return nil, nil, invalid
	}
	u := e.state.accounts.users[t.userID]
	if u == nil {
		return nil, nil, invalid
	}
	scopes := map[string]bool{}
	for _, s := range t.scopes {
		scopes[s] = true
	}
	return u, scopes, nil
}

// tokenOf is the token of a request, empty when it has none.
func tokenOf(r *http.Request) string {
	if text, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); found {
		return strings.TrimSpace(text)
	}
	return r.Header.Get("sessionToken")
}

func getMyProfile(c *call) (reply, error) {
	p := profileOf(c.user)
	p.Emails = slices.Clone(c.user.Emails)
	p.OpenIDs = []string{}
	p.TwoFactorAuthEnabled = c.user.TwoFactor
	return ok(p)
}

// getProfile shows another user; private fields are left out.
func getProfile(c *call) (reply, error) {
	text := c.r.PathValue("id")
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return reply{}, invalidf("For input string: \"%s\"", text)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	u := c.state.accounts.users[id]
	if u == nil {
		return reply{}, missingf("UserProfile cannot be found for: %d", id)
	}
	return ok(profileOf(u))
}

func profileOf(u *User) synapse.UserProfile {
	return synapse.UserProfile{
		OwnerID: strconv.FormatInt(u.ID, 10), Etag: u.etag,
		FirstName: u.FirstName, LastName: u.LastName, UserName: u.Name,
		CreatedOn: synapse.NewTime(u.createdOn),
	}
}
