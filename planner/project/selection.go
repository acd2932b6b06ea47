package project

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"golang.org/x/sync/errgroup"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// selection is what of the source is wanted. The zero value wants all of it.
type selection struct {
	// chosen are entities that are wanted with all that lies below them, and
	// through the folders on the way to them; both nil when all is wanted.
	chosen, through map[string]bool
	// moved are those asked for that lie in the destination.
	moved map[string]bool
	// missing are those asked for that don't lie below the source, in the
	// order in which they were asked for.
	missing []string
}

// wants reports whether a child of that folder is wanted, or leads to what
// is.
func (s selection) wants(parentID string, h synapse.EntityHeader) bool {
	return !s.through[parentID] || s.chosen[h.ID] || s.through[h.ID]
}

// wantsMoved reports whether a file that may have moved away from that folder
// is wanted.
func (s selection) wantsMoved(parentID, id string) bool {
	return !s.through[parentID] || s.moved[id]
}

// selector finds out where the entities lie that narrow a source.
type selector struct {
	source   entityReader
	sourceID string
	// destinationID is the destination folder where files that have moved
	// there already are wanted, too; empty otherwise.
	destinationID string
}

// newSelector is the one for a project. Files that have moved already matter
// only where older versions of them follow.
func newSelector(s entityReader, p planner.ProjectSource, o planner.ProjectOptions, d planner.Destination) selector {
	found := selector{source: s, sourceID: p.EntityID}
	if o.Mode == planner.ModeMove && o.Versions == planner.VersionsAll {
		found.destinationID = d.FolderID
	}
	return found
}

// way is how an entity is reached: the IDs from the source to it, both
// included; none for one that lies elsewhere, or that the caller may not see.
type way struct {
	ids []string
	// moved is true for a file that lies in the destination: the IDs before
	// its own lead to where it was.
	moved bool
}

// find asks where entities lie, one call for each.
func (s selector) find(ctx context.Context, ids []string, workers int) (selection, error) {
	if len(ids) == 0 {
		return selection{}, nil
	}
	ways := make([]way, len(ids))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	for i, id := range ids {
		group.Go(func() error {
			var err error
			if ways[i], err = s.wayTo(ctx, id); err != nil {
				return fmt.Errorf("looking for %s: %w", id, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return selection{}, err
	}
	return newSelection(s.sourceID, ids, ways), nil
}

func (s selector) wayTo(ctx context.Context, id string) (way, error) {
	b, err := s.source.Bundle(ctx, id, synapse.BundleRequest{IncludeEntityPath: true})
	var answer *synapse.Error
	switch {
	case absent(err), errors.As(err, &answer) && answer.Status == http.StatusBadRequest:
		return way{}, nil
	case err != nil:
		return way{}, err
	case b.Path == nil:
		return way{}, nil
	}
	if below := pathBelow(b.Path.Path, s.destinationID); len(below) > 0 {
		return s.wayBack(ctx, below)
	}
	var found way
	for _, h := range b.Path.Path {
		if h.ID == s.sourceID || len(found.ids) > 0 {
			found.ids = append(found.ids, h.ID)
		}
	}
	return found, nil
}

// pathBelow is the part of a path that comes after a folder.
func pathBelow(path []synapse.EntityHeader, folderID string) []synapse.EntityHeader {
	i := slices.IndexFunc(path, func(h synapse.EntityHeader) bool { return h.ID == folderID })
	if i < 0 {
		return nil
	}
	return path[i+1:]
}

// wayBack leads to the folder that a file of the destination was in: it has
// the same name there and here.
func (s selector) wayBack(ctx context.Context, path []synapse.EntityHeader) (way, error) {
	last := len(path) - 1
	if path[last].Type != synapse.TypeFile {
		return way{}, nil
	}
	back := way{ids: []string{s.sourceID}, moved: true}
	for i, h := range path[:last] {
		id, err := s.source.ChildID(ctx, back.ids[i], h.Name)
		switch {
		case absent(err):
			return way{}, nil
		case err != nil:
			return way{}, err
		}
		back.ids = append(back.ids, id)
	}
	back.ids = append(back.ids, path[last].ID)
	return back, nil
}

// newSelection wants the ends of the ways. One that lies below another is
// wanted with that one.
func newSelection(sourceID string, ids []string, ways []way) selection {
	s := selection{
		chosen: map[string]bool{}, through: map[string]bool{}, moved: map[string]bool{},
	}
	for i, w := range ways {
		switch {
		case len(w.ids) == 0:
			s.missing = append(s.missing, ids[i])
		case w.moved:
			s.moved[w.ids[len(w.ids)-1]] = true
		default:
			s.chosen[w.ids[len(w.ids)-1]] = true
		}
	}
	if !s.chosen[sourceID] {
		s.through[sourceID] = true // where nothing is found, nothing is wanted
	}
	for _, w := range ways {
		if len(w.ids) == 0 {
			continue
		}
		above := w.ids[:len(w.ids)-1]
		if slices.ContainsFunc(above, func(id string) bool { return s.chosen[id] }) {
			delete(s.chosen, w.ids[len(w.ids)-1])
			continue
		}
		for _, id := range above {
			s.through[id] = true
		}
	}
	return s
}
