package planner

import "slices"

// Action is what will be done with an item.
type Action string

// The actions, cheapest first. Traits says everything about each.
const (
	// ActionReuse copies the record of a file handle that points into the
	// destination's storage location already (project sources only).
	ActionReuse Action = "reuse"
	// ActionRegister creates a file handle for the object where it lies.
	ActionRegister Action = "register"
	// ActionCopy copies server-side in S3, then registers.
	ActionCopy Action = "copy"
	// ActionSynapseCopy has Synapse copy the object server-side into the
	// destination's storage location (project sources only).
	ActionSynapseCopy Action = "synapse-copy"
	// ActionStream reads with the source's credentials and writes with the
	// destination's, then registers.
	ActionStream Action = "stream"
	// ActionUpload writes through Synapse's multipart upload.
	ActionUpload Action = "upload"
	// ActionSkip does nothing, for the reason in the item's Rule.
	ActionSkip Action = "skip"
	// ActionBlock does nothing, because the rule in Rule forbids it.
	ActionBlock Action = "block"
)

// Traits are what the rest of the program knows of an action: the choice of an
// action, the costs of a plan, the run, the reports and the verification read
// them here.
type Traits struct {
	Action Action
	// Needs must all be met; the first that isn't is what stands against it.
	Needs []Need
	// ProjectOnly is true where it takes a file handle of a source project.
	ProjectOnly bool
	// Key is where the object lies afterwards: verification looks there.
	Key Key
	// Crosses is true where the bytes cross this machine, in and out again.
	Crosses bool
	// Lane is what of a run's workers it takes.
	Lane Lane
	// Means says in a few words what it does, Because why it is chosen.
	Means, Because string

	// bring is what it takes to have a file handle for the item's object.
	bring func(Item, Terms) Calls
}

// Need is something that an action takes. Package choose finds out whether it
// is met.
type Need string

// The needs.
const (
	// NeedInPlace: the file handle is in the destination's storage location,
	// and its object below the base key.
	NeedInPlace Need = "in place"
	// NeedRegistrar: the caller created the destination's storage location, and
	// it is external, so that objects in it can be registered.
	NeedRegistrar Need = "registrar"
	// NeedBelow: the object lies in the destination's bucket, below the base
	// key, under a key that a file handle holds.
	NeedBelow Need = "below the base key"
	// NeedCopier: one principal may read the source and write the destination.
	NeedCopier Need = "copier"
	// NeedSynapseCopier: Synapse copies between the two storage locations.
	NeedSynapseCopier Need = "Synapse copies"
	// NeedRecord: the file handle has the MD5 and the size that Synapse's copy
	// takes.
	NeedRecord Need = "record"
	// NeedReach: how the source's bucket is reached was found out.
	NeedReach Need = "reach"
	// NeedWriter: credentials of the destination folder write there.
	NeedWriter Need = "writer"
	// NeedBytes: the bytes can be read.
	NeedBytes Need = "bytes"
	// NeedKey: the object can lie at the key that mirrors its path.
	NeedKey Need = "key"
	// NeedUploadSize: the size is one that Synapse's multipart upload takes.
	NeedUploadSize Need = "upload size"
)

// Key is where the object of an item lies after its action.
type Key string

// The keys; empty for actions that do nothing.
const (
	// KeyKept: the object stays where it is.
	KeyKept Key = "kept"
	// KeyMirrored: S3 or this program writes it to the key that mirrors the
	// item's path, Item.DestKey.
	KeyMirrored Key = "mirrored"
	// KeySynapse: Synapse writes it, to a key that it chooses; a copy may be
	// brought to its mirrored key afterwards, see Origin.Mirror.
	KeySynapse Key = "synapse"
)

// Lane is the way that an action takes through the stages of a run.
type Lane string

// The lanes; empty for actions that do nothing.
const (
	// LaneTransfer needs work on the S3 side, then the register workers.
	LaneTransfer Lane = "transfer"
	// LaneReady needs the register workers alone, once the MD5 is known.
	LaneReady Lane = "ready"
	// LaneReuse has its file handle's record copied along with others' first.
	LaneReuse Lane = "reuse"
)

// traits is the table of the actions, in the order of their constants.
var traits = []Traits{
	{
		Action: ActionReuse, ProjectOnly: true, Key: KeyKept, Lane: LaneReuse, bring: reuseCalls,
		Needs:   []Need{NeedInPlace},
		Means:   "copy the file handle's record; the object stays where it is",
		Because: "its object lies in the destination's storage location already",
	},
	{
		Action: ActionRegister, Key: KeyKept, Lane: LaneReady, bring: registerCalls,
		Needs:   []Need{NeedRegistrar, NeedBelow},
		Means:   "register the object where it lies",
		Because: "it lies below the destination's base key already",
	},
	{
		Action: ActionCopy, Key: KeyMirrored, Lane: LaneTransfer, bring: s3CopyCalls,
		Needs:   []Need{NeedRegistrar, NeedCopier, NeedKey},
		Means:   "copy server-side in S3, then register",
		Because: "the same credentials read the source and write the destination",
	},
	{
		Action: ActionSynapseCopy, ProjectOnly: true, Key: KeySynapse, Lane: LaneTransfer, bring: synapseCopyCalls,
		Needs:   []Need{NeedSynapseCopier, NeedRecord, NeedReach},
		Means:   "Synapse copies server-side",
		Because: "Synapse reads its object and copies it by itself",
	},
	{
		Action: ActionStream, Key: KeyMirrored, Crosses: true, Lane: LaneTransfer, bring: streamCalls,
		Needs: []Need{NeedRegistrar, NeedWriter, NeedBytes, NeedKey},
		Means: "read here, write to the destination, then register",
		Because: "S3 can't copy it with the credentials at hand: one of them would have to read the " +
			"source and write the destination",
	},
	{
		Action: ActionUpload, Key: KeySynapse, Crosses: true, Lane: LaneTransfer, bring: uploadCalls,
		Needs:   []Need{NeedBytes, NeedUploadSize},
		Means:   "read here, upload through Synapse",
		Because: "Synapse gives no credentials that write the destination",
	},
	{Action: ActionSkip, Means: "left out"},
	{Action: ActionBlock, Means: "left out: a rule forbids it"},
}

// Traits are an action's; those of an unknown one say that it does nothing.
func (a Action) Traits() Traits {
	if i := a.Rank(); i < len(traits) {
		return traits[i]
	}
	return Traits{Action: a}
}

// Rank is an action's place in the order of reports, the cheapest first; those
// that aren't known come last.
func (a Action) Rank() int {
	if i := slices.IndexFunc(traits, func(t Traits) bool { return t.Action == a }); i >= 0 {
		return i
	}
	return len(traits)
}

// Active reports whether an action does anything.
func (a Action) Active() bool { return a != ActionSkip && a != ActionBlock }

// Actions are those of which the traits say so, cheapest first; all with nil.
func Actions(which func(Traits) bool) []Action {
	var all []Action
	for _, t := range traits {
		if which == nil || which(t) {
			all = append(all, t.Action)
		}
	}
	return all
}

// ActiveActions are those that make an entity.
func ActiveActions() []Action {
	return Actions(func(t Traits) bool { return t.Action.Active() })
}
