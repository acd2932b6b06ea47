package synapse

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
