// Package clean finds multipart uploads that were begun below a destination's
// base key and never finished, and aborts them. Objects are never touched.
package clean

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/credentials"
	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// RunFile knows the uploads that a run has begun. It must be locked from the
// first look to the last abort: no run may take one up meanwhile.
type RunFile interface {
	Uploads(ctx context.Context) iter.Seq2[checkpoint.SavedUpload, error]
	DropUpload(ctx context.Context, itemID int64) error
}

// Finder finds what was left behind below a destination.
type Finder struct {
	RunFile     RunFile
	Destination planner.Destination
	// Store has the credentials that write the destination, Owner the user's
	// own; nil where there are none.
	Store, Owner *objectstore.Store
	// Before is when an upload of unknown origin must have been begun to be
	// taken: a younger one may belong to a program that is at work.
	Before time.Time
	// Unanswered takes younger ones, too, that are Probable.
	Unanswered bool
	// Others are the upload IDs of other run files.
	Others map[string]bool

	// open counts by item what is left, as far as the run file alone knows of it:
	// while there is any, the run file must not forget it.
	open map[int64]int
}

// Upload is one that can be aborted.
type Upload struct {
	objectstore.LeftUpload
	// SizeBytes is that of the finished parts.
	SizeBytes int64
	// ItemID is the item's of the run file, 0 for an upload that isn't the run
	// file's.
	ItemID int64
	// Probable is true for an upload whose ID the run file doesn't know: it is for
	// the item's key, and began when the run asked for one and got no answer.
	// Another program may have begun it all the same.
	Probable bool

	via *objectstore.Store
}

// Found is what was left behind.
type Found struct {
	Uploads []Upload
	// Synapse counts the uploads that Synapse makes, and ends by itself.
	Synapse int
	// Kept counts those that are left alone for being young or somebody else's;
	// Unanswered those of them that would be Probable.
	Kept, Unanswered int
	// Unseen is why uploads of unknown origin can't be seen; nil where they can.
	Unseen error

	// asked are the requests that were not answered, by key.
	asked map[string]*request
}

// request is one to begin an upload.
type request struct {
	itemID int64
	on     time.Time
	// seen is true once an upload was found that it may have begun.
	seen bool
}

// clockSkew is how far a clock here may differ from S3's, which refuses to be
// asked by one that is further away (S3 API reference, error code
// RequestTimeTooSkewed, November 2026).
const clockSkew = 15 * time.Minute

// probable finds the request that an upload of unknown origin may come from; none where it is another run file's.
func (f Found) probable(u objectstore.LeftUpload, others map[string]bool) (itemID int64, is bool) {
	asked := f.asked[u.Key]
	if asked == nil || others[u.UploadID] || u.StartedOn.Before(asked.on.Add(-clockSkew)) {
		return 0, false
	}
	asked.seen = true
	return asked.itemID, true
}

// Find gathers what the run file knows, then what S3 lists.
func (f *Finder) Find(ctx context.Context) (Found, error) {
	f.open = map[int64]int{}
	found := Found{asked: map[string]*request{}}
	for saved, err := range f.RunFile.Uploads(ctx) {
		if err == nil {
			err = f.saved(ctx, saved, &found)
		}
		if err != nil {
			return Found{}, err
		}
	}
	err := f.list(ctx, f.Store, &found)
	if errors.Is(err, transfer.ErrDenied) && f.Owner != nil {
		err = f.list(ctx, f.Owner, &found)
	}
	if errors.Is(err, transfer.ErrDenied) || errors.Is(err, credentials.ErrRefused) {
		found.Unseen, err = err, nil
	}
	for _, r := range found.asked {
		if !r.seen { // it may be seen another time
			r.seen = true
			f.open[r.itemID]++
		}
	}
	return found, err
}

// saved adds an upload of the run file that S3 still has.
func (f *Finder) saved(ctx context.Context, s checkpoint.SavedUpload, found *Found) error {
	keys := keysOf(s.Item)
	if !s.Upload.Asked.IsZero() {
		asked := &request{itemID: s.Item.ID, on: s.Upload.Asked}
		for _, key := range keys {
			found.asked[key] = asked
		}
	}
	switch {
	case s.Upload.UploadID == "":
		return nil
	case s.Item.Action == planner.ActionUpload || len(keys) == 0:
		found.Synapse++
		return nil
	}
	for _, key := range keys {
		n, there, err := f.Store.UploadBytes(ctx, f.Destination.Bucket, key, s.Upload.UploadID)
		if err != nil {
			return err
		}
		if there {
			f.open[s.Item.ID]++
			found.Uploads = append(found.Uploads, Upload{
				LeftUpload: objectstore.LeftUpload{Key: key, UploadID: s.Upload.UploadID},
				SizeBytes:  n, ItemID: s.Item.ID, via: f.Store,
			})
			return nil
		}
	}
	return nil
}

