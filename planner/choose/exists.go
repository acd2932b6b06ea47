package choose

import (
	"synapse-migrate/planner"
	"synapse-migrate/planner/destination"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

// WhereTaken blocks what needs a name that something of another type has.
func WhereTaken(d Decision, at destination.Location) Decision {
	if at.Taken || at.Child != nil && at.Child.Type != synapse.TypeFile {
		return Blocked(rules.ObjectsOtherEntity)
	}
	return d
}

// WhereFile decides about an object whose name a file already has, by what is
// known of the file's content. ReplaceID is set where the file gets a new
// version, compareID where the run is to compare.
func WhereFile(
	d Decision, like planner.Likeness, fileID string, policy planner.ExistsPolicy,
) (_ Decision, replaceID, compareID string) {
	switch {
	case like == planner.LikenessSame:
		return Decision{Action: planner.ActionSkip, Rule: rules.ObjectsMigrated}, "", ""
	case policy == planner.ExistsSkip:
		return Decision{Action: planner.ActionSkip, Rule: rules.ObjectsFileKept}, "", ""
	case policy == planner.ExistsReplace:
		d.Notes = append(d.Notes, rules.ObjectsFileReplaced)
		return d, fileID, ""
	case like == planner.LikenessUnknown:
		d.Notes = append(d.Notes, rules.ContentComparedFile)
		return d, "", fileID
	}
	return Blocked(rules.ObjectsFileDiffers), "", ""
}

// WhereObject decides about an object whose key at the destination holds
// other content.
func WhereObject(d Decision, policy planner.ExistsPolicy) (Decision, bool) {
	switch policy {
	case planner.ExistsSkip:
		return Decision{Action: planner.ActionSkip, Rule: rules.ObjectsObjectKept}, false
	case planner.ExistsReplace:
		return d, true
	}
	return Blocked(rules.ObjectsObjectDiffers), false
}
