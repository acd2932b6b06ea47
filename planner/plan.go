package planner

import (
	"time"

	"synapse-migrate/synapse"
)

// Header is what a run file is made for: fixed before anything is listed.
type Header struct {
	// Arguments are the flags that shape the plan, name to value. The same
	// command with other arguments is refused.
	Arguments   map[string]string `json:"arguments"`
	Source      Source            `json:"source"`
	Destination Destination       `json:"destination"`
	Caller      Caller            `json:"caller"`
	// Synapse is the base URL of the Synapse that the IDs are from.
	Synapse   string    `json:"synapse"`
	CreatedOn time.Time `json:"createdOn"`
}

// Mode says what becomes of the source's entities (--mode).
type Mode string

// The modes; empty means ModeCopy.
const (
	// ModeCopy makes new entities and leaves the source alone.
	ModeCopy Mode = "copy"
	// ModeMove gives each file its new file handle and its new parent, so
	// that its ID stays. It changes the source project.
	ModeMove Mode = "move"
)

// ProjectSource is a project, or a folder of one.
type ProjectSource struct {
	EntityID string `json:"entityId"`
	Name     string `json:"name"`
	// ProjectID is the project that it lies in, or is; empty where the caller
	// can't see it.
	ProjectID string `json:"projectId,omitempty"`
	// ConcreteType is that of a project or of a folder.
	ConcreteType string     `json:"concreteType"`
	Mode         Mode       `json:"mode"`
	Versions     Versions   `json:"versions"`
	Provenance   Provenance `json:"provenance"`
	Layout       Layout     `json:"layout,omitempty"`
}

// Caller is who runs the migration.
type Caller struct {
	UserID   string `json:"userId"`
	UserName string `json:"userName"`
	// CreatedOn is when the account was made: it tells a Synapse from another
	// one at the same address that has the same IDs.
	CreatedOn time.Time `json:"createdOn"`
}

// Destination is the folder and the storage location that it carries.
type Destination struct {
	FolderID   string `json:"folderId"`
	FolderName string `json:"folderName"`
	ProjectID  string `json:"projectId,omitempty"`
	// Managed is true for Synapse's own bucket.
	Managed           bool  `json:"managed"`
	StorageLocationID int64 `json:"storageLocationId"`
	// OwnedByCaller is true when the caller created the storage location.
	OwnedByCaller bool   `json:"ownedByCaller"`
	Bucket        string `json:"bucket"`
	// BaseKey is without slashes at its ends; empty means the whole bucket.
	BaseKey  string `json:"baseKey,omitempty"`
	Region   string `json:"region,omitempty"`
	Endpoint string `json:"endpoint,omitempty"`
	// Credentials names how the bucket is written; never a secret.
	Credentials string `json:"credentials"`
	// Depth is the folder's own depth, counting the root as 1.
	Depth int `json:"depth"`
	// Realm are the principals that stand for everybody and for all users
	// where the caller's account is.
	Realm synapse.Realm `json:"realm,omitzero"`
}

// EffectiveRealm is that of the caller; the default one where nobody asked.
func (d Destination) EffectiveRealm() synapse.Realm {
	if d.Realm == (synapse.Realm{}) {
		return synapse.DefaultRealm()
	}
	return d.Realm
}

// ActionTotal counts the items of one action.
type ActionTotal struct {
	Action    Action `json:"action"`
	Items     int64  `json:"items"`
	SizeBytes int64  `json:"sizeBytes"`
}

// Totals sum up a plan.
type Totals struct {
	Items     int64 `json:"items"`
	SizeBytes int64 `json:"sizeBytes"`
	// Folders are those that the plan goes through; in a finished plan,
	// those of them that are yet to be made.
	Folders int64         `json:"folders"`
	Actions []ActionTotal `json:"actions"`
	// MD5 counts items by the source of their MD5.
	MD5 map[MD5Source]int64 `json:"md5"`
	// HashBytes must be read only to be hashed.
	HashBytes int64 `json:"hashBytes"`
	// CompareBytes must be read at the destination, to be compared with what
	// would be brought there; the bytes that this takes at the source are among
	// HashBytes, or pass anyway.
	CompareBytes int64 `json:"compareBytes,omitempty"`
	// PlanBytes were read while the plan was made, to compare files of the
	// source with what is there.
	PlanBytes int64 `json:"planBytes,omitempty"`
	// MachineBytes cross this machine in either direction, each byte read
	// counted once and each byte written once.
	MachineBytes int64 `json:"machineBytes"`
}

// Active counts the items that the plan acts on.
func (t Totals) Active() (n int64) {
	for _, total := range t.Actions {
		if total.Action.Active() {
			n += total.Items
		}
	}
	return n
}

// CallsFor is what the plan reckons that so many of its active items take, in
// Synapse calls: their part of what all of them take.
func (p Plan) CallsFor(items int64) int64 {
	all := p.Totals.Active()
	if all == 0 {
		return 0
	}
	return int64(float64(p.Cost.SynapseCalls) * float64(items) / float64(all))
}

// Cost is what a run will call, and the time that follows from it.
type Cost struct {
	SynapseCalls int64 `json:"synapseCalls"`
	S3Calls      int64 `json:"s3Calls"`
	// BudgetTime is what SynapseCalls take at the budget's full rate.
	BudgetTime time.Duration `json:"budgetTimeNanoseconds"`
}

// PlanFormat is the version of the documents in this file. It grows by one
// when a field changes its meaning or goes away; new fields don't count.
const PlanFormat = 1

// Plan is everything about a finished plan but its items and folders.
type Plan struct {
	Format   int       `json:"format"`
	Header   Header    `json:"header"`
	Totals   Totals    `json:"totals"`
	Cost     Cost      `json:"cost"`
	Findings []Finding `json:"findings"`
	// Buckets are those that a project's files lie in, and how each is
	// reached; empty for other sources.
	Buckets []BucketDecision `json:"buckets,omitempty"`
	// Access compares who may reach the data before and after; nil for
	// other sources than projects.
	Access *AccessComparison `json:"access,omitempty"`
	// Protection is who could reach the destination when the plan was made.
	Protection *Protection `json:"protection,omitempty"`
	// Digest is the SHA-256, in hex, over the plan and every folder and
	// item in order; it names the plan.
	Digest   string    `json:"digest"`
	SealedOn time.Time `json:"sealedOn"`
}

// Stopped reports whether a finding forbids the run.
func (p Plan) Stopped() bool {
	for _, f := range p.Findings {
		if f.Severity == SeverityStop {
			return true
		}
	}
	return false
}