// keysOf are the keys at which a run begins uploads for an item: its own, and
// that of what it keeps of what it overwrites.
func keysOf(i planner.Item) []string {
	own, kept := i.DestKey, ""
	if i.Origin != nil && i.Origin.Mirror != "" {
		own = i.Origin.Mirror
	}
	if i.Kept != nil {
		kept = i.Kept.Key
	}
	return slices.DeleteFunc([]string{own, kept}, func(key string) bool { return key == "" })
}

// list adds what S3 lists below the base key.
func (f *Finder) list(ctx context.Context, store *objectstore.Store, found *Found) error {
	known := map[string]int{}
	for i, u := range found.Uploads {
		known[u.UploadID] = i
	}
	prefix := planner.UnderBase(f.Destination.BaseKey, "")
	for left, err := range store.LeftUploads(ctx, f.Destination.Bucket, prefix) {
		if err != nil {
			return err
		}
		if i, mine := known[left.UploadID]; mine {
			found.Uploads[i].StartedOn = left.StartedOn
			continue
		}
		if !strings.HasPrefix(left.Key, prefix) {
			continue // not what was asked for
		}
		itemID, probable := found.probable(left, f.Others)
		if probable {
			f.open[itemID]++
		}
		young := !left.StartedOn.Before(f.Before)
		if f.Others[left.UploadID] || young && (!probable || !f.Unanswered) {
			found.Kept++
			if probable {
				found.Unanswered++
			}
			continue
		}
		n, there, err := store.UploadBytes(ctx, f.Destination.Bucket, left.Key, left.UploadID)
		if err != nil {
			return err
		}
		if there {
			found.Uploads = append(found.Uploads, Upload{
				LeftUpload: left, SizeBytes: n, ItemID: itemID, Probable: probable, via: store,
			})
		}
	}
	return nil
}

// Abort aborts uploads that Find has found, and goes on after one that can't
// be: failed is told why. The run file forgets what it knows of an item's once
// none is left. The error is the end of ctx.
func (f *Finder) Abort(ctx context.Context, uploads []Upload, failed func(error)) error {
	for _, u := range uploads {
		err := u.via.AbortUpload(ctx, f.Destination.Bucket, u.Key, u.UploadID)
		if err == nil && u.ItemID > 0 {
			if f.open[u.ItemID]--; f.open[u.ItemID] == 0 {
				err = f.RunFile.DropUpload(ctx, u.ItemID)
			}
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			failed(err)
		}
	}
	return nil
}

// Others are the IDs of the uploads of the other run files in a run file's
// directory, whose names end in suffix, whether or not anybody works with
// them. A file that can't be read ends it: what is in it could be in use.
func Others(ctx context.Context, path, suffix string) (map[string]bool, error) {
	folder := filepath.Dir(path)
	files, err := os.ReadDir(folder) // no pattern, which the folder's own name would be part of
	if err != nil {
		return nil, err
	}
	mine, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	others := map[string]bool{}
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), suffix) {
			continue
		}
		other := filepath.Join(folder, file.Name())
		info, err := os.Stat(other)
		if errors.Is(err, fs.ErrNotExist) || err == nil && os.SameFile(mine, info) {
			continue
		}
		if err == nil {
			err = addUploads(ctx, other, others)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrOther, err)
		}
	}
	return others, nil
}

// ErrOther says that another run file in the directory can't be read.
var ErrOther = errors.New("uploads of other runs are not known")

// addUploads adds the IDs of the uploads of one run file.
func addUploads(ctx context.Context, path string, to map[string]bool) error {
	file, err := checkpoint.OpenReadOnly(ctx, path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	for saved, err := range file.Uploads(ctx) {
		if err != nil {
			return err
		}
		to[saved.Upload.UploadID] = true
	}
	return nil
}
