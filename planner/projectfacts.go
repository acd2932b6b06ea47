package planner

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"synapse-migrate/synapse"
)

// ProjectFacts are what was found out about a source project, or a folder of
// one; CheckProject judges them.
type ProjectFacts struct {
	// EntityID is the source as it was asked for.
	EntityID string
	// Source is filled in as far as the entity could be read.
	Source ProjectSource
	// Missing and Readable tell whether the entity exists (404) and can be
	// seen (403); Refusal is the server's reason where it can't.
	Missing, Readable bool
	Refusal           string
	Permissions       synapse.Permissions
	// Path are the IDs from the root to the source itself.
	Path []string
	// DestinationID is the destination folder.
	DestinationID string
}

// ExamineProject finds out what a source is, in one call. What the caller
// may not see or do is a fact; an error is what stands in the way of asking.
func ExamineProject(
	ctx context.Context, s ProjectReader, id string, d Destination, o ProjectOptions,
) (ProjectFacts, error) {
	o = o.withDefaults()
	f := ProjectFacts{EntityID: id, DestinationID: d.FolderID, Source: ProjectSource{
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
func readSource(f *ProjectFacts, b synapse.Bundle) {
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

// CheckProject are the findings about a source that need no listing. A run
// that is stopped here need not be planned.
func CheckProject(f ProjectFacts) []Finding {
	rules := sourceRules()
	stop := func(id RuleID, format string, args ...any) []Finding {
		return []Finding{aboutRun(rules, id, format, args...)}
	}
	switch {
	case f.Missing:
		return stop(RuleSourceMissing, "source %s does not exist, or is in the trash can",
			f.EntityID)
	case !f.Readable:
		return stop(RuleSourceUnreadable, "you can't see source %s: %s", f.EntityID, f.Refusal)
	case f.Source.ConcreteType != synapse.TypeProject &&
		f.Source.ConcreteType != synapse.TypeFolder:
		return stop(RuleSourceNotContainer, "source %s is a %s, not a project or a folder",
			f.Source.EntityID, typeName(f.Source.ConcreteType))
	case slices.Contains(f.Path, f.DestinationID):
		return stop(RuleSourceInDestination, "destination %s is the source %s, or holds it",
			f.DestinationID, f.Source.EntityID)
	case f.Source.Mode == ModeMove && !f.Permissions.CanMove:
		return stop(RuleSourcePermissions, "you may not move what lies in source %s: that "+
			"takes UPDATE and CHANGE_PERMISSIONS", f.Source.EntityID)
	}
	return nil
}
