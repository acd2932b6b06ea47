package synapse

import (
	"context"
	"net/url"
	"slices"
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
