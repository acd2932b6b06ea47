package project

import (
	"context"
	"errors"
	"fmt"

	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

// Examine finds out what a source is, in one call. What the caller
// may not see or do is a fact; an error is what stands in the way of asking.
func Examine(
	ctx context.Context, s Reader, id string, d planner.Destination, o planner.ProjectOptions,
) (rules.ProjectFacts, error) {
	o = o.WithDefaults()
	f := rules.ProjectFacts{EntityID: id, DestinationID: d.FolderID, Source: planner.ProjectSource{
		EntityID: id, Mode: o.Mode, Versions: o.Versions, Provenance: o.Provenance,
		Layout: o.Layout,
	}}
	b, err := s.Bundle(ctx, id, synapse.BundleRequest{
		IncludeEntity: true, IncludePermissions: true, IncludeEntityPath: true,
	})
	var answer *synapse.Error
	switch {
	case errors.Is(err, synapse.ErrNotFound):
		f.Missing = true
		return f, nil
	case errors.Is(err, synapse.ErrForbidden) && errors.As(err, &answer):
		f.Refusal = answer.Reason
		return f, nil
	case err != nil:
		return f, fmt.Errorf("examining source %s: %w", id, err)
	case b.Entity == nil:
		return f, fmt.Errorf("examining source %s: the answer has no entity", id)
	}
	readSource(&f, b)
	return f, nil
}

// readSource notes what an answer says of the source.
func readSource(f *rules.ProjectFacts, b synapse.Bundle) {
	f.Readable = true
	f.Source.EntityID, f.Source.Name = b.Entity.ID, b.Entity.Name
	f.Source.ConcreteType = b.Entity.ConcreteType
	if b.Permissions != nil {
		f.Permissions = *b.Permissions
	}
	if b.Path != nil {
		for _, h := range b.Path.Path {
			f.Path = append(f.Path, h.ID)
			if h.Type == synapse.TypeProject {
				f.Source.ProjectID = h.ID
			}
		}
	}
}
