package objectstore

import "synapse-migrate/planner"

// unproven is an object as the plan has it: its ETag serves to recognise
// the object, and proves no MD5.
func unproven(o planner.Object) planner.Detail {
	return planner.Detail{Object: o, PartsCount: -1}
}

// differs reports whether what arrived is proven to be another content than
// what was sent.
func differs(sent, there planner.Detail) bool {
	c := planner.Compare(planner.Content{Detail: sent}, planner.Content{Detail: there}, false)
	return c.Likeness == planner.LikenessDifferent
}
