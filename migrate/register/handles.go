package register

import (
	"cmp"
	"context"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

var (
	opCheck    = effect.OnSource(effect.PhaseCheck, "check object")
	opRegister = effect.OnSynapse("register file handle")
)

// handles makes the file handles of items that nobody else makes one for.
type handles struct{ Deps }

// ensure gives an entry the file handle that its entity is to have.
func (r handles) ensure(ctx context.Context, e *checkpoint.Entry) error {
	if e.State == checkpoint.StateHandled {
		return nil
	}
	if err := CheckWaited(ctx, r.Records, *e); err != nil {
		return err
	}
	switch {
	case e.Shares != 0:
		return r.share(ctx, e)
	case e.Action == planner.ActionReuse:
		// Relocated: the entity keeps the one that it has.
		e.FileHandleID = e.Origin.FileHandleID
		return nil
	}
	return r.registerObject(ctx, e)
}

// registerObject registers the entry's object where it lies.
func (r handles) registerObject(ctx context.Context, e *checkpoint.Entry) error {
	if err := r.check(ctx, *e); err != nil {
		return err
	}
	got, err := effect.Call(ctx, r.Effects, opRegister, func(ctx context.Context) (synapse.FileHandle, error) {
		return r.Synapse.RegisterS3Object(ctx,
			registration(*e, r.To.StorageLocationID, r.NoPreviews))
	})
	if err != nil {
		return err
	}
	if err := checkRegistered(got, e.Source.SizeBytes); err != nil {
		return effect.Fail(opRegister, err)
	}
	next := *e
	next.State = checkpoint.StateHandled
	next.Object = checkpoint.Object{
		ETag: cmp.Or(e.Object.ETag, e.Source.ETag), MD5: entryMD5(*e), ContentType: contentType(*e),
	}
	next.Object.Bucket, next.Object.Key = objectOf(*e)
	next.FileHandleID = got.ID
	return r.Records.Advance(ctx, e, next)
}

// check asks S3 whether an object that is registered in place is still the
// one whose MD5 is known, from the plan or from reading it earlier. Synapse
// compares nothing but what it sees itself, the size: with the MD5 of other
// content it would vouch for what is not there.
func (r handles) check(ctx context.Context, e checkpoint.Entry) error {
	if e.Action != planner.ActionRegister {
		return nil
	}
	return effect.Do(ctx, r.Effects, opCheck.From(e.Source), func(ctx context.Context) error {
		return r.Source.Unchanged(ctx, e.Source)
	})
}

// share gives an entry the new file handle of the item that brought its
// bytes.
func (r handles) share(ctx context.Context, e *checkpoint.Entry) error {
	brought, err := r.Records.Waited(ctx, e.Shares)
	if err != nil {
		return err
	}
	next := *e
	next.State = checkpoint.StateHandled
	next.Object = brought.Object
	next.FileHandleID = brought.FileHandleID
	return r.Records.Advance(ctx, e, next)
}

// CheckWaited makes sure that nothing is begun for an item in vain.
func CheckWaited(ctx context.Context, r Records, e checkpoint.Entry) error {
	for _, id := range []int64{e.Follows, e.Shares} {
		if id == 0 {
			continue
		}
		if _, err := r.Waited(ctx, id); err != nil {
			return err
		}
	}
	return nil
}
