package emulator

import (
	"slices"
	"strconv"
	"strings"

	"synapse-migrate/synapse"
)

// principalRoutes are the endpoints that name users and teams.
func principalRoutes() []route {
	return []route{
		{"GET /repo/v1/userGroupHeaders/batch", nil, getPrincipals},
	}
}

// bootstrapGroups are Synapse's own groups (AuthorizationConstants, October
// 2024 snapshot).
var bootstrapGroups = map[int64]string{
	synapse.PrincipalPublic:             "PUBLIC",
	synapse.PrincipalAuthenticatedUsers: "AUTHENTICATED_USERS",
	synapse.PrincipalCertifiedUsers:     "CERTIFIED_USERS",
	ACTTeamID:                           "ACT",
}

// AddTeam enters a team and returns its ID. Users are members by their
// Teams.
func (e *Emulator) AddTeam(name string) int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.state.lastUserID++
	e.state.teams[e.state.lastUserID] = name
	return e.state.lastUserID
}

// principal is the short form of a user, a team or a group; ok tells whether
// it is known.
func (s *state) principal(id int64) (h synapse.UserGroupHeader, ok bool) {
	h.OwnerID = decimal(id)
	if u := s.users[id]; u != nil {
		h.UserName, h.FirstName, h.LastName = u.Name, u.FirstName, u.LastName
		h.IsIndividual = true
		return h, true
	}
	if h.UserName = s.teams[id]; h.UserName == "" {
		h.UserName = bootstrapGroups[id]
	}
	return h, h.UserName != ""
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
	c.mu.Lock()
	defer c.mu.Unlock()
	headers := []synapse.UserGroupHeader{}
	for _, id := range slices.Compact(ids) {
		if h, known := c.state.principal(id); known {
			headers = append(headers, h)
		}
	}
	return ok(map[string]any{"children": headers, "totalNumberOfResults": len(headers)})
}
