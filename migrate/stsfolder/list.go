package stsfolder

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"synapse-migrate/synapse"
)

// Lister is what is asked of Synapse to find uses of storage locations.
type Lister interface {
	ChildrenPage(ctx context.Context, r synapse.ChildrenRequest) (synapse.ChildrenPage, error)
	UploadSetting(ctx context.Context, id string) (*synapse.UploadSetting, error)
}

// Use is an entity whose own setting names a storage location.
type Use struct {
	EntityID, Path string
}

// Uses are found uses, by storage location.
type Uses map[int64][]Use

// FindUses goes through the folders below some projects or folders and notes
// whose settings name which locations. Synapse has no way to ask where a
// location is used: elsewhere it may be, too. One call for each folder, and
// one for each 50 folders in one.
func FindUses(ctx context.Context, s Lister, roots []string) (Uses, error) {
	uses := Uses{}
	for _, root := range roots {
		if err := uses.below(ctx, s, Use{EntityID: root, Path: root}); err != nil {
			return nil, fmt.Errorf("going through %s: %w", root, err)
		}
	}
	return uses, nil
}

// below walks one of them, breadth first.
func (u Uses) below(ctx context.Context, s Lister, root Use) error {
	queue := []Use{root}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		setting, err := s.UploadSetting(ctx, at.EntityID)
		if err != nil && (!errors.Is(err, synapse.ErrForbidden) || at == root) {
			return err
		}
		if setting != nil {
			u.add(at, setting.Locations)
		}
		inner, err := foldersIn(ctx, s, at)
		if err != nil {
			return err
		}
		queue = append(queue, inner...)
	}
	return nil
}

func (u Uses) add(at Use, locations []int64) {
	for _, l := range locations {
		known := func(use Use) bool { return use.EntityID == at.EntityID } // roots may lie in each other
		if !slices.ContainsFunc(u[l], known) {
			u[l] = append(u[l], at)
		}
	}
}

// foldersIn are the folders in a container.
func foldersIn(ctx context.Context, s Lister, at Use) (all []Use, err error) {
	r := synapse.ChildrenRequest{ParentID: at.EntityID, IncludeTypes: []string{"folder"}}
	for page, err := range synapse.ChildrenPages(ctx, s.ChildrenPage, r) {
		if err != nil {
			return nil, err
		}
		for _, h := range page.Page {
			all = append(all, Use{EntityID: h.ID, Path: at.Path + "/" + h.Name})
		}
	}
	return all, nil
}
