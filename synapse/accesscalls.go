package synapse

import "context"

// Permissions returns what the caller may do with an entity.
func (c *Client) Permissions(ctx context.Context, id string) (Permissions, error) {
	return fetch[Permissions](ctx, c, read("/repo/v1/entity/{}/permissions", id))
}

// ACL returns an entity's own access control list, and ErrNotFound when it
// inherits the one of its Benefactor.
func (c *Client) ACL(ctx context.Context, id string) (ACL, error) {
	return fetch[ACL](ctx, c, read("/repo/v1/entity/{}/acl", id))
}

// Benefactor returns the entity whose access control list holds for id.
func (c *Client) Benefactor(ctx context.Context, id string) (EntityHeader, error) {
	return fetch[EntityHeader](ctx, c, read("/repo/v1/entity/{}/benefactor", id))
}
