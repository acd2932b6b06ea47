package planner

import (
	"fmt"
	"strings"

	"synapse-migrate/synapse"
)

// Overlap is a storage location that shares objects with another place in S3, so that who gets credentials for one
// reaches what is meant for the other: they cover all below the base key (StsManagerImpl, October 2024 snapshot).
type Overlap struct {
	LocationID      int64
	Bucket, BaseKey string
	Relation        Relation
}

// Relation is how the place lies to the location.
type Relation string

// The relations. Base keys are compared with the slash that ends them: run7 and run70 lie apart.
const (
	RelationSame   Relation = "the same place"
	RelationInside Relation = "inside it"
	RelationAround Relation = "around it"
)

// OverlapsUnseen is what a list of overlaps doesn't tell: Synapse shows a storage location to its creator only, and
// lists the newest hundred.
const OverlapsUnseen = "storage locations that others created, and your own beyond the newest hundred, can't be seen"

// Overlaps are those of the locations, all of one user, that share objects with a place. Locations without STS give no
// credentials: what lies inside the place counts, for its own credentials reach it.
func Overlaps(all []synapse.StorageLocation, bucket, baseKey string) (found []Overlap) {
	for _, l := range all {
		if l.ConcreteType != synapse.TypeExternalS3StorageLocation || l.Bucket != bucket || l.EndpointURL != "" {
			continue
		}
		relation := relate(baseKey, l.BaseKey)
		if relation == "" || relation == RelationInside && (l.StsEnabled == nil || !*l.StsEnabled) {
			continue
		}
		found = append(found, Overlap{
			LocationID: l.StorageLocationID, Bucket: l.Bucket, BaseKey: l.BaseKey, Relation: relation,
		})
	}
	return found
}

// relate is how a place lies to another one in the same bucket; empty for apart.
func relate(place, other string) Relation {
	within := func(inner, outer string) bool { return outer == "" || strings.HasPrefix(inner, outer+"/") }
	switch {
	case place == other:
		return RelationSame
	case within(place, other):
		return RelationInside
	case within(other, place):
		return RelationAround
	}
	return ""
}

// String says what overlaps, and who reads what because of it. The place is "this one".
func (o Overlap) String() string {
	at := fmt.Sprintf("storage location %d of yours, s3://%s/%s,", o.LocationID, o.Bucket, o.BaseKey)
	switch o.Relation {
	case RelationInside:
		return at + " lies around this one: whoever gets credentials for a folder there reads what lies here"
	case RelationAround:
		return at + " lies inside this one: whoever gets credentials for this folder reads what lies there"
	}
	return at + " is the same place: whoever gets credentials for one of the folders reads what lies in the other"
}
