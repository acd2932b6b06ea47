package emulator

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"synapse-migrate/synapse"
)

func principalRoutes() []route {
	return []route{
		{"GET /repo/v1/userGroupHeaders/batch", nil, locked(getPrincipals)},
		{"GET /repo/v1/userGroupHeaders", nil, locked(findPrincipals)},
		{"GET /repo/v1/user/{id}/team", toView, locked(listTeams)},
	}
}

// getPrincipals names those of the IDs that are known, each once; anybody
// may ask (UserProfileServiceImpl.getUserGroupHeadersByIds, October 2024
// snapshot).
func getPrincipals(c *call) (reply, error) {
	var ids []int64
	for text := range strings.SplitSeq(c.r.URL.Query().Get("ids"), ",") {
		id, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		if err != nil {
			return reply{}, invalidf("For input string: \"%s\"", text)
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	headers := []synapse.UserGroupHeader{}
	for _, id := range slices.Compact(ids) {
		if h, known := c.state.accounts.principal(id); known {
			headers = append(headers, h)
		}
	}
	return ok(map[string]any{"children": headers, "totalNumberOfResults": len(headers)})
}

// teamDocument is a team as the API shows it (Team, OpenAPI file of March
// 2026). Here nobody but its members joins one.
type teamDocument struct {
	ID                   string        `json:"id"`
	Name                 string        `json:"name"`
	CanPublicJoin        bool          `json:"canPublicJoin"`
	CanRequestMembership bool          `json:"canRequestMembership"`
	Etag                 string        `json:"etag"`
	CreatedOn            *synapse.Time `json:"createdOn"`
	ModifiedOn           *synapse.Time `json:"modifiedOn"`
}

func listTeams(c *call) (reply, error) {
	id, err := handleID(c.r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	offset, limit, err := pageOf(c.r)
	if err != nil {
		return reply{}, err
	}
	all := []teamDocument{}
	for _, teamID := range slices.Sorted(maps.Keys(c.state.accounts.teams)) {
		if u := c.state.accounts.users[id]; u == nil || !slices.Contains(u.Teams, teamID) {
			continue
		}
		t := c.state.accounts.teams[teamID]
		made := synapse.NewTime(t.createdOn)
		all = append(all, teamDocument{
			ID: decimal(teamID), Name: t.name, CanRequestMembership: true,
			Etag: t.etag, CreatedOn: made, ModifiedOn: made,
		})
	}
	page, total := pageFrom(all, offset, limit)
	return ok(map[string]any{"results": page, "totalNumberOfResults": total})
}

// principalFilters are the kinds of principal that a search can be narrowed
// to (TypeFilter, OpenAPI file of March 2026).
var principalFilters = map[string]func(synapse.UserGroupHeader) bool{
	"":           func(synapse.UserGroupHeader) bool { return true },
	"ALL":        func(synapse.UserGroupHeader) bool { return true },
	"USERS_ONLY": func(h synapse.UserGroupHeader) bool { return h.IsIndividual },
	"TEAMS_ONLY": func(h synapse.UserGroupHeader) bool { return !h.IsIndividual },
}

// findPrincipals pages through the users and teams of whom a name begins
// with a prefix, whatever its letter case. An empty one is that of all.
func findPrincipals(c *call) (reply, error) {
	query := c.r.URL.Query()
	wanted := principalFilters[query.Get("typeFilter")]
	if wanted == nil {
		return reply{}, invalidf("No enum constant org.sagebionetworks.repo.model.principal.TypeFilter.%s",
			query.Get("typeFilter"))
	}
	offset, limit, err := pageOf(c.r)
	if err != nil {
		return reply{}, err
	}
	ids := slices.AppendSeq(slices.Collect(maps.Keys(c.state.accounts.users)), maps.Keys(c.state.accounts.teams))
	found := []synapse.UserGroupHeader{}
	for _, id := range ids {
		if h, _ := c.state.accounts.principal(id); wanted(h) && named(h, query.Get("prefix")) {
			found = append(found, h)
		}
	}
	slices.SortFunc(found, func(a, b synapse.UserGroupHeader) int {
		return cmp.Or(cmp.Compare(a.UserName, b.UserName), cmp.Compare(a.OwnerID, b.OwnerID))
	})
	total := len(found)
	page, _ := pageFrom(found, offset, limit)
	return ok(map[string]any{
		"children": page, "prefixFilter": query.Get("prefix"), "totalNumberOfResults": total,
	})
}

// named tells whether a name of a principal begins with a prefix: that of
// the account, the first or the last name, or first and last together.
func named(h synapse.UserGroupHeader, prefix string) bool {
	prefix = strings.ToLower(prefix)
	for _, name := range []string{
		h.UserName, h.FirstName, h.LastName, h.FirstName + " " + h.LastName,
	} {
		if strings.HasPrefix(strings.ToLower(name), prefix) {
			return true
		}
	}
	return false
}
