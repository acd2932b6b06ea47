package migrate

import (
	"cmp"
	"context"
	"fmt"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// transfer does what an entry needs on the S3 side.
func (r *run) transfer(ctx context.Context, e *checkpoint.Entry) error {
	if err := r.checkWaited(ctx, *e); err != nil {
		return err
	}
	if err := r.keepVersions(ctx, *e); err != nil {
		return err
	}
	switch e.Action {
	case planner.ActionRegister:
		return r.hashInPlace(ctx, e)
	case planner.ActionCopy, planner.ActionStream:
		return r.move(ctx, e)
	case planner.ActionUpload:
		return r.upload(ctx, e)
	case planner.ActionSynapseCopy:
		return r.synapseCopy(ctx, e)
	}
	return fmt.Errorf("%w: %q", effect.ErrNoSuchAction, e.Action)
}

// hashInPlace learns the MD5 of an object that lies where it belongs.
func (r *run) hashInPlace(ctx context.Context, e *checkpoint.Entry) error {
	md5, err := r.hash(ctx, e.Source)
	if err != nil {
		return err
	}
	next := *e
	next.State = checkpoint.StateTransferred
	next.Object = checkpoint.Object{
		Bucket: e.Source.Bucket, Key: e.Source.Key, ETag: e.Source.ETag,
		MD5: md5, ContentType: e.ContentType,
	}
	return r.advance(ctx, e, next)
}

// hash reads an object for its MD5.
func (r *run) hash(ctx context.Context, o planner.Object) (string, error) {
	return effect.CallLong(ctx, r.effects, opHash.From(o), func(ctx context.Context, alive func()) (string, error) {
		return r.deps.Reader.Hash(ctx, o, func(n int64) {
			alive()
			r.meter.add(Bytes{Read: n})
		})
	})
}

// move brings an object into the destination's bucket.
func (r *run) move(ctx context.Context, e *checkpoint.Entry) error {
	s, err := r.openSaved(ctx, e.ID)
	if err != nil {
		return err
	}
	md5 := plannedMD5(e.Item)
	if md5 == "" && e.Action == planner.ActionCopy {
		if md5, err = r.hashOnce(ctx, e.Source, s); err != nil {
			return err
		}
	}
	result, err := r.copyOrStream(ctx, *e, s, md5)
	if err != nil {
		return err
	}
	if md5, err = agreedMD5(md5, result.MD5); err != nil {
		return effect.Fail(opStream, err)
	}
	if md5 == "" {
		// Found where an earlier attempt had brought it: nothing passed.
		if md5, err = r.hash(ctx, e.Source); err != nil {
			return err
		}
	}
	return r.advance(ctx, e, arrived(*e, result, md5))
}

// arrived is the entry after its object has come to the destination.
func arrived(e checkpoint.Entry, t transfer.Result, md5 string) checkpoint.Entry {
	e.State = checkpoint.StateTransferred
	e.Object = checkpoint.Object{
		Bucket: t.Object.Bucket, Key: t.Object.Key, ETag: t.Object.ETag,
		MD5: md5, ContentType: cmp.Or(t.ContentType, e.ContentType),
	}
	return e
}

// copyOrStream has the object moved, and its unfinished state saved. The MD5
// is the source's, as far as it is known.
func (r *run) copyOrStream(
	ctx context.Context, e checkpoint.Entry, s *saved, md5 string,
) (transfer.Result, error) {
	request := transfer.Request{
		Source:       e.Source,
		Bucket:       r.to.Bucket,
		Key:          e.DestKey,
		MD5:          md5,
		RecordOrigin: e.RecordOrigin,
		Replace:      e.ReplaceObject,
		Resume:       s.upload,
		Save:         s.save,
	}
	o, do := opCopy, r.deps.Copier.Copy
	if e.Action == planner.ActionStream {
		request.WantMD5 = plannedMD5(e.Item)
		o, do = opStream.From(e.Source), r.deps.Copier.Stream
	}
	result, err := effect.CallLong(ctx, r.effects, o, func(ctx context.Context, alive func()) (transfer.Result, error) {
		request.Progress = func(bytes int64) {
			alive()
			r.meter.arrive(bytes)
		}
		return do(ctx, request)
	})
	r.meter.add(moved(e, result, err))
	if s.err != nil {
		return result, s.err
	}
	return result, err
}

// moved is what a transfer has moved, one that failed included. What an
// earlier attempt had brought is not counted again.
func moved(e checkpoint.Entry, t transfer.Result, err error) Bytes {
	b := Bytes{Read: t.BytesRead, Written: t.BytesWritten}
	if e.Action == planner.ActionCopy && err == nil && !t.Found {
		b.Copied = e.Source.SizeBytes
	}
	return b
}
