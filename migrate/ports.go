package migrate

import (
	"context"
	"iter"

	"synapse-migrate/migrate/action"
	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/register"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// Checkpoint is the run file: checkpoint.File. It is safe for concurrent
// use, and what its methods were given is durable when they return nil. Its
// errors say what was tried.
type Checkpoint interface {
	Items
	Folders
	Uploads
}

// Items remembers where each item stands.
type Items interface {
	// Begin checks the run file, and notes that a run of the plan with that
	// digest starts. At each commit it asks soFar what the run has done.
	Begin(ctx context.Context, digest string, soFar func() checkpoint.RunCounts) error
	// RetryFailed gives failed items the state that their data allows, and
	// counts them.
	RetryFailed(ctx context.Context) (int64, error)
	// Pending returns items that are neither done, failed nor left out, in
	// the order of their IDs, limit at most.
	Pending(ctx context.Context, afterID int64, limit int) ([]checkpoint.Entry, error)
	// Ready is Pending without the items that wait for another one (Follows,
	// Shares) that is neither done nor failed.
	Ready(ctx context.Context, afterID int64, limit int) ([]checkpoint.Entry, error)
	// Entry returns one item with its state.
	Entry(ctx context.Context, id int64) (checkpoint.Entry, error)
	// Record stores the item's state and what is known with it. From
	// transferred on it forgets what SaveUpload stored, unless it was left
	// behind, or may have been.
	Record(ctx context.Context, e checkpoint.Entry) error
}

// Folders remembers the folders of the plan.
type Folders interface {
	// Folder returns a folder, its EntityID empty while there is none.
	Folder(ctx context.Context, id int64) (planner.Folder, error)
	// Folders streams all of them, parents first.
	Folders(ctx context.Context) iter.Seq2[planner.Folder, error]
	// RecordFolder stores the entity of a folder.
	RecordFolder(ctx context.Context, id int64, entityID string) error
}

// Uploads remembers transfers under way.
type Uploads interface {
	// Upload returns what was saved for an item, and whether anything was.
	Upload(ctx context.Context, itemID int64) (transfer.Upload, bool, error)
	SaveUpload(ctx context.Context, itemID int64, u transfer.Upload) error
}

// Mover brings objects into the destination's bucket, and hashes those of the
// source: objectstore.Mover and objectstore.Router. It may be on another machine.
type Mover interface{ action.Mover }

// Source reads source objects, and looks at them once more before they are
// registered: objectstore.Mover and objectstore.Router.
type Source interface {
	register.Checker
	action.Opener
}

// OwnObjects are the objects in the destination's bucket that Synapse made
// on its way.
type OwnObjects interface{ action.OwnObjects }

// Synapse is what a run asks of Synapse: synapse.Client. Every call waits
// for the call budget that the process shares.
type Synapse interface {
	register.Synapse
	action.Synapse
}
