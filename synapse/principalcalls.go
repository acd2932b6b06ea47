package synapse

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// PrincipalCalls tell who the caller is and who others are.
type PrincipalCalls struct{ client *Client }

// UserGroupHeader is the short form of a principal: a user, a team or one of
// Synapse's own groups. OwnerID is its numeric ID. A team's name stands in
// UserName; first and last names belong to users, and may be empty.
type UserGroupHeader struct {
	OwnerID      string `json:"ownerId"`
	UserName     string `json:"userName"`
	FirstName    string `json:"firstName,omitempty"`
	LastName     string `json:"lastName,omitempty"`
	IsIndividual bool   `json:"isIndividual"`
}

// userGroupHeaderPage is the answer to a batch of IDs.
type userGroupHeaderPage struct {
	Children []UserGroupHeader `json:"children"`
}

// MaxHeaderBatch is how many principals one call asks for. The server's
// source sets no limit (UserProfileServiceImpl, October 2024 snapshot), but
// clients keep to 50, and an address has to stay short.
const MaxHeaderBatch = 50

// UserGroupHeaders returns the names of principals, one call for each
// MaxHeaderBatch. Those that Synapse doesn't know are left out; the order is
// the server's. No IDs, no call.
func (c PrincipalCalls) UserGroupHeaders(ctx context.Context, ids []int64) ([]UserGroupHeader, error) {
	var all []UserGroupHeader
	for batch := range slices.Chunk(ids, MaxHeaderBatch) {
		texts := make([]string, 0, len(batch))
		for _, id := range batch {
			texts = append(texts, decimal(id))
		}
		r := read("/repo/v1/userGroupHeaders/batch")
		r.query = url.Values{"ids": {strings.Join(texts, ",")}}
		page, err := fetch[userGroupHeaderPage](ctx, c.client, r)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Children...)
	}
	return all, nil
}

// Me returns the caller's profile, as Synapse sees the token. It returns
// ErrAnonymous when Synapse takes the caller for nobody, which is how it
// treats a missing token.
func (c PrincipalCalls) Me(ctx context.Context) (UserProfile, error) {
	p, err := fetch[UserProfile](ctx, c.client, read("/repo/v1/userProfile"))
	if err != nil {
		return UserProfile{}, err
	}
	if p.OwnerID == "" || p.OwnerID == strconv.FormatInt(PrincipalAnonymous, 10) {
		return UserProfile{}, fmt.Errorf("asking %s who is calling: %w", c.client.base, ErrAnonymous)
	}
	return p, nil
}

// Realm returns the principals of the caller's realm. A server that knows no
// realms (404) has the default one alone.
func (c PrincipalCalls) Realm(ctx context.Context) (Realm, error) {
	p, err := fetch[RealmPrincipals](ctx, c.client, read("/repo/v1/realm/principals"))
	if errors.Is(err, ErrNotFound) {
		return DefaultRealm(), nil
	}
	if err != nil {
		return Realm{}, err
	}
	var r Realm
	for _, one := range []struct {
		text string
		id   *int64
	}{
		{p.PublicGroup, &r.Public},
		{p.AuthenticatedUsers, &r.AuthenticatedUsers},
		{p.AnonymousUser, &r.Anonymous},
	} {
		if *one.id, err = strconv.ParseInt(one.text, 10, 64); err != nil {
			return Realm{}, fmt.Errorf("reading the principals of realm %q: %w", p.RealmID, err)
		}
	}
	return r, nil
}
