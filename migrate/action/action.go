// Package action does what an item needs before it can be registered, one type
// for each action: read an object for its MD5, copy or stream it to the
// destination's bucket, upload it through Synapse, or have Synapse copy it. Each
// goes on from the state that the run file holds, and from what an earlier
// attempt has left behind.
package action

import (
	"context"
	"io"
	"net/http"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
	"synapse-migrate/migrate/register"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// Action brings one item's bytes where they belong. It is safe for concurrent
// use.
type Action interface {
	// Transfer advances the entry to transferred, or to handled.
	Transfer(ctx context.Context, e *checkpoint.Entry) error
}

// New returns the actions that need the S3 side. Of those that register where
// the object lies, only what must be hashed needs it.
func New(d Deps) map[planner.Action]Action {
	return map[planner.Action]Action{
		planner.ActionRegister:    hashing{d},
		planner.ActionCopy:        copying{d},
		planner.ActionStream:      streaming{d},
		planner.ActionUpload:      uploading{multipart{d}},
		planner.ActionSynapseCopy: synapseCopying{multipart{d}},
	}
}

// Inside copies objects within the destination's bucket.
func Inside(d Deps) register.Copier { return inside{d} }

// Deps are what the actions work with.
type Deps struct {
	Effects *effect.Effects
	Records Records
	Meter   Meter
	Mover   Mover
	Source  Opener
	// Own are the objects that Synapse copied to keys of its own.
	Own     OwnObjects
	Synapse Synapse
	// Held is register.Registrar's: an upload is not made for what is there.
	Held func(context.Context, checkpoint.Entry) (handleID, entityID string, err error)
	// PartClient sends parts to presigned URLs.
	PartClient *http.Client
	To         planner.Destination

	UploadPartSizeBytes, CopyPartSizeBytes int64
	PartConcurrency                        int
	AllowPlainHTTP, NoPreviews             bool
}

// Records is the run file, as far as the actions need it. Its errors wrap
// effect.ErrRunFile.
type Records interface {
	// Advance records the entry's next state, and only then lets e be it.
	Advance(ctx context.Context, e *checkpoint.Entry, next checkpoint.Entry) error
	// Upload is what SaveUpload stored last of an item's unfinished transfer.
	Upload(ctx context.Context, itemID int64) (transfer.Upload, error)
	SaveUpload(ctx context.Context, itemID int64, u transfer.Upload) error
}

// Meter counts bytes: those that crossed this machine, were copied within S3,
// or came to where they belong.
type Meter interface {
	Read(bytes int64)
	Written(bytes int64)
	Copied(bytes int64)
	Arrived(bytes int64)
}

// Mover brings objects into the destination's bucket, and reads those that need
// only be hashed. It may work on another machine: what it is asked and what it
// answers are values, but for the two functions that a transfer.Request takes
// along, which are told how far it has come. What it returns has been compared
// with its source. It looks for what an earlier attempt may have brought. Errors:
// those of package transfer.
type Mover interface {
	// Copy copies server-side.
	Copy(ctx context.Context, r transfer.Request) (transfer.Result, error)
	// Stream reads and writes, and computes the MD5 in passing. An error comes
	// with the bytes that were read and written in vain.
	Stream(ctx context.Context, r transfer.Request) (transfer.Result, error)
	// Hash returns the MD5 of an object that still has the ETag of the plan, 32
	// lower-case hex digits. Progress is told of the bytes read and may be nil.
	Hash(ctx context.Context, o planner.Object, progress func(bytes int64)) (string, error)
}

// Opener reads source objects, pinned to the ETag of the plan. Errors: those of
// package transfer.
type Opener interface {
	// Open reads length bytes from the offset first.
	Open(ctx context.Context, o planner.Object, first, length int64) (io.ReadCloser, error)
}

// OwnObjects are the objects in the destination's bucket that Synapse made
// on its way, reached with the credentials that write there. Errors: those of
// package transfer.
type OwnObjects interface {
	// Head looks at one of them.
	Head(ctx context.Context, bucket, key string) (planner.Detail, error)
	// Remove deletes it, if it still has that ETag. One that is gone already
	// is no error.
	Remove(ctx context.Context, bucket, key, etag string) error
}

// Synapse is what these actions ask of Synapse: synapse.Client. Every call
// waits for the call budget that the process shares.
type Synapse interface {
	FileHandle(ctx context.Context, id string) (synapse.FileHandle, error)
	StartMultipart(
		ctx context.Context, r synapse.MultipartRequest, forceRestart bool,
	) (synapse.MultipartStatus, error)
	PartURLs(ctx context.Context, uploadID string, r synapse.PartURLsRequest) (synapse.PartURLs, error)
	AddPart(
		ctx context.Context, uploadID string, part int64, md5Hex string,
	) (synapse.AddPartResult, error)
	CompleteMultipart(ctx context.Context, uploadID string) (synapse.MultipartStatus, error)
}
