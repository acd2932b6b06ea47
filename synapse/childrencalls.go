package synapse

import (
	"context"
	"fmt"
	"iter"

	"synapse-migrate/synapse/paging"
)

// ChildID returns the ID of a parent's child by its exact name, whatever its
// type. It returns ErrNotFound when there is none; a parent that does not
// exist is ErrForbidden here.
func (c EntityCalls) ChildID(ctx context.Context, parentID, name string) (string, error) {
	found, err := fetch[EntityID](ctx, c.client,
		ask(ChildLookup{ParentID: parentID, EntityName: name}, "/repo/v1/entity/child"))
	return found.ID, err
}

// ChildrenPage returns one page of a container's direct children that the
// caller may read. IncludeTypes must not be empty.
func (c EntityCalls) ChildrenPage(ctx context.Context, r ChildrenRequest) (ChildrenPage, error) {
	page, err := fetch[ChildrenPage](ctx, c.client, ask(r, "/repo/v1/entity/children"))
	if err == nil && page.NextPageToken != "" && page.NextPageToken == r.NextPageToken {
		return ChildrenPage{}, paging.ErrCircle
	}
	return page, err
}

// MaxEntitiesWithMD5 is the largest number of entities that EntitiesWithMD5
// returns (EntityManagerImpl, October 2024 snapshot).
const MaxEntitiesWithMD5 = 200

// EntitiesWithMD5 returns the entities that the caller may read and of which
// any version has a file handle with that MD5, as it is written there:
// MaxEntitiesWithMD5 at most.
func (c EntityCalls) EntitiesWithMD5(ctx context.Context, md5 string) ([]EntityHeader, error) {
	found, err := fetch[Headers](ctx, c.client, read("/repo/v1/entity/md5/{}", md5))
	return found.Results, err
}

// ChildTypes are the short names of every entity type that has a parent
// (EntityType, OpenAPI file of March 2026): each counts as a child and holds
// its name. Synapse lists no children of types that aren't named, and knows no
// way to ask for all; what is newer than this list shows only in
// Bundle.HasChildren, and where its name is asked for (ChildID). The slice is
// the caller's own.
func ChildTypes() []string {
	return []string{
		"file", "folder", "link", "table", "entityview", "dockerrepo", "submissionview",
		"dataset", "datasetcollection", "materializedview", "virtualtable", "recordset",
	}
}

// defaultTypes are what Children lists when no types are given.
var defaultTypes = []string{"folder", "file"}

// Children goes through a container's direct children by name, one call for
// each 50. Types are short names (folder, file, link, table ...); none
// stands for folders and files. It ends after an error. Paging counts from
// the start of the listing: children that come or go meanwhile shift it, so
// that some may be missed or met twice.
func (c EntityCalls) Children(
	ctx context.Context, parentID string, types ...string,
) iter.Seq2[EntityHeader, error] {
	if len(types) == 0 {
		types = defaultTypes
	}
	return func(yield func(EntityHeader, error) bool) {
		r := ChildrenRequest{ParentID: parentID, IncludeTypes: types}
		for page, err := range ChildrenPages(ctx, c.client.ChildrenPage, r) {
			if err != nil {
				yield(EntityHeader{}, err)
				return
			}
			for _, child := range page.Page {
				if !yield(child, nil) {
					return
				}
			}
		}
	}
}

// ChildrenPages goes through the pages of a listing of children, from the first
// that r asks for to the last, each as page gives it: Client.ChildrenPage, or what
// stands for it. It ends after an error, such as paging.ErrCircle for a listing
// that would never end.
func ChildrenPages(
	ctx context.Context, page func(context.Context, ChildrenRequest) (ChildrenPage, error), r ChildrenRequest,
) iter.Seq2[ChildrenPage, error] {
	return func(yield func(ChildrenPage, error) bool) {
		var way paging.Circle
		for {
			p, err := page(ctx, r)
			if r.NextPageToken = p.NextPageToken; err == nil && r.NextPageToken != "" {
				err = way.Next(r.NextPageToken)
			}
			if err != nil {
				yield(ChildrenPage{}, fmt.Errorf("listing the children of %s: %w", r.ParentID, err))
				return
			}
			if !yield(p, nil) || r.NextPageToken == "" {
				return
			}
		}
	}
}
