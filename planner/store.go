package planner

import (
	"context"
	"errors"
	"iter"
)

// Progress is how far planning has come, this process alone.
type Progress struct {
	Objects, SizeBytes int64
	// After is the last key that was decided: hostile input.
	After string
}

// Observer is told after each batch, by one goroutine.
type Observer interface {
	Planned(Progress)
}

// Errors that a Lister and an Examiner wrap, for errors.Is. Package transfer
// uses the same values.
var (
	// ErrNotFound: there is no such object or bucket.
	ErrNotFound = errors.New("not found")
	// ErrDenied: the credentials may not do this.
	ErrDenied = errors.New("access denied")
	// ErrCredentials: the credentials themselves are refused, or can't be
	// renewed.
	ErrCredentials = errors.New("credentials refused")
)

// Lister lists a bucket in key order (UTF-8 binary), in pages. Listing
// begins after the key startAfter, or at the beginning when it is empty.
// The sequence ends after the first error.
type Lister interface {
	List(ctx context.Context, bucket, prefix, startAfter string) iter.Seq2[[]Object, error]
}

// Examiner looks at one object with HeadObject, asking for its checksums and
// its first part, so that Detail.PartsCount is proof. An error that carries
// an HTTP status has a method HTTPStatusCode() int in its chain.
type Examiner interface {
	Head(ctx context.Context, bucket, key string) (Detail, error)
}

// Cursor is how far the listing has come.
type Cursor struct {
	// After is the last key that was decided; empty at the beginning.
	After string
	// Done is true when the listing has ended.
	Done bool
	// LastItemID and LastFolderID are the highest IDs handed out.
	LastItemID, LastFolderID int64
	// OpenFolders is the chain of folders at After, outermost first: the
	// folders that the next key may still fall into.
	OpenFolders []Folder
	// State is the planner's own: what it must remember of the keys before
	// After, opaque to the store, a few kilobytes at most.
	State []byte
}

// Batch is one step of planning, stored whole or not at all.
type Batch struct {
	Folders []Folder
	Items   []Item
	Cursor  Cursor
}

// Clash is a path that more than one thing of the plan claims.
type Clash struct {
	Path string
	// ItemIDs are the items (neither skipped nor blocked) at that path, in
	// order.
	ItemIDs []int64
	// FolderID is the folder at that path, 0 if there is none.
	FolderID int64
}

// FolderLoad is a folder with the number of children that the plan gives
// it, folders and items that will become entities.
type FolderLoad struct {
	// Folder is the zero Folder for the destination folder itself.
	Folder   Folder
	Children int64
}

// Amendment changes an item that was appended earlier, before the plan is
// sealed. Every field is written.
type Amendment struct {
	ItemID   int64
	FolderID int64
	Name     string
	Action   Action
	Rule     RuleID
}

// Filter selects items. Zero values select everything.
type Filter struct {
	// AfterID leaves out items up to and including that ID.
	AfterID  int64
	FolderID *int64
	Actions  []Action
	Rule     RuleID
	// Limit is the largest number of items; 0 is no limit.
	Limit int
}

// Store keeps a plan while it grows. checkpoint.File is the one that lasts.
// It is an interface of one concern in several methods, since the pieces
// share a transaction log.
type Store interface {
	// Cursor is where planning goes on; the zero Cursor for a new store.
	Cursor(ctx context.Context) (Cursor, error)
	// Append stores the batch and its cursor in one transaction. It fails
	// once the plan is sealed.
	Append(ctx context.Context, b Batch) error
	// Amend changes items (and adds folders first, for sharding) in one
	// transaction.
	Amend(ctx context.Context, folders []Folder, items []Amendment) error
	// DropBare takes the folders out that are yet to be made, and that no item
	// goes to, neither to them nor below. It fails once the plan is sealed.
	DropBare(ctx context.Context) error
	// ItemOfHandle returns the first item, neither skipped nor blocked, whose
	// Origin has that file handle; 0 if there is none.
	ItemOfHandle(ctx context.Context, fileHandleID string) (int64, error)
	// FolderOf returns a folder that was appended.
	FolderOf(ctx context.Context, id int64) (Folder, error)
	// Seal computes the digest over p, all folders and all items, stores
	// the plan and makes it immutable. It returns p with Format, Digest and
	// Header filled in, and SealedOn where it is zero.
	Seal(ctx context.Context, p Plan) (Plan, error)
}

// Reviewer answers the questions that need the whole list. Results are
// streamed in a fixed order (by path; by folder ID).
type Reviewer interface {
	// Clashes are the paths claimed more than once.
	Clashes(ctx context.Context) iter.Seq2[Clash, error]
	// Loads are the folders with more than atLeast children.
	Loads(ctx context.Context, atLeast int64) iter.Seq2[FolderLoad, error]
	// Items streams items in ID order.
	Items(ctx context.Context, f Filter) iter.Seq2[Item, error]
	// Totals sums up the items as they stand.
	Totals(ctx context.Context) (Totals, error)
}
