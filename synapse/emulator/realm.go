package emulator

import "synapse-migrate/synapse"

// Of the default realm, the one that is here (AuthorizationConstants, 2026).
const (
	realmID             = "0"
	administrativeGroup = "2"
)

func realmRoutes() []route {
	return []route{
		{"GET /repo/v1/realm/principals", toView, getRealmPrincipals},
		{"GET /repo/v1/realm/{id}/principals", toView, getRealmPrincipals},
	}
}

// getRealmPrincipals names the principals of the caller's realm, or of the
// one in the path.
func getRealmPrincipals(c *call) (reply, error) {
	if id := c.r.PathValue("id"); id != "" && id != realmID {
		return reply{}, missingf("Realm with id '%s' does not exist", id)
	}
	r := c.options.Realm
	return ok(synapse.RealmPrincipals{
		RealmID: realmID, AnonymousUser: decimal(r.Anonymous), PublicGroup: decimal(r.Public),
		AuthenticatedUsers: decimal(r.AuthenticatedUsers), AdministrativeGroup: administrativeGroup,
	})
}
