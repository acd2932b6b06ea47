package action

import (
	"cmp"
	"context"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

var (
	opHash   = effect.OnSource(effect.PhaseHash, "read object for its MD5")
	opCopy   = effect.OnDestination(effect.PhaseCopy, "copy object").BookedToSource()
	opStream = effect.OnBoth(effect.PhaseStream, "stream object")
)

// hashing learns the MD5 of an object that lies where it belongs.
type hashing struct{ Deps }

// Transfer reads the object.
func (r hashing) Transfer(ctx context.Context, e *checkpoint.Entry) error {
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
	return r.Records.Advance(ctx, e, next)
}

// hash reads an object for its MD5.
func (d Deps) hash(ctx context.Context, o planner.Object) (string, error) {
	return effect.CallLong(ctx, d.Effects, opHash.From(o), func(ctx context.Context, alive func()) (string, error) {
		return d.Mover.Hash(ctx, o, func(n int64) {
			alive()
			d.Meter.Read(n)
		})
	})
}

// copying has S3 copy an object into the destination's bucket.
type copying struct{ Deps }

// Transfer reads the object first where its MD5 is not known.
func (r copying) Transfer(ctx context.Context, e *checkpoint.Entry) error {
	s, md5, err := r.openHashed(ctx, e.Item)
	if err != nil {
		return err
	}
	result, err := r.bring(ctx, opCopy, r.Mover.Copy, r.request(*e, s, md5), s)
	if err != nil {
		return err
	}
	if !result.Found {
		r.Meter.Copied(e.Source.SizeBytes)
	}
	return r.arrive(ctx, e, result, md5)
}

// streaming reads an object, and writes it into the destination's bucket.
type streaming struct{ Deps }

// Transfer learns the MD5 in passing.
func (r streaming) Transfer(ctx context.Context, e *checkpoint.Entry) error {
	s, err := r.openSaved(ctx, e.ID)
	if err != nil {
		return err
	}
	md5 := transfer.PlannedMD5(e.Item)
	request := r.request(*e, s, md5)
	request.WantMD5 = md5
	result, err := r.bring(ctx, opStream.From(e.Source), r.Mover.Stream, request, s)
	if err != nil {
		return err
	}
	return r.arrive(ctx, e, result, md5)
}

// request asks for an entry's object to be brought to its key. The MD5 is the
// source's, as far as it is known.
func (d Deps) request(e checkpoint.Entry, s *saved, md5 string) transfer.Request {
	return transfer.Request{
		Source:       e.Source,
		Bucket:       d.To.Bucket,
		Key:          e.DestKey,
		MD5:          md5,
		RecordOrigin: e.RecordOrigin,
		Replace:      e.ReplaceObject,
		Resume:       s.upload,
		Save:         s.save,
	}
}

// bring has an object brought to where it belongs, and its unfinished state
// saved. The bytes of one that fails count too.
func (d Deps) bring(
	ctx context.Context, o effect.Operation, do func(context.Context, transfer.Request) (transfer.Result, error),
	request transfer.Request, s *saved,
) (transfer.Result, error) {
	result, err := effect.CallLong(ctx, d.Effects, o, func(ctx context.Context, alive func()) (transfer.Result, error) {
		request.Progress = func(bytes int64) {
			alive()
			d.Meter.Arrived(bytes)
		}
		result, err := do(ctx, request)
		d.Meter.Read(result.BytesRead)
		d.Meter.Written(result.BytesWritten)
		return result, err
	})
	if s.err != nil {
		return result, s.err
	}
	return result, err
}

// arrive records that an object has come to the destination.
func (d Deps) arrive(ctx context.Context, e *checkpoint.Entry, result transfer.Result, md5 string) error {
	md5, err := transfer.AgreedMD5(md5, result.MD5)
	if err != nil {
		return effect.Fail(opStream, err)
	}
	if md5 == "" {
		// Found where an earlier attempt had brought it: nothing passed.
		if md5, err = d.hash(ctx, e.Source); err != nil {
			return err
		}
	}
	return d.Records.Advance(ctx, e, arrived(*e, result, md5))
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
