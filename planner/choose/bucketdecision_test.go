package choose_test

import (
	"strings"
	"testing"

	"synapse-migrate/planner"
	"synapse-migrate/planner/choose"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

func TestOwnerOf(t *testing.T) {
	location := func(concreteType string, creator int64) *synapse.StorageLocation {
		return &synapse.StorageLocation{ConcreteType: concreteType, CreatedBy: creator}
	}
	destination := func(concreteType string) *synapse.UploadDestination {
		return &synapse.UploadDestination{ConcreteType: concreteType}
	}
	s3 := planner.Place{Service: planner.ServiceS3, StorageLocationID: 5}
	tests := []struct {
		name        string
		place       planner.Place
		location    *synapse.StorageLocation
		destination *synapse.UploadDestination
		want        choose.LocationFacts
	}{
		{"the caller's", s3, location(synapse.TypeExternalS3StorageLocation, 7), nil,
			choose.LocationFacts{Owner: planner.OwnerCaller,
				ConcreteType: synapse.TypeExternalS3StorageLocation}},
		{"seen, but made by another", s3, location(synapse.TypeExternalS3StorageLocation, 8), nil,
			choose.LocationFacts{Owner: planner.OwnerOther,
				ConcreteType: synapse.TypeExternalS3StorageLocation}},
		{"somebody else's", s3, nil, destination(synapse.TypeExternalS3Destination),
			choose.LocationFacts{Owner: planner.OwnerOther,
				ConcreteType: synapse.TypeExternalS3Destination}},
		{"Synapse's with STS", s3, location(synapse.TypeS3StorageLocation, 7), nil,
			choose.LocationFacts{Owner: planner.OwnerSynapse,
				ConcreteType: synapse.TypeS3StorageLocation}},
		{"Synapse's of another", s3, nil, destination(synapse.TypeS3Destination),
			choose.LocationFacts{Owner: planner.OwnerSynapse, ConcreteType: synapse.TypeS3Destination}},
		{"the default", planner.Place{Service: planner.ServiceS3, StorageLocationID: 1}, nil, nil,
			choose.LocationFacts{Owner: planner.OwnerSynapse,
				ConcreteType: synapse.TypeS3StorageLocation}},
		{"none", planner.Place{Service: planner.ServiceS3}, nil, nil, choose.LocationFacts{
			Owner: planner.OwnerSynapse, ConcreteType: synapse.TypeS3StorageLocation}},
		{"unknown", s3, nil, nil, choose.LocationFacts{Owner: planner.OwnerOutside}},
		{"an S3 handle in a Google location", s3, nil, destination(synapse.TypeGoogleDestination),
			choose.LocationFacts{Owner: planner.OwnerOutside,
				ConcreteType: synapse.TypeGoogleDestination}},
		{"Google", planner.Place{Service: planner.ServiceGoogle, StorageLocationID: 5},
			location(synapse.TypeGoogleStorageLocation, 7), nil, choose.LocationFacts{
				Owner: planner.OwnerOutside, ConcreteType: synapse.TypeGoogleStorageLocation}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			equal(t, "facts", choose.OwnerOf(tt.place, tt.location, tt.destination, "7"), tt.want)
		})
	}
}

func TestDecideBucket(t *testing.T) {
	lab := planner.Place{Service: planner.ServiceS3, Bucket: "src", StorageLocationID: ownLocation}
	place := func(edit func(*planner.Place)) planner.Place {
		p := lab
		edit(&p)
		return p
	}
	refusing := func(r *planner.Reach) { r.Refusal = "AccessDenied" }
	tests := []struct {
		name   string
		place  planner.Place
		facts  choose.LocationFacts
		dest   rules.DestinationFacts
		copies bool
		why    string
	}{
		{"everything works", lab, reached(copyableBucket), regional(), true, ""},
		{"S3 doesn't copy", lab, reached(readableBucket), regional(), true,
			"no credentials both read it and write the destination"},
		{"S3 refuses", lab, reached(refusing), regional(), true,
			"no credentials both read it and write the destination: AccessDenied"},
		{"not asked", lab, choose.LocationFacts{
			Owner: planner.OwnerCaller, Reach: planner.Reach{Region: "us-east-1"},
		}, regional(), true, ""},
		{"managed", lab, reached(copyableBucket), regional(makeManaged), true, ""},
		{"managed, not copyable", lab, reached(nil), regional(makeManaged), true,
			"nobody but Synapse writes to a managed destination"},
		{"region of the destination unknown", lab, reached(copyableBucket), externalFacts(), true,
			"the region of one of the buckets is unknown, and taken for the other's"},
		{"region of the source unknown", lab, reached(func(r *planner.Reach) { r.Region = "" }),
			regional(), true,
			"the region of one of the buckets is unknown, and taken for the other's"},
		{"another region", lab, reached(func(r *planner.Reach) { r.Region = "eu-west-1" }),
			regional(), false,
			"Synapse doesn't copy between regions, here from eu-west-1 to us-east-1"},
		{"somebody else's destination", lab, reached(copyableBucket), regional(notOwned), false,
			"Synapse copies only for the creator of the destination's storage location"},
		{"the destination's location", place(func(p *planner.Place) { p.StorageLocationID = 54321 }),
			reached(nil), regional(), false,
			"it is the destination's own storage location, and Synapse copies between two"},
		{"Google", place(func(p *planner.Place) { p.Service = planner.ServiceGoogle }),
			reached(nil), regional(), false, "Synapse copies from S3 alone"},
		{"a location of no known kind", lab, choose.LocationFacts{Owner: planner.OwnerOutside},
			regional(), false, "Synapse reads no storage location of this kind"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			equal(t, "decision", choose.DecideBucket(tt.place, tt.facts, tt.dest),
				planner.BucketDecision{
					Service: tt.place.Service, Bucket: "src",
					StorageLocationID: tt.place.StorageLocationID, Owner: tt.facts.Owner,
					Reach: tt.facts.Reach, SynapseCopies: tt.copies, Why: tt.why,
				})
		})
	}
}

// FuzzPlaceOf has no secret of a link in what is shown of it.
func FuzzPlaceOf(f *testing.F) {
	f.Add("https://example.org/a%20b", "secret")
	f.Add("sftp://%zz", "a=b#c")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, link, query string) {
		p := planner.PlaceOf(synapse.FileHandle{
			ConcreteType: synapse.TypeExternalFileHandle, ExternalURL: link + "?token-7319=" + query,
		})
		if p.Service != planner.ServiceURL || strings.Contains(p.Key, "token-7319") {
			t.Errorf("%q is shown as %q", link, p.Key)
		}
	})
}
