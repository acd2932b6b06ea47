package synapse

import (
	"context"
	"errors"
	"fmt"
	"strconv"
)

// RealmPrincipals are the principals of a realm as the API names them, their
// IDs as text (RealmPrincipal, OpenAPI file of March 2026).
type RealmPrincipals struct {
	RealmID             string `json:"realmId"`
	AnonymousUser       string `json:"anonymousUser"`
	PublicGroup         string `json:"publicGroup"`
	AuthenticatedUsers  string `json:"authenticatedUsers"`
	AdministrativeGroup string `json:"administrativeGroup"`
}

// Realm are the principals that stand for many users of one realm: everybody,
// those who are signed in, and those who aren't. Access control lists name
// them.
type Realm struct {
	Public             int64 `json:"public"`
	AuthenticatedUsers int64 `json:"authenticatedUsers"`
	Anonymous          int64 `json:"anonymous"`
}

// DefaultRealm is the realm of those who have an account of Synapse's own.
func DefaultRealm() Realm {
	return Realm{
		Public:             PrincipalPublic,
		AuthenticatedUsers: PrincipalAuthenticatedUsers,
		Anonymous:          PrincipalAnonymous,
	}
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
