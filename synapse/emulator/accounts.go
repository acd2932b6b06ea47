package emulator

import (
	"net/http"
	"slices"
	"synapse-migrate/synapse"
	"time"
)

// bootstrapGroups are Synapse's own groups (AuthorizationConstants, October
// 2024 snapshot).
var bootstrapGroups = map[int64]string{
	synapse.PrincipalCertifiedUsers: "CERTIFIED_USERS",
	ACTTeamID:                       "ACT",
}

// accounts are the users and teams of a realm, and the users' tokens.
type accounts struct {
	lastID int64 // users and teams share one counter
	realm  synapse.Realm
	users  map[int64]*User
	teams  map[int64]*team
	tokens map[string]*token
}

// User is one Synapse user.
type User struct {
	ID        int64
	Name      string
	Emails    []string
	FirstName string
	LastName  string
	Teams     []int64
	// Certified users may create content; NoTerms have not accepted the
	// terms of use.
	Certified bool
	NoTerms   bool
	// TwoFactor users have two factor authentication, Validated ones a
	// validated profile: access requirements may ask for either.
	TwoFactor bool
	Validated bool

	etag      string
	createdOn time.Time
	nobody    bool // the anonymous user
}

type token struct {
	userID  int64
	scopes  []string
	expires time.Time // zero: never
}

// team is a team of users, who know that they are in it.
type team struct {
	name, etag string
	createdOn  time.Time
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

// anonymous tells whether nobody is logged in.
func (u *User) anonymous() bool { return u.nobody }

func (u *User) inACT() bool { return slices.Contains(u.Teams, ACTTeamID) }

// principals are the user and the groups that the user is in.
func (a *accounts) principals(u *User) []int64 {
	ids := []int64{u.ID, a.realm.Public}
	if u.anonymous() {
		return ids
	}
	ids = append(ids, a.realm.AuthenticatedUsers)
	if u.Certified {
		ids = append(ids, synapse.PrincipalCertifiedUsers)
	}
	return append(ids, u.Teams...)
}

// principal is the short form of a user, a team or a group; ok tells whether
// it is known.
func (a *accounts) principal(id int64) (h synapse.UserGroupHeader, ok bool) {
	h.OwnerID = decimal(id)
	if u := a.users[id]; u != nil {
		h.UserName, h.FirstName, h.LastName = u.Name, u.FirstName, u.LastName
		h.IsIndividual = true
		return h, true
	}
	if t := a.teams[id]; t != nil {
		h.UserName = t.name
		return h, true
	}
	switch id {
	case a.realm.Public:
		h.UserName = "PUBLIC"
	case a.realm.AuthenticatedUsers:
		h.UserName = "AUTHENTICATED_USERS"
	default:
		h.UserName = bootstrapGroups[id]
	}
	return h, h.UserName != ""
}

// accessor finds the user who is to be approved, and checks what the
// requirement wants of users.
func (a *accounts) accessor(r *synapse.AccessRequirement, text string) (*User, error) {
	switch text {
	case "":
		return nil, invalidf("accessorId is required.")
	case decimal(a.realm.Anonymous):
		return nil, invalidf("Cannot create an AccessApproval for anonymous user.")
	}
	id, err := handleID(text)
	if err != nil {
		return nil, err
	}
	u := a.users[id]
	if u == nil {
		return nil, missingf("UserProfile cannot be found for: %d", id)
	}
	if isTrue(r.IsCertifiedUserRequired) && !u.Certified {
		return nil, &failure{
			status: http.StatusForbidden, code: synapse.CodeCertification,
			reason: "Accessors must be Synapse Certified Users.",
		}
	}
	if isTrue(r.IsValidatedProfileRequired) && !u.Validated {
		return nil, invalidf("Accessors must have validated profiles.")
	}
	return u, nil
}
