package planner

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"synapse-migrate/synapse"
)

// selection is what of the source is wanted. The zero value wants all of it.
type selection struct {
	// chosen are entities that are wanted with all that lies below them, and
	// through the folders on the way to them; both nil when all is wanted.
	chosen, through map[string]bool
	// missing are those asked for that don't lie below the source, in the
	// order in which they were asked for.
	missing []string
}

// wants reports whether a child of that folder is wanted, or leads to what
// is.
func (s selection) wants(parentID string, h synapse.EntityHeader) bool {
	return !s.through[parentID] || s.chosen[h.ID] || s.through[h.ID]
}

// selectEntities finds out where the entities lie that narrow the source,
// one call for each.
func selectEntities(
	ctx context.Context, s entityReader, sourceID string, ids []string, workers int,
) (selection, error) {
	if len(ids) == 0 {
		return selection{}, nil
	}
	ways := make([][]string, len(ids))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	for i, id := range ids {
		group.Go(func() error {
			var err error
			ways[i], err = wayTo(ctx, s, sourceID, id)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return selection{}, err
	}
	return newSelection(ids, ways), nil
}

// wayTo are the IDs from the source to an entity, both included; empty for
// one that lies elsewhere, or that the caller may not see.
func wayTo(ctx context.Context, s entityReader, sourceID, id string) ([]string, error) {
	b, err := s.Bundle(ctx, id, synapse.BundleRequest{IncludeEntityPath: true})
	var answer *synapse.Error
	switch {
	case errors.Is(err, synapse.ErrNotFound), errors.Is(err, synapse.ErrForbidden),
		errors.As(err, &answer) && answer.Status == 400:
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("looking for %s: %w", id, err)
	case b.Path == nil:
		return nil, nil
	}
	var way []string
	for _, h := range b.Path.Path {
		if h.ID == sourceID || len(way) > 0 {
			way = append(way, h.ID)
		}
	}
	return way, nil
}

// newSelection wants the ends of the ways. One that lies below another is
// wanted with that one.
func newSelection(ids []string, ways [][]string) selection {
	s := selection{chosen: map[string]bool{}, through: map[string]bool{}}
	for i, way := range ways {
		if len(way) == 0 {
			s.missing = append(s.missing, ids[i])
			continue
		}
		s.chosen[way[len(way)-1]] = true
	}
	for _, way := range ways {
		if len(way) == 0 {
			continue
		}
		above := way[:len(way)-1]
		if slices.ContainsFunc(above, func(id string) bool { return s.chosen[id] }) {
			delete(s.chosen, way[len(way)-1])
			continue
		}
		for _, id := range above {
			s.through[id] = true
		}
	}
	return s
}
