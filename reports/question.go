package reports

import (
	"fmt"

	"synapse-migrate/planner"
)

// Question asks whether a plan shall be carried out, in one line without the
// answers. One that changes its source says so.
func Question(plan planner.Plan) string {
	var items, size int64
	for _, t := range plan.Totals.Actions {
		if !leavesOut(t.Action) {
			items, size = items+t.Items, size+t.SizeBytes
		}
	}
	source, to := plan.Header.Source, plan.Header.Destination
	into := fmt.Sprintf("%s %s", plain(to.FolderID), quote(to.FolderName))
	if moves(source) {
		return fmt.Sprintf("This changes the source: %s (%s) leave their folders in %s and move into %s. "+
			"Their Synapse IDs stay.", Things(source, items), bytes(size), sourceOf(source), into)
	}
	return fmt.Sprintf("Migrate %s (%s) into %s?", Things(source, items), bytes(size), into)
}
