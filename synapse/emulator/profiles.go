package emulator

import (
	"slices"
	"strconv"

	"synapse-migrate/synapse"
)

func userRoutes() []route {
	return []route{
		{"GET /repo/v1/userProfile", toView, getMyProfile},
		{"GET /repo/v1/userProfile/{id}", toView, locked(getProfile)},
		{"GET /repo/v1/status", nil, func(c *call) (reply, error) { return ok(c.maintenance.status()) }},
		{"GET /repo/v1/version", nil, func(*call) (reply, error) {
			return ok(map[string]string{"version": "emulator", "stackInstance": "emulator"})
		}},
	}
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
