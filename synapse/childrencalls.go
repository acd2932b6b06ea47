package synapse

import (
	"context"
	"fmt"
	"iter"
)

// ChildID returns the ID of a parent's child by its exact name, whatever its
// type. It returns ErrNotFound when there is none; a parent that does not
// exist is ErrForbidden here.
func (c *Client) ChildID(ctx context.Context, parentID, name string) (string, error) {
	found, err := fetch[EntityID](ctx, c,
		ask(ChildLookup{ParentID: parentID, EntityName: name}, "/repo/v1/entity/child"))
	return found.ID, err
}

// ChildrenPage returns one page of a container's direct children that the
// caller may read. IncludeTypes must not be empty.
func (c *Client) ChildrenPage(ctx context.Context, r ChildrenRequest) (ChildrenPage, error) {
	return fetch[ChildrenPage](ctx, c, ask(r, "/repo/v1/entity/children"))
}

// defaultTypes are what Children lists when no types are given.
var defaultTypes = []string{"folder", "file"}

// Children goes through a container's direct children by name, one call for
// each 50. Types are short names (folder, file, link, table ...); none
// stands for folders and files. It ends after an error. Paging counts from
// the start of the listing: children that come or go meanwhile shift it, so
// that some may be missed or met twice.
func (c *Client) Children(
	ctx context.Context, parentID string, types ...string,
) iter.Seq2[EntityHeader, error] {
	if len(types) == 0 {
		types = defaultTypes
	}
	return func(yield func(EntityHeader, error) bool) {
		r := ChildrenRequest{ParentID: parentID, IncludeTypes: types}
		for {
			page, err := c.ChildrenPage(ctx, r)
			if err != nil {
				yield(EntityHeader{}, fmt.Errorf("listing the children of %s: %w", parentID, err))
				return
			}
			for _, child := range page.Page {
				if !yield(child, nil) {
					return
				}
			}
			if page.NextPageToken == "" {
				return
			}
			r.NextPageToken = page.NextPageToken
		}
	}
}
