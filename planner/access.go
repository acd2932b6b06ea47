package planner

import "synapse-migrate/synapse"

// AccessComparison is who may reach a project's files where they are and
// where they will be.
type AccessComparison struct {
	// Destination are the principals that may download in the destination.
	Destination []Principal `json:"destination"`
	// Sharings are the distinct sharing settings found in the source, those
	// with most files first, MaxSharings at most; OtherSharings counts the
	// rest, as far as 400.
	Sharings      []SourceSharing `json:"sharings"`
	OtherSharings int64           `json:"otherSharings,omitempty"`
	// Gains are the principals that would gain access, and to how many
	// files. The zero Principal stands for all beyond the first 50 that were
	// met, and counts a file once for each of them.
	Gains []AccessGain `json:"gains,omitempty"`
	// LostRequirements are access requirements that hold for files in the
	// source and not in the destination. The zero ID stands for all beyond
	// the first 50.
	LostRequirements []LostRequirement `json:"lostRequirements,omitempty"`
}

// MaxSharings is how many distinct sharing settings a plan lists.
const MaxSharings = 50

// Principal is a user, a team or one of Synapse's own groups.
type Principal struct {
	ID   int64  `json:"id"`
	Name string `json:"name,omitempty"`
	// IsTeam is true for a team and for Synapse's own groups.
	IsTeam bool `json:"isTeam,omitempty"`
}

// SourceSharing is one set of sharing settings in the source.
type SourceSharing struct {
	// Example is the ID of one of the entities that hold it (benefactors).
	Example string `json:"example"`
	// Downloads are the principals that may download, MaxDownloads at most;
	// OtherDownloads counts the rest.
	Downloads      []Principal `json:"downloads"`
	OtherDownloads int64       `json:"otherDownloads,omitempty"`
	Files          int64       `json:"files"`
	SizeBytes      int64       `json:"sizeBytes"`
}

// MaxDownloads is how many principals of a sharing setting a plan lists.
const MaxDownloads = 20

// AccessGain is a principal that would gain a right on Files files.
type AccessGain struct {
	Principal Principal `json:"principal"`
	// Right is DOWNLOAD, or READ for one who would see names and
	// annotations only.
	Right     string   `json:"right"`
	Files     int64    `json:"files"`
	SizeBytes int64    `json:"sizeBytes"`
	Examples  []string `json:"examples,omitempty"`
}

// LostRequirement is an access requirement that would not hold any more.
type LostRequirement struct {
	ID        int64    `json:"id"`
	Name      string   `json:"name,omitempty"`
	Files     int64    `json:"files"`
	SizeBytes int64    `json:"sizeBytes"`
	Examples  []string `json:"examples,omitempty"`
}

// Protection is who may reach a destination: CheckSharing compares it with
// what holds when a run begins.
type Protection struct {
	// Sharing is the access control list in force, Requirements are the IDs
	// of the access requirements that hold there.
	Sharing      []synapse.ResourceAccess `json:"sharing,omitempty"`
	Requirements []int64                  `json:"requirements,omitempty"`
}
