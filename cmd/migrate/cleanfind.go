package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/credentials"
	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// uploadFinder finds the multipart uploads that were left behind below a
// destination.
type uploadFinder struct {
	file *checkpoint.File
	dest planner.Destination
	// store has the credentials that write the destination, owner the user's
	// own; nil where there are none.
	store *objectstore.Store
	owner *objectstore.Store
	// before is when an upload of unknown origin must have been begun to be
	// taken.
	before time.Time
	// others are the upload IDs of other run files.
	others map[string]bool
	say    func(format string, args ...any)

	found []foundUpload
	// synapse counts the uploads that Synapse makes, kept those that are left
	// alone for being young or somebody else's.
	synapse, kept int
}

// foundUpload is one that can be aborted.
type foundUpload struct {
	objectstore.LeftUpload
	bytes int64
	// itemID is 0 for one that isn't the run file's.
	itemID int64
	via    *objectstore.Store
}

// finder reaches the destination as the plan says.
func (c *cleanCommand) finder(
	ctx context.Context, s *session, file *checkpoint.File, path string, h planner.Header,
) (*uploadFinder, error) {
	target := targetFlagsOf(h.Arguments)
	target.profile = cmp.Or(c.profile, target.profile)
	conf, err := readConfig(target.config)
	if err != nil {
		return nil, err
	}
	o, err := newOpener(c.env, c.common, runFlags{}, &target, s, conf)
	if err != nil {
		return nil, err
	}
	own, err := o.Own(ctx)
	if err != nil && (c.profile != "" || target.destCredentials == destSource) {
		return nil, err
	}
	written, err := o.Destination(ctx, own, h.Destination)
	if err != nil {
		return nil, err
	}
	if err := sameDestination(path, h, written.Endpoint); err != nil {
		return nil, err
	}
	f := &uploadFinder{
		file: file, dest: h.Destination, store: written.Store, others: map[string]bool{},
		before: time.Now().Add(-c.olderThan),
		say:    func(format string, args ...any) { say(c.env.stderr, format, args...) },
	}
	if own.Credentials != nil {
		opened, err := o.OwnDestination(ctx, own, h.Destination)
		if err != nil {
			return nil, err
		}
		f.owner = opened.Store
	}
	return f, nil
}

// find gathers what the run file knows, then what S3 lists.
func (f *uploadFinder) find(ctx context.Context) error {
	for saved, err := range f.file.Uploads(ctx) {
		if err == nil {
			err = f.saved(ctx, saved)
		}
		if err != nil {
			return err
		}
	}
	return f.listed(ctx)
}

// saved adds an upload of the run file that S3 still has.
func (f *uploadFinder) saved(ctx context.Context, s checkpoint.SavedUpload) error {
	key := s.Item.DestKey
	if o := s.Item.Origin; o != nil && o.Mirror != "" {
		key = o.Mirror
	}
	switch {
	case s.Upload.UploadID == "":
		return nil
	case s.Item.Action == planner.ActionUpload || key == "":
		f.synapse++
		return nil
	}
	n, there, err := f.store.UploadBytes(ctx, f.dest.Bucket, key, s.Upload.UploadID)
	if err != nil || !there {
		return err
	}
	f.found = append(f.found, foundUpload{
		LeftUpload: objectstore.LeftUpload{Key: key, UploadID: s.Upload.UploadID},
		bytes:      n, itemID: s.Item.ID, via: f.store,
	})
	return nil
}

// listed adds what S3 lists, as far as it may be seen.
func (f *uploadFinder) listed(ctx context.Context) error {
	err := f.list(ctx, f.store)
	if errors.Is(err, transfer.ErrDenied) && f.owner != nil {
		err = f.list(ctx, f.owner)
	}
	if errors.Is(err, transfer.ErrDenied) || errors.Is(err, credentials.ErrRefused) {
		f.say("note: uploads of unknown origin can't be seen: %v; "+
			"--profile names credentials of the bucket's owner, who may list them", err)
		return nil
	}
	return err
}

// list goes through the uploads below the base key.
func (f *uploadFinder) list(ctx context.Context, store *objectstore.Store) error {
	known := map[string]int{}
	for i, u := range f.found {
		known[u.UploadID] = i
	}
	prefix := ""
	if f.dest.BaseKey != "" {
		prefix = f.dest.BaseKey + "/"
	}
	for left, err := range store.LeftUploads(ctx, f.dest.Bucket, prefix) {
		if err != nil {
			return err
		}
		if i, mine := known[left.UploadID]; mine {
			f.found[i].StartedOn = left.StartedOn
			continue
		}
		if !strings.HasPrefix(left.Key, prefix) {
			continue // not what was asked for
		}
		if f.others[left.UploadID] || !left.StartedOn.Before(f.before) {
			f.kept++
			continue
		}
		n, there, err := store.UploadBytes(ctx, f.dest.Bucket, left.Key, left.UploadID)
		if err != nil {
			return err
		}
		if there {
			f.found = append(f.found, foundUpload{LeftUpload: left, bytes: n, via: store})
		}
	}
	return nil
}

// show lists what was found.
func (f *uploadFinder) show(w io.Writer) {
	var total int64
	for _, u := range f.found {
		started, origin := "time unknown", "unknown origin"
		if !u.StartedOn.IsZero() {
			started = u.StartedOn.UTC().Format(time.RFC3339)
		}
		if u.itemID > 0 {
			origin = fmt.Sprintf("item %d of this run", u.itemID)
		}
		total += u.bytes
		_, _ = fmt.Fprintf(w, "%-20s  %10s  %-20s  %s\n",
			started, humanize.IBytes(uint64(u.bytes)), origin, shown("s3://"+f.dest.Bucket+"/"+u.Key))
	}
	_, _ = fmt.Fprintf(w, "%d multipart uploads left behind, %s in finished parts\n",
		len(f.found), humanize.IBytes(uint64(total)))
	if f.kept > 0 {
		f.say("note: %d more are younger than --older-than or belong to other run files here; they are left alone", f.kept)
	}
	if f.synapse > 0 {
		f.say("note: %d of this run are Synapse's own; Synapse ends them by itself", f.synapse)
	}
}

// abort aborts all, and goes on after one that can't be.
func (f *uploadFinder) abort(ctx context.Context, w io.Writer) error {
	failed := 0
	for _, u := range f.found {
		err := u.via.AbortUpload(ctx, f.dest.Bucket, u.Key, u.UploadID)
		if err == nil && u.itemID > 0 {
			err = f.file.DropUpload(ctx, u.itemID)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			failed++
			f.say("not aborted: %v", err)
		}
	}
	_, _ = fmt.Fprintf(w, "%d aborted\n", len(f.found)-failed)
	if failed > 0 {
		return &exitError{code: exitIncomplete, err: fmt.Errorf("%d uploads could not be aborted", failed)}
	}
	return nil
}
