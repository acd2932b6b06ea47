package choose

import (
	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

// FileFacts are what is known of one version of a project's file.
type FileFacts struct {
	EntityID string
	// Version is the source's number; Current is true for the current one.
	Version int64
	Current bool
	// Folder is the Path of the plan's folder that it goes to, empty for the
	// destination itself; Name is the entity's name there.
	Folder, Name string
	// Handle is the version's file handle, nil where the caller may not
	// download it.
	Handle *synapse.FileHandle
	// Location is where the handle says that the object lies.
	Location LocationFacts
	// Head is the answer to HeadObject; Detail counts where it is HeadSeen.
	Head   HeadAnswer
	Detail planner.Detail
	// PlaceRequirements are the access requirements of the folder that the
	// file lies in; one that is put on the file itself travels with it. They
	// count in move mode.
	PlaceRequirements []int64
	// Shared is the earlier item, neither skipped nor blocked, that brings
	// the same file handle; nil for none.
	Shared *planner.Item
}

// FileDecision is what will be done with one file version.
type FileDecision struct {
	Action planner.Action
	// Rule says why it is skipped or blocked.
	Rule planner.RuleID
	// NeedReach asks how its bucket is reached, and to choose again.
	NeedReach bool
	// Examine asks for HeadObject, and to choose again with its answer: of
	// the destination's bucket with the destination's credentials where the
	// Action is ActionRegister (HeadUnable without any), of the source's
	// bucket otherwise.
	Examine bool
	// MD5 is 32 lower-case hex digits, empty while not known.
	MD5       string
	MD5Source planner.MD5Source
	// DestKey is where the object will lie; empty where Synapse chooses.
	DestKey string
	// Mirror is DestKey for an object that Synapse copies to a key of its
	// own first: Origin.Mirror.
	Mirror string
	// Download is true when the bytes are read through Synapse's download
	// URLs.
	Download bool
	// Shares is true when the file handle that FileFacts.Shared brings
	// serves this one too: Item.Shares.
	Shares bool
	// ContentType is the handle's; empty where it has none.
	ContentType string
	// Notes are rules that the item concerns without being held up.
	Notes []planner.RuleID
	// Kept is Item.Kept; File leaves it nil.
	Kept *planner.Kept
}

// File decides about one file version: whether it is left out, and
// otherwise the first action, in the order of preference, whose needs are
// met. It is a function of its arguments alone. Call it again with what
// NeedReach and Examine ask for; it asks for each at most once.
func File(f FileFacts, d rules.DestinationFacts, o planner.Options, p planner.ProjectOptions) FileDecision {
	c := newChoice(f, d, o, p)
	if left := c.leftOut(); left.Action != "" {
		return left
	}
	// A file that is moved in place keeps its own file handle.
	keeps := c.moves() && c.inPlace()
	if f.Shared != nil && !keeps {
		return c.shared()
	}
	return c.route()
}
