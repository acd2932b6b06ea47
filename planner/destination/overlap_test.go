package destination

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
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
		want         rules.Relation
	}{
		{"run7", "run7", true, rules.RelationSame},
		{"run7", "run7", false, rules.RelationSame},
		{"", "", true, rules.RelationSame},
		{"run7/inner", "run7", true, rules.RelationInside},
		{"run7/inner", "run7", false, ""},
		{"run7", "", true, rules.RelationInside},
		{"run7", "run7/inner", true, rules.RelationAround},
		{"run7", "run7/inner", false, rules.RelationAround},
		{"", "run7", true, rules.RelationAround},
		{"run7", "run70", true, ""},
		{"run70", "run7", true, ""},
		{"run7", "Run7", true, ""},
		{"a/run7", "run7", true, ""},
	}
	for _, tt := range tests {
		t.Run(tt.place+" and "+tt.other, func(t *testing.T) {
			l := storageAt(5, "lab", tt.other, tt.sts)
			var want []rules.Overlap
			if tt.want != "" {
				want = []rules.Overlap{{LocationID: 5, Bucket: "lab", BaseKey: tt.other, Relation: tt.want}}
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

// locationList is a destination in lab/run7 whose caller has other locations too.
type locationList struct {
	Synapse
	all   []synapse.StorageLocation
	err   error
	asked int
}

func (l *locationList) StorageLocations(context.Context) ([]synapse.StorageLocation, error) {
	return l.all, l.err
}

func (l *locationList) StorageLocation(_ context.Context, id int64) (synapse.StorageLocation, error) {
	l.asked++
	return storageAt(id, "lab", "run7", true), nil
}

func TestPlanWarnsOfOverlaps(t *testing.T) {
	own, inner := storageAt(5, "lab", "run7", true), storageAt(6, "lab", "run7/inner", true)
	gone := &synapse.Error{Status: 410}
	tests := []struct {
		name  string
		s     locationList
		want  []planner.RuleID
		asked int
		err   error
	}{
		{"alone", locationList{all: []synapse.StorageLocation{own, storageAt(7, "lab", "run70", true)}}, nil, 0, nil},
		{"one inside", locationList{all: []synapse.StorageLocation{inner, own}}, []planner.RuleID{rules.DestinationOverlap}, 0, nil},
		{"somebody else's, or older than the list", locationList{all: []synapse.StorageLocation{inner}},
			[]planner.RuleID{rules.DestinationOverlap}, 1, nil},
		{"no list", locationList{err: gone}, []planner.RuleID{rules.DestinationOverlap}, 1, nil},
		{"a failure", locationList{err: &synapse.Error{Status: 503}}, nil, 0, &synapse.Error{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := examination{ctx: t.Context(), s: &tt.s, f: rules.DestinationFacts{
				Destination: planner.Destination{StorageLocationID: 5, Bucket: "lab", BaseKey: "run7"},
				Readable:    true, ConcreteType: synapse.TypeFolder, Locations: 1, EffectiveSTS: true,
			}}
			_, err := e.location()
			if (err != nil) != (tt.err != nil) {
				t.Fatalf("got %v, want %v", err, tt.err)
			}
			if err != nil {
				return
			}
			var got []planner.RuleID
			for _, f := range rules.CheckDestination(e.f, planner.Options{}) {
				if f.Rule == rules.DestinationOverlap {
					got = append(got, f.Rule)
				}
			}
			if !cmp.Equal(got, tt.want) || tt.s.asked != tt.asked {
				t.Errorf("got %v and asked %d times for the location, want %v and %d", got, tt.s.asked, tt.want, tt.asked)
			}
		})
	}
}
