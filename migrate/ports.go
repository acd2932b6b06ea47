package migrate

import (
	"context"
	"io"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
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
	// Begin notes that a run of the plan with that digest starts.
	Begin(ctx context.Context, digest string) error
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
	// transferred on it forgets what SaveUpload stored.
	Record(ctx context.Context, e checkpoint.Entry) error
}

// Folders remembers the folders of the plan.
type Folders interface {
	// Folder returns a folder, its EntityID empty while there is none.
	Folder(ctx context.Context, id int64) (planner.Folder, error)
	// RecordFolder stores the entity of a folder.
	RecordFolder(ctx context.Context, id int64, entityID string) error
}

// Uploads remembers transfers under way.
type Uploads interface {
	// Upload returns what was saved for an item, and whether anything was.
	Upload(ctx context.Context, itemID int64) (transfer.Upload, bool, error)
	SaveUpload(ctx context.Context, itemID int64, u transfer.Upload) error
}

// ObjectCopier brings objects into the destination's bucket. What it returns
// has been compared with its source. It looks for what an earlier attempt
// may have brought. Errors: those of package transfer.
type ObjectCopier interface {
	// Copy copies server-side.
	Copy(ctx context.Context, r transfer.Request) (transfer.Result, error)
	// Stream reads and writes, and computes the MD5 in passing.
	Stream(ctx context.Context, r transfer.Request) (transfer.Result, error)
}

// ObjectReader reads source objects, pinned to the ETag of the plan. Errors:
// those of package transfer.
type ObjectReader interface {
	// Unchanged asks whether an object still has the ETag and the size of
	// the plan: transfer.ErrChanged, transfer.ErrNotFound. It reads no data,
	// and doesn't wait behind transfers.
	Unchanged(ctx context.Context, o planner.Object) error
	// Hash returns the MD5 of an object, 32 lower-case hex digits. Progress
	// is told of the bytes read and may be nil.
	Hash(ctx context.Context, o planner.Object, progress func(bytes int64)) (string, error)
	// Open reads length bytes from the offset first.
	Open(ctx context.Context, o planner.Object, first, length int64) (io.ReadCloser, error)
}

// Synapse is what a run asks of Synapse: synapse.Client. Every call waits
// for the call budget that the process shares.
type Synapse interface {
	Registrar
	EntityCreator
	EntityFinder
	Annotator
	Uploader
}

// Registrar makes and reads file handles.
type Registrar interface {
	RegisterS3Object(ctx context.Context, h synapse.FileHandle) (synapse.FileHandle, error)
	FileHandle(ctx context.Context, id string) (synapse.FileHandle, error)
}

// EntityCreator makes and changes entities.
type EntityCreator interface {
	CreateEntity(ctx context.Context, e synapse.Entity) (synapse.Entity, error)
	CreateBundle(ctx context.Context, b synapse.BundleCreate) (synapse.Bundle, error)
	UpdateEntity(ctx context.Context, e synapse.Entity, newVersion bool) (synapse.Entity, error)
}

// EntityFinder looks entities up.
type EntityFinder interface {
	Entity(ctx context.Context, id string) (synapse.Entity, error)
	ChildID(ctx context.Context, parentID, name string) (string, error)
}

// Annotator reads and replaces the annotations of an entity.
type Annotator interface {
	Annotations(ctx context.Context, id string) (synapse.Annotations, error)
	UpdateAnnotations(ctx context.Context, a synapse.Annotations) (synapse.Annotations, error)
}

// Uploader makes multipart uploads through Synapse.
type Uploader interface {
	StartMultipart(
		ctx context.Context, r synapse.MultipartRequest, forceRestart bool,
	) (synapse.MultipartStatus, error)
	PartURLs(ctx context.Context, uploadID string, r synapse.PartURLsRequest) (synapse.PartURLs, error)
	AddPart(
		ctx context.Context, uploadID string, part int64, md5Hex string,
	) (synapse.AddPartResult, error)
	CompleteMultipart(ctx context.Context, uploadID string) (synapse.MultipartStatus, error)
}
