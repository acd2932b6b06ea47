package choose_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

// externalFacts are those of an external destination, owned by the caller,
// in bucket dest below the base key "base".
func externalFacts() rules.DestinationFacts {
	return rules.DestinationFacts{
		FolderID: "syn10", Readable: true, ConcreteType: synapse.TypeFolder,
		Caller:    planner.Caller{UserID: "7", UserName: "ada"},
		Locations: 1, EffectiveSTS: true, STS: rules.STSGiven,
		Permissions: synapse.Permissions{
			CanAddChild: true, CanEdit: true, CanDelete: true, CanDownload: true,
			IsCertifiedUser: true, IsCertificationRequired: true,
		},
		Destination: planner.Destination{
			FolderID: "syn10", StorageLocationID: 54321, OwnedByCaller: true,
			Bucket: "dest", BaseKey: "base", Depth: 3,
		},
		Usage: &synapse.StorageUsage{},
	}
}

// managedFacts are those of a destination in Synapse's own bucket.
func managedFacts() rules.DestinationFacts {
	f := externalFacts()
	f.Destination.Managed = true
	f.Destination.Bucket, f.Destination.BaseKey = "synapse", "7/uuid"
	return f
}

// equal fails the test where got differs from want.
func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func long(s string, n int) string { return strings.Repeat(s, n) }
