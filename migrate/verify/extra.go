package verify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

// extras hands out what is in a folder beyond what the plan does, by name,
// with all that is below it.
func (t *tree) extras(
	ctx context.Context, p folderAt, there children, hand func(task) error,
) error {
	for _, name := range slices.Sorted(maps.Keys(there)) {
		left, err := t.handLeft(ctx, p, there[name], hand)
		if err == nil && !left {
			err = t.extra(ctx, there[name], join(p.path, name), hand)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// handLeft reports whether an entity in a folder is of an item that was left
// out, and hands out its comparison where it is compared.
func (t *tree) handLeft(
	ctx context.Context, p folderAt, h synapse.EntityHeader, hand func(task) error,
) (left bool, err error) {
	item, left := t.claimed(p, h.Name)
	if item != nothing {
		err = t.compareThere(ctx, item, h, join(p.path, h.Name), hand)
	}
	return left, err
}

// extra hands out an entity that is not planned, then what is below it. A
// folder that items are in which the plan leaves out is not extra.
func (t *tree) extra(
	ctx context.Context, h synapse.EntityHeader, path string, hand func(task) error,
) error {
	row := Row{
		Kind: kindOf(h.Type), Path: path, EntityID: h.ID, Version: h.VersionNumber,
		Verdict: VerdictExtra,
	}
	if row.Kind == KindOther {
		row.Note = "a " + h.Type
	}
	if row.Kind != KindFolder {
		return hand(done(row))
	}
	var extras []synapse.EntityHeader
	inUse, listed := t.left.hasFolder(path), false
	for child, err := range t.list(ctx, h.ID) {
		if err != nil {
			return err
		}
		listed = true
		left, err := t.handLeft(ctx, folderAt{path: path}, child, hand)
		if err != nil {
			return err
		}
		if inUse = inUse || left; !left {
			extras = append(extras, child)
		}
	}
	if !inUse {
		if err := hand(done(row)); err != nil {
			return err
		}
	}
	if !listed {
		if err := hand(t.unlisted(h.ID, path)); err != nil {
			return err
		}
	}
	for _, child := range extras {
		if err := t.extra(ctx, child, join(path, child.Name), hand); err != nil {
			return err
		}
	}
	return nil
}

// unlisted looks for what Synapse doesn't list in a folder that lists nothing.
// Beside what is listed it can't be noticed (rules.ContentUnlisted).
func (t *tree) unlisted(id, path string) task {
	return func(ctx context.Context) ([]Row, error) {
		b, err := t.deps.Synapse.Bundle(ctx, id, synapse.BundleRequest{IncludeHasChildren: true})
		switch {
		case errors.Is(err, synapse.ErrNotFound) || errors.Is(err, synapse.ErrForbidden):
			return nil, nil // what is compared in it says so
		case err != nil:
			return nil, fmt.Errorf("looking for children of %s: %w", id, err)
		case b.HasChildren == nil || !*b.HasChildren:
			return nil, nil
		}
		return []Row{{
			Kind: KindOther, Path: path + "/", EntityID: id, Verdict: VerdictUnknown,
			Rule: rules.ContentUnlisted,
			Note: "Synapse doesn't list what is in this folder: of a type that this program doesn't " +
				"know, or that you may not see",
		}}, nil
	}
}

func kindOf(concreteType string) Kind {
	switch concreteType {
	case synapse.TypeFile:
		return KindFile
	case synapse.TypeFolder:
		return KindFolder
	}
	return KindOther
}
