package destination

import (
	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

// Overlaps are those of the locations, all of one user, that share objects with a place. Locations without STS give no
// credentials: what lies inside the place counts, for its own credentials reach it.
func Overlaps(all []synapse.StorageLocation, bucket, baseKey string) (found []rules.Overlap) {
	for _, l := range all {
		if l.ConcreteType != synapse.TypeExternalS3StorageLocation || l.Bucket != bucket || l.EndpointURL != "" {
			continue
		}
		relation := relate(baseKey, l.BaseKey)
		if relation == "" || relation == rules.RelationInside && (l.StsEnabled == nil || !*l.StsEnabled) {
			continue
		}
		found = append(found, rules.Overlap{
			LocationID: l.StorageLocationID, Bucket: l.Bucket, BaseKey: l.BaseKey, Relation: relation,
		})
	}
	return found
}

// relate is how a place lies to another one in the same bucket; empty for apart.
func relate(place, other string) rules.Relation {
	within := func(inner, outer string) bool {
		_, below := planner.Below(inner, outer)
		return below
	}
	switch {
	case place == other:
		return rules.RelationSame
	case within(place, other):
		return rules.RelationInside
	case within(other, place):
		return rules.RelationAround
	}
	return ""
}
