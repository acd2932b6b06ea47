package objectstore

import (
	"context"
	"errors"
	"fmt"
	"io"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// Routes say how the objects of a plan are reached.
type Routes struct {
	// Bucket returns the Store that reads a source bucket; an error that
	// wraps transfer.ErrUnknownBucket says that there is none. It is asked
	// for every object, possibly concurrently, so that it should remember.
	Bucket func(ctx context.Context, bucket string) (*Store, error)
	// Downloads reads the objects whose Download is set; nil where the plan
	// has none.
	Downloads *Web
	// Destination writes, and reads what lies in DestinationBucket below
	// BaseKey; nil where Synapse alone writes.
	Destination *Store
	// DestinationBucket and BaseKey are the destination's; an empty base key
	// is the whole bucket.
	DestinationBucket, BaseKey string
	// Options are those of the Movers, which share the memory.
	Options MoverOptions
}

// Router brings objects from several sources to one destination: each by
// the Mover that its place asks for. It is safe for concurrent use.
type Router struct {
	routes Routes
	memory *budget
}

// NewRouter takes the routes as they are.
func NewRouter(r Routes) *Router {
	r.Options = r.Options.withDefaults()
	return &Router{routes: r, memory: newBudget(r.Options.MemoryBytes)}
}

// errReadOnly: only Synapse writes to this destination.
var errReadOnly = errors.New("the destination can't be written with AWS credentials")

// Copy is Mover.Copy. A bucket that nothing else reads is looked at with the
// credentials that copy from it, the destination's.
func (r *Router) Copy(ctx context.Context, req transfer.Request) (transfer.Result, error) {
	source, err := r.source(ctx, req.Source)
	if errors.Is(err, transfer.ErrUnknownBucket) && req.Source.Download == nil &&
		r.routes.Destination != nil {
		source, err = r.routes.Destination, nil
	}
	if err != nil {
		return transfer.Result{}, during("copying", req.Source, err)
	}
	if err := r.writable(req); err != nil {
		return transfer.Result{}, during("copying", req.Source, err)
	}
	return r.mover(source).Copy(ctx, req)
}

// Stream is Mover.Stream.
func (r *Router) Stream(ctx context.Context, req transfer.Request) (transfer.Result, error) {
	source, err := r.source(ctx, req.Source)
	if err == nil {
		err = r.writable(req)
	}
	if err != nil {
		return transfer.Result{}, during("streaming", req.Source, err)
	}
	return r.mover(source).Stream(ctx, req)
}

// Unchanged is Mover.Unchanged.
func (r *Router) Unchanged(ctx context.Context, o planner.Object) error {
	source, err := r.source(ctx, o)
	if err != nil {
		return during("looking at", o, err)
	}
	return stillPlanned(ctx, source, o)
}

// Hash is Mover.Hash.
func (r *Router) Hash(
	ctx context.Context, o planner.Object, progress func(int64),
) (string, error) {
	source, err := r.source(ctx, o)
	if err != nil {
		return "", during("hashing", o, err)
	}
	return r.mover(source).Hash(ctx, o, progress)
}

// Open is Mover.Open.
func (r *Router) Open(
	ctx context.Context, o planner.Object, first, length int64,
) (io.ReadCloser, error) {
	source, err := r.source(ctx, o)
	if err != nil {
		return nil, during("reading", o, err)
	}
	return r.mover(source).Open(ctx, o, first, length)
}

// Head looks at an object of the destination. An error wraps
// transfer.ErrNotFound or transfer.ErrDenied where that is the case; where S3
// says denied of what isn't there, a listing tells.
func (r *Router) Head(ctx context.Context, bucket, key string) (planner.Detail, error) {
	if err := r.own(bucket, key); err != nil {
		return planner.Detail{}, fmt.Errorf("looking at %q: %w", location(bucket, key), err)
	}
	s := r.routes.Destination
	d, err := s.Head(ctx, bucket, key)
	if s.absent(ctx, bucket, key, err) {
		err = fmt.Errorf("looking at %q: %w", location(bucket, key), transfer.ErrNotFound)
	}
	return d, err
}

// Remove is Mover.Remove, and refuses what is not the destination's.
func (r *Router) Remove(ctx context.Context, bucket, key, etag string) error {
	if err := r.own(bucket, key); err != nil {
		return fmt.Errorf("removing %q: %w", location(bucket, key), err)
	}
	return r.routes.Destination.remove(ctx, bucket, key, etag)
}

// source is where an object is read. What lies below the destination's base
// key is read with the credentials that write there.
func (r *Router) source(ctx context.Context, o planner.Object) (Source, error) {
	switch {
	case o.Download != nil && r.routes.Downloads == nil:
		return nil, fmt.Errorf("%w: nothing reads download URLs", transfer.ErrUnknownBucket)
	case o.Download != nil:
		return r.routes.Downloads, nil
	case r.own(o.Bucket, o.Key) == nil:
		return r.routes.Destination, nil
	}
	store, err := r.store(ctx, o.Bucket)
	if errors.Is(err, transfer.ErrUnknownBucket) && r.routes.Destination != nil &&
		o.Bucket == r.routes.DestinationBucket {
		return r.routes.Destination, nil
	}
	if err != nil {
		return nil, err
	}
	return store, nil
}

// store is the one that reads a bucket.
func (r *Router) store(ctx context.Context, bucket string) (*Store, error) {
	if r.routes.Bucket == nil {
		return nil, transfer.ErrUnknownBucket
	}
	store, err := r.routes.Bucket(ctx, bucket)
	if err == nil && store == nil {
		err = transfer.ErrUnknownBucket
	}
	return store, err
}

// errOutside: a key is not below the destination's base key.
var errOutside = errors.New("not in the destination's folder")

// own refuses what the destination's credentials are not for.
func (r *Router) own(bucket, key string) error {
	_, below := planner.Below(key, r.routes.BaseKey)
	switch {
	case r.routes.Destination == nil:
		return errReadOnly
	case planner.DotSegment(key): // the server may resolve it
		return errOutside
	case bucket != r.routes.DestinationBucket, !below:
		return errOutside
	}
	return nil
}

// writable refuses a request whose destination is none.
func (r *Router) writable(req transfer.Request) error {
	if err := r.own(req.Bucket, req.Key); err != nil {
		return fmt.Errorf("writing %q: %w", location(req.Bucket, req.Key), err)
	}
	return nil
}

// mover joins a source and the destination, in the memory that all share.
func (r *Router) mover(source Source) *Mover {
	return newMover(source, r.routes.Destination, r.memory, r.routes.Options.Logger)
}
