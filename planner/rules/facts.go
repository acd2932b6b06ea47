package rules

import (
	"fmt"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// STSAnswer is what a probe for STS credentials was answered.
type STSAnswer string

// The answers. STSUnknown means that nobody asked.
const (
	STSUnknown STSAnswer = ""
	STSGiven   STSAnswer = "given"
	STSRefused STSAnswer = "refused"
	// STSElsewhere are credentials for another bucket or base key than the
	// upload destination names.
	STSElsewhere STSAnswer = "elsewhere"
)

// CopyProbe is whether one principal can read the source and write the
// destination.
type CopyProbe string

// The outcomes. CopyUnknown means that it was not tried yet.
const (
	CopyUnknown    CopyProbe = ""
	CopyPossible   CopyProbe = "possible"
	CopyImpossible CopyProbe = "impossible"
)

// DestinationFacts are what was found out about the caller and the
// destination; rules judge them.
type DestinationFacts struct {
	// FolderID is the destination as it was asked for.
	FolderID    string
	Caller      planner.Caller
	Destination planner.Destination

	// CallerRefused, Anonymous, ScopeMissing and TwoFactorMissing are what
	// became of the question who the caller is; Refusal is the server's
	// reason.
	CallerRefused, Anonymous, ScopeMissing, TwoFactorMissing bool
	Refusal                                                  string
	// Missing and Readable tell whether the folder exists (404) and can be
	// seen (403). ConcreteType is its type.
	Missing, Readable bool
	ConcreteType      string
	Permissions       synapse.Permissions
	// Locations is the number of storage locations in the folder's own
	// upload setting, 0 without one.
	Locations int
	// EffectiveSTS is true when the location in force is STS-enabled,
	// Unsupported when it is not in S3.
	EffectiveSTS, Unsupported bool
	// NestedSTS is true when the parent lies in an STS folder.
	NestedSTS bool
	// HasChildren is true when the folder is not empty.
	HasChildren bool
	// Sharing is the access control list in force at the folder.
	Sharing []synapse.ResourceAccess
	// Requirements are the access requirements that hold for the folder, its
	// ancestors' too: those that hold for all that goes there.
	Requirements []int64
	// Overlaps are the caller's other storage locations that share objects
	// with an external destination; OverlapsUnknown is true where these
	// couldn't be listed.
	Overlaps        []Overlap
	OverlapsUnknown bool
	// STS is what was answered to the probe for credentials of the
	// permission that the kind of destination allows.
	STS STSAnswer
	// Usage is what the destination's project stores in the storage location
	// already, and how much it may; nil where Synapse doesn't say.
	Usage *synapse.StorageUsage
	// Copy is the outcome of the planner's own probe.
	Copy CopyProbe
}

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

// String says what overlaps, and who reads what because of it. The place is "this one".
func (o Overlap) String() string {
	at := fmt.Sprintf("storage location %d of yours, s3://%s/%s,", o.LocationID, o.Bucket, o.BaseKey)
	switch o.Relation {
	case RelationInside:
		return at + " lies around this one: anyone who gets credentials for a folder there can read this one's objects"
	case RelationAround:
		return at + " lies inside this one: anyone who gets credentials for this folder can read the objects there"
	}
	return at + " is the same place: anyone who gets credentials for one of the folders can read the objects of both"
}

// ProjectFacts are what was found out about a source project, or a folder of
// one; CheckProject judges them.
type ProjectFacts struct {
	// EntityID is the source as it was asked for.
	EntityID string
	// Source is filled in as far as the entity could be read.
	Source planner.ProjectSource
	// Missing and Readable tell whether the entity exists (404) and can be
	// seen (403); Refusal is the server's reason where it can't.
	Missing, Readable bool
	Refusal           string
	Permissions       synapse.Permissions
	// Path are the IDs from the root to the source itself.
	Path []string
	// DestinationID is the destination folder.
	DestinationID string
}

// Protection is that of the destination.
func (f DestinationFacts) Protection() *planner.Protection {
	return &planner.Protection{Sharing: f.Sharing, Requirements: f.Requirements}
}
