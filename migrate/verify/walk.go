package verify

import (
	"context"
	"slices"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// folderAt is a folder of the plan and its entity at the destination.
type folderAt struct {
	planID int64
	// entityID is empty for a folder that is not there.
	entityID string
	path     string
	// sourceID is the source's folder; empty for other sources than projects.
	sourceID string
}

// children are those of a folder that nothing has claimed yet, by name.
type children map[string]synapse.EntityHeader

// claim takes a child away.
func (c children) claim(name string) (synapse.EntityHeader, bool) {
	h, there := c[name]
	delete(c, name)
	return h, there
}

// walk hands out all comparisons. The folders on the way down wait on a
// stack, so that what is known of them doesn't grow with the plan.
func (t *tree) walk(ctx context.Context, hand func(task) error) error {
	if err := t.leaveOut(ctx, hand); err != nil {
		return err
	}
	root := folderAt{entityID: t.destination().FolderID}
	if p := t.deps.Header.Source.Project; p != nil {
		root.sourceID = p.EntityID
	}
	stack := []folderAt{root}
	for len(stack) > 0 {
		last := len(stack) - 1
		p := stack[last]
		below, err := t.folder(ctx, p, hand)
		if err != nil {
			return err
		}
		slices.Reverse(below)
		stack = append(stack[:last], below...)
	}
	return t.missThere(ctx, hand)
}

// folder hands out what is in one folder, and returns the folders below it.
func (t *tree) folder(ctx context.Context, p folderAt, hand func(task) error) ([]folderAt, error) {
	there := children{}
	if p.entityID != "" {
		for h, err := range t.list(ctx, p.entityID) {
			if err != nil {
				return nil, err
			}
			there[h.Name] = h
		}
	}
	if p.entityID != "" && len(there) == 0 {
		if err := hand(t.unlisted(p.entityID, p.path)); err != nil {
			return nil, err
		}
	}
	below, err := t.subfolders(ctx, p, there, hand)
	if err != nil {
		return nil, err
	}
	if err := t.files(ctx, p, there, hand); err != nil {
		return nil, err
	}
	return below, t.extras(ctx, p, there, hand)
}

// subfolders compares the folders of the plan in a folder.
func (t *tree) subfolders(
	ctx context.Context, p folderAt, there children, hand func(task) error,
) ([]folderAt, error) {
	var planned []planner.Folder
	for f, err := range t.deps.Plan.Subfolders(ctx, p.planID) {
		if err != nil {
			return nil, err
		}
		planned = append(planned, f)
	}
	var below []folderAt
	for _, f := range planned {
		sub := folderAt{planID: f.ID, path: join(p.path, f.Name)}
		if f.Origin != nil {
			sub.sourceID = f.Origin.EntityID
		}
		row := Row{Kind: KindFolder, Path: sub.path}
		h, found := there.claim(f.Name)
		if found && h.Type == synapse.TypeFolder {
			sub.entityID = h.ID
		}
		below = append(below, sub)
		if compare := t.folderTask(row, f, h, found); compare != nil {
			if err := hand(compare); err != nil {
				return nil, err
			}
		}
	}
	return below, nil
}

// folderTask compares a folder; nil where there is nothing to compare. Folders
// are made when a file needs them: one that isn't there and holds no file of
// the plan is none that is missing, unless it comes from a project, of which
// empty folders travel too.
func (t *tree) folderTask(
	row Row, f planner.Folder, h synapse.EntityHeader, found bool,
) task {
	if !found {
		if f.Origin == nil {
			return nil
		}
		row.missing(FieldEntity, row.Path)
		row.conclude()
		return done(row)
	}
	row.EntityID = h.ID
	row.differ(FieldType, synapse.TypeFolder, h.Type)
	if f.EntityID != "" {
		row.differ(FieldEntity, f.EntityID, h.ID)
	}
	described := f.Origin != nil && (f.Origin.Description != "" || len(f.Origin.Annotations) > 0)
	if h.Type != synapse.TypeFolder || f.EntityID != "" || !described {
		row.conclude()
		return done(row)
	}
	return func(ctx context.Context) ([]Row, error) {
		b, err := t.deps.Synapse.Bundle(ctx, h.ID, synapse.BundleRequest{
			IncludeEntity: true, IncludeAnnotations: true,
		})
		if err != nil {
			return unseen([]Row{row}, err)
		}
		if b.Entity != nil {
			row.differ(FieldDescription, f.Origin.Description, b.Entity.Description)
		}
		compareAnnotations(&row, f.Origin.Annotations, annotationsOf(b), true)
		row.conclude()
		return []Row{row}, nil
	}
}
