package synapse

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
)

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

// RestrictionInformation returns how access requirements, inherited ones
// too, restrict an entity for the caller. An entity that does not exist is
// open, without any permission.
func (c AccessCalls) RestrictionInformation(
	ctx context.Context, entityID string,
) (RestrictionInformation, error) {
	return fetch[RestrictionInformation](ctx, c.client, ask(
		RestrictionRequest{RestrictableObjectType: SubjectEntity, ObjectID: entityID},
		"/repo/v1/restrictionInformation"))
}

// RestrictionInformationBatch is RestrictionInformation for several
// entities, MaxRestrictionBatch at most, in their order. No IDs, no call.
func (c AccessCalls) RestrictionInformationBatch(
	ctx context.Context, entityIDs []string,
) ([]RestrictionInformation, error) {
	if len(entityIDs) == 0 {
		return nil, nil
	}
	b, err := fetchWhole[RestrictionBatch](ctx, c.client, ask(
		RestrictionBatchRequest{RestrictableObjectType: SubjectEntity, ObjectIDs: entityIDs},
		"/repo/v1/restrictionInformation/batch"), func(b RestrictionBatch) string {
		return missing(field{"answer for each entity", len(b.RestrictionInformation) == len(entityIDs)})
	})
	return b.RestrictionInformation, err
}

// AccessRequirements returns all access requirements that hold for an
// entity, its ancestors' too, one call for each 50.
func (c AccessCalls) AccessRequirements(
	ctx context.Context, entityID string,
) ([]AccessRequirement, error) {
	all, err := offsetPages(requirementsPerPage, func(offset int) ([]AccessRequirement, int64, error) {
		r := read("/repo/v1/entity/{}/accessRequirement", entityID)
		r.query = url.Values{"limit": {strconv.Itoa(requirementsPerPage)}, "offset": {strconv.Itoa(offset)}}
		page, err := fetch[AccessRequirementPage](ctx, c.client, r)
		return page.Results, page.TotalResults, err
	}, func(r AccessRequirement) string { return decimal(r.ID) })
	if err != nil {
		return nil, fmt.Errorf("listing the access requirements of %s: %w", entityID, err)
	}
	return all, nil
}

// requirementsPerPage is the largest page of access requirements
// (AccessRequirementManagerImpl, October 2024 snapshot).
const requirementsPerPage = 50
