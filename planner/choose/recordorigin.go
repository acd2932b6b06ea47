package choose

import "synapse-migrate/planner"

// RecordsOrigin reports whether what an action writes is to carry a record of
// its source: a stream, which has a digest of its own that the source may lack,
// and a copy of what has none, or carries a record that would be taken for the
// copy's. Of what wasn't looked at, the run finds out.
func RecordsOrigin(a planner.Action, o planner.Object, head HeadAnswer, d planner.Detail) bool {
	switch {
	case o.Download != nil:
		return false
	case a == planner.ActionCopy:
		return head != HeadSeen || !d.HasDigest() || d.UserMetadata[planner.OriginKey] != ""
	}
	return a == planner.ActionStream
}
