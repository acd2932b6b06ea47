package rules

import (
	"slices"
	"strings"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// CheckProject are the findings about a source that need no listing. A run
// that is stopped here need not be planned.
func CheckProject(f ProjectFacts) []planner.Finding {
	stop := func(id planner.RuleID, format string, args ...any) []planner.Finding {
		return []planner.Finding{AboutRun(id, format, args...)}
	}
	switch {
	case f.Missing:
		return stop(SourceMissing, "source %s does not exist, or is in the trash can",
			f.EntityID)
	case !f.Readable:
		return stop(SourceUnreadable, "you can't see source %s: %s", f.EntityID, f.Refusal)
	case f.Source.ConcreteType != synapse.TypeProject &&
		f.Source.ConcreteType != synapse.TypeFolder:
		return stop(SourceNotContainer, "source %s is a %s, not a project or a folder",
			f.Source.EntityID, TypeName(f.Source.ConcreteType))
	case slices.Contains(f.Path, f.DestinationID):
		return stop(SourceInDestination, "destination %s is the source %s, or holds it",
			f.DestinationID, f.Source.EntityID)
	case f.Source.Mode == planner.ModeMove && !f.Permissions.CanMove:
		return stop(SourcePermissions, "you may not move what is in source %s: that "+
			"takes UPDATE and CHANGE_PERMISSIONS", f.Source.EntityID)
	}
	return nil
}

// TypeName is a concrete type in short, in the server's words: table for
// TableEntity, link, entityview.
func TypeName(concreteType string) string {
	name := concreteType[strings.LastIndexByte(concreteType, '.')+1:]
	return strings.ToLower(strings.TrimSuffix(name, "Entity"))
}
