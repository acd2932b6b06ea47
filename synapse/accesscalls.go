package synapse

import "context"

// AccessCalls tell who may do what, and what access requirements restrict.
type AccessCalls struct{ client *Client }

// Permissions returns what the caller may do with an entity.
func (c AccessCalls) Permissions(ctx context.Context, id string) (Permissions, error) {
	return fetch[Permissions](ctx, c.client, read("/repo/v1/entity/{}/permissions", id))
}

// ACL returns an entity's own access control list, and ErrNotFound when it
// inherits the one of its Benefactor.
func (c AccessCalls) ACL(ctx context.Context, id string) (ACL, error) {
	return fetch[ACL](ctx, c.client, read("/repo/v1/entity/{}/acl", id))
}

// Benefactor returns the entity whose access control list holds for id.
func (c AccessCalls) Benefactor(ctx context.Context, id string) (EntityHeader, error) {
	return fetch[EntityHeader](ctx, c.client, read("/repo/v1/entity/{}/benefactor", id))
}
