package verify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// compareLabel compares the label of a version of a project's file.
func (c comparison) compareLabel(ctx context.Context, f file, x expected, row *Row) error {
	if x.Origin == nil || x.Origin.VersionLabel == "" ||
		x.Origin.VersionLabel == row.VersionLabel {
		return nil
	}
	excused := false
	if x.replaces && row.VersionLabel == decimal(row.Version) {
		var err error
		if excused, err = c.labelTaken(ctx, f, x); err != nil {
			return err
		}
	}
	if !excused {
		row.differ(FieldVersionLabel, x.Origin.VersionLabel, row.VersionLabel)
	}
	return nil
}

// labelTaken reports whether a version that was added to a file which was
// there has good reason for a label that Synapse made, its number: the planned
// one is a number itself, or is that of another version. Synapse doesn't tell
// letters' case apart (NodeDAOImpl, October 2024 snapshot).
func (c comparison) labelTaken(ctx context.Context, f file, x expected) (bool, error) {
	if _, err := strconv.ParseInt(x.Origin.VersionLabel, 10, 64); err == nil {
		return true, nil
	}
	all, err := c.deps.Synapse.AllVersions(ctx, f.header.ID)
	if err != nil {
		return false, fmt.Errorf("listing the versions of %s: %w", f.header.ID, err)
	}
	return slices.ContainsFunc(all, func(v synapse.VersionInfo) bool {
		return strings.EqualFold(v.VersionLabel, x.Origin.VersionLabel)
	}), nil
}

// compareProvenance compares what made a version of a project's file. Of a
// file that moves, the plan may not know it.
func (c comparison) compareProvenance(
	ctx context.Context, id string, number int64, b synapse.Bundle, x expected, row *Row,
) error {
	if x.Origin == nil || x.moves && x.Origin.ActivityID == "" {
		return nil
	}
	a, err := c.activity(ctx, id, number, b)
	switch {
	case errors.Is(err, synapse.ErrForbidden):
		row.note("the provenance can't be seen: " + err.Error())
		return nil
	case err != nil:
		return fmt.Errorf("reading the provenance of version %d of %s: %w", number, id, err)
	}
	row.ActivityID = a.ID
	switch {
	case x.provenance == planner.ProvenanceLink && !x.moves:
		if !linksTo(a, *x.Origin) {
			row.differ(FieldProvenance, fmt.Sprintf("made from version %d of %s",
				x.Origin.Version, x.Origin.EntityID), activityText(a.ID))
		}
	case x.provenance == planner.ProvenanceNone && !x.moves:
		row.differ(FieldProvenance, "", activityText(a.ID))
	default:
		row.differ(FieldProvenance, activityText(x.Origin.ActivityID), activityText(a.ID))
	}
	return nil
}

// activity is what made a version; its zero value for nothing. A bundle has
// the current version's alone.
func (c comparison) activity(
	ctx context.Context, id string, number int64, b synapse.Bundle,
) (synapse.Activity, error) {
	if number == currentVersion {
		if b.Activity == nil {
			return synapse.Activity{}, nil
		}
		return *b.Activity, nil
	}
	a, err := c.deps.Synapse.VersionGeneratedBy(ctx, id, number)
	if errors.Is(err, synapse.ErrNotFound) {
		return synapse.Activity{}, nil
	}
	return a, err
}

// linksTo reports whether an activity says that a version was made from the
// one in the source.
func linksTo(a synapse.Activity, o planner.Origin) bool {
	return slices.ContainsFunc(a.Used, func(u synapse.Used) bool {
		return u.Reference != nil && !u.WasExecuted && u.Reference.TargetID == o.EntityID &&
			u.Reference.TargetVersionNumber == o.Version
	})
}

// activityText shows an activity, empty for none.
func activityText(id string) string {
	if id == "" {
		return ""
	}
	return "activity " + id
}
