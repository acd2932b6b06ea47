package planner

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/synapse"
)

func storageAt(id int64, bucket, baseKey string, sts bool) synapse.StorageLocation {
	return synapse.StorageLocation{
		ConcreteType: synapse.TypeExternalS3StorageLocation, StorageLocationID: id, Bucket: bucket, BaseKey: baseKey,
		StsEnabled: &sts,
	}
}

func TestOverlaps(t *testing.T) {
	tests := []struct {
		place, other string
		sts          bool
		want         Relation
	}{
		{"run7", "run7", true, RelationSame},
		{"run7", "run7", false, RelationSame},
		{"", "", true, RelationSame},
		{"run7/inner", "run7", true, RelationInside},
		{"run7/inner", "run7", false, ""},
		{"run7", "", true, RelationInside},
		{"run7", "run7/inner", true, RelationAround},
		{"run7", "run7/inner", false, RelationAround},
		{"", "run7", true, RelationAround},
		{"run7", "run70", true, ""},
		{"run70", "run7", true, ""},
		{"run7", "Run7", true, ""},
		{"a/run7", "run7", true, ""},
	}
	for _, tt := range tests {
		t.Run(tt.place+" and "+tt.other, func(t *testing.T) {
			l := storageAt(5, "lab", tt.other, tt.sts)
			var want []Overlap
			if tt.want != "" {
				want = []Overlap{{LocationID: 5, Bucket: "lab", BaseKey: tt.other, Relation: tt.want}}
			}
			if diff := cmp.Diff(want, Overlaps([]synapse.StorageLocation{l}, "lab", tt.place)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			l.Bucket = "other"
			if got := Overlaps([]synapse.StorageLocation{l}, "lab", tt.place); got != nil {
				t.Errorf("in another bucket: got %v", got)
			}
			l.Bucket, l.EndpointURL = "lab", "https://s3.example.org"
			if got := Overlaps([]synapse.StorageLocation{l}, "lab", tt.place); got != nil {
				t.Errorf("in another S3: got %v", got)
			}
		})
	}
}

// listing is a destination in lab/run7 whose caller has other locations too.
type listing struct {
	Synapse
	all   []synapse.StorageLocation
	err   error
	asked int
}

func (l *listing) StorageLocations(context.Context) ([]synapse.StorageLocation, error) {
	return l.all, l.err
}

func (l *listing) StorageLocation(_ context.Context, id int64) (synapse.StorageLocation, error) {
	l.asked++
	return storageAt(id, "lab", "run7", true), nil
}

func TestPlanWarnsOfOverlaps(t *testing.T) {
	own, inner := storageAt(5, "lab", "run7", true), storageAt(6, "lab", "run7/inner", true)
	gone := &synapse.Error{Status: 410}
	tests := []struct {
		name  string
		s     listing
		want  []RuleID
		asked int
		err   error
	}{
		{"alone", listing{all: []synapse.StorageLocation{own, storageAt(7, "lab", "run70", true)}}, nil, 0, nil},
		{"one inside", listing{all: []synapse.StorageLocation{inner, own}}, []RuleID{RuleDestinationOverlap}, 0, nil},
		{"somebody else's, or older than the list", listing{all: []synapse.StorageLocation{inner}},
			[]RuleID{RuleDestinationOverlap}, 1, nil},
		{"no list", listing{err: gone}, []RuleID{RuleDestinationOverlap}, 1, nil},
		{"a failure", listing{err: &synapse.Error{Status: 503}}, nil, 0, &synapse.Error{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := examination{ctx: t.Context(), s: &tt.s, f: DestinationFacts{
				Destination: Destination{StorageLocationID: 5, Bucket: "lab", BaseKey: "run7"},
				Readable:    true, ConcreteType: synapse.TypeFolder, Locations: 1, EffectiveSTS: true,
			}}
			_, err := e.location()
			if (err != nil) != (tt.err != nil) {
				t.Fatalf("got %v, want %v", err, tt.err)
			}
			if err != nil {
				return
			}
			var got []RuleID
			for _, f := range checkDestination(e.f, Options{}) {
				if f.Rule == RuleDestinationOverlap {
					got = append(got, f.Rule)
				}
			}
			if !cmp.Equal(got, tt.want) || tt.s.asked != tt.asked {
				t.Errorf("got %v and asked %d times for the location, want %v and %d", got, tt.s.asked, tt.want, tt.asked)
			}
		})
	}
}
