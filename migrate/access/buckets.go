package access

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"synapse-migrate/migrate/credentials"
	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// Buckets reaches the buckets behind a project, each in its own way, which is
// found out when its first object is met: with what is said of the bucket and
// what the configuration says, else with the user's own credentials, else,
// where Synapse hands out credentials for the bucket, with these. It
// implements project.SourceBuckets.
type Buckets struct {
	opener *Opener
	// profiles are those that are named, by bucket.
	profiles map[string]string
	// own are the user's credentials.
	own  Principal
	dest Destination

	mu      sync.Mutex
	buckets map[string]*sourceBucket
}

// sourceBucket is one of them. Its mutex is held while the way is found.
type sourceBucket struct {
	mu    sync.Mutex
	found bool
	Bucket
	// name is that of the credentials; entityID is set where Synapse hands
	// them out.
	name, entityID string
	// fixed is true where the flags or the configuration name the
	// credentials: no others are tried then.
	fixed bool
	// copied is true where nothing but what writes the destination reads it.
	copied bool
}

// bucket returns the way into a bucket, and makes it where there is none.
func (b *Buckets) bucket(ctx context.Context, name string) (*sourceBucket, error) {
	b.mu.Lock()
	s := b.buckets[name]
	if s == nil {
		s = &sourceBucket{}
		b.buckets[name] = s
	}
	b.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.found {
		return s, nil
	}
	w, err := b.opener.Way(ctx, name, Override{Profile: b.profiles[name]})
	if err != nil {
		return nil, err
	}
	s.fixed = w.Credentials != nil
	if err := b.open(ctx, s, w.Or(b.own)); err != nil {
		return nil, err
	}
	b.opener.WarnOfRegion(ctx, w, w.Rule.Credentials.Kind, s.Region)
	return s, nil
}

// open makes the store of a bucket.
func (b *Buckets) open(ctx context.Context, s *sourceBucket, w Way) error {
	opened, err := b.opener.Open(ctx, w)
	if err != nil {
		return fmt.Errorf("bucket %q: %w", w.Bucket, err)
	}
	s.found, s.Bucket, s.name = true, opened, w.Name()
	return nil
}

// Store is what reads a bucket, for the run. The error of one that only the
// destination's credentials read wraps transfer.ErrUnknownBucket.
func (b *Buckets) Store(ctx context.Context, name string) (*objectstore.Store, error) {
	s, err := b.bucket(ctx, name)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.copied {
		return nil, fmt.Errorf("%w: nothing of the user's own reads %q", transfer.ErrUnknownBucket, name)
	}
	return s.Store, nil
}

// Head looks at an object with the credentials that read its bucket.
func (b *Buckets) Head(ctx context.Context, bucket, key string) (planner.Detail, error) {
	store, err := b.Store(ctx, bucket)
	if err != nil {
		return planner.Detail{}, err
	}
	return store.Head(ctx, bucket, key)
}

// Reach finds out how a bucket is reached, with an object in it.
func (b *Buckets) Reach(ctx context.Context, sample planner.Object) (planner.Reach, error) {
	s, err := b.bucket(ctx, sample.Bucket)
	if err != nil {
		return planner.Reach{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	refusal, err := b.try(ctx, s.Store, sample)
	if err != nil {
		return planner.Reach{}, err
	}
	if refusal != "" && !s.fixed && sample.Download != nil {
		if err := b.tryVended(ctx, s, sample, &refusal); err != nil {
			return planner.Reach{}, err
		}
	}
	r := planner.Reach{Region: s.Region, Endpoint: s.Way.Endpoint, Readable: refusal == "", Refusal: refusal}
	if r.Readable {
		r.Credentials, r.EntityID = s.name, s.entityID
	}
	r.Copyable, err = b.copyable(ctx, s, sample)
	return r, err
}

// try looks at an object; a refusal is what S3 had against it.
func (b *Buckets) try(
	ctx context.Context, store *objectstore.Store, sample planner.Object,
) (refusal string, err error) {
	_, err = store.Head(ctx, sample.Bucket, sample.Key)
	switch {
	case err == nil:
		return "", nil
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.Is(err, transfer.ErrNotFound):
		// An object that is gone says nothing of its bucket, unless that is
		// not there either.
		if _, gone := store.Region(ctx, sample.Bucket); gone == nil {
			return "", nil
		}
		return err.Error(), ctx.Err()
	case errors.Is(err, transfer.ErrCredentials), errors.Is(err, credentials.ErrRefused), refused(err):
		return err.Error(), nil
	}
	return "", err
}

// refused reports whether S3 answered, and not that it can't at present.
func refused(err error) bool {
	var answer interface{ HTTPStatusCode() int }
	if !errors.As(err, &answer) {
		return false
	}
	status := answer.HTTPStatusCode()
	return status >= 300 && status < 500 && status != http.StatusTooManyRequests
}

// tryVended takes Synapse's temporary credentials for the storage location
// of the file that the sample stands for, where Synapse gives any for this
// bucket and they can read it.
func (b *Buckets) tryVended(
	ctx context.Context, s *sourceBucket, sample planner.Object, refusal *string,
) error {
	id := sample.Download.EntityID
	vended, err := b.opener.options.Synapse.STSCredentials(ctx, id, synapse.STSReadOnly)
	var answer *synapse.Error
	switch {
	case errors.As(err, &answer) && answer.Status < http.StatusInternalServerError:
		return nil // the location is not STS-enabled, or not for this user
	case err != nil:
		return err
	case vended.Bucket != sample.Bucket:
		return nil
	}
	var other sourceBucket
	if err := b.openVended(ctx, &other, sample.Bucket, id); err != nil {
		return err
	}
	against, err := b.try(ctx, other.Store, sample)
	if err != nil || against != "" {
		return err
	}
	s.Bucket, s.name, s.entityID, *refusal = other.Bucket, other.name, id, ""
	return nil
}

// openVended makes the store of a bucket with Synapse's temporary
// credentials for an entity.
func (b *Buckets) openVended(ctx context.Context, s *sourceBucket, name, entityID string) error {
	s.entityID = entityID
	vended := Principal{b.opener.Folder(entityID, synapse.STSReadOnly), b.own.Home.Elsewhere()}
	return b.open(ctx, s, b.opener.Place(name, Override{}).Or(vended))
}

// Recall takes up what was found out when the plan was made: the buckets to
// be read with credentials that Synapse hands out, and those that only the
// destination's credentials read.
func (b *Buckets) Recall(ctx context.Context, decisions []planner.BucketDecision) error {
	for _, d := range decisions {
		s := &sourceBucket{found: true, copied: d.Reach.Copyable && !d.Reach.Readable}
		if d.Reach.EntityID != "" {
			if err := b.openVended(ctx, s, d.Bucket, d.Reach.EntityID); err != nil {
				return err
			}
		}
		if s.copied || d.Reach.EntityID != "" {
			b.mu.Lock()
			b.buckets[d.Bucket] = s
			b.mu.Unlock()
		}
	}
	return nil
}

// Endpoint is where a bucket is reached now.
func (b *Buckets) Endpoint(ctx context.Context, name string) (string, error) {
	s, err := b.bucket(ctx, name)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Way.Endpoint, nil
}

// copyable reports whether what writes the destination can read the sample,
// so that S3 copies by itself: within one S3 only.
func (b *Buckets) copyable(ctx context.Context, s *sourceBucket, sample planner.Object) (bool, error) {
	if b.dest.Store == nil || s.Way.Endpoint != b.dest.Endpoint {
		return false, nil
	}
	store := b.dest.Store
	if s.Region != b.dest.Region {
		w := s.Way
		w.Credentials, w.Region = b.dest.Writer, s.Region
		elsewhere, err := b.opener.Open(ctx, w)
		if err != nil {
			return false, err
		}
		store = elsewhere.Store
	}
	_, err := store.Head(ctx, sample.Bucket, sample.Key)
	switch {
	case err == nil:
		return true, nil
	case ctx.Err() != nil:
		return false, ctx.Err()
	case errors.Is(err, transfer.ErrNotFound), errors.Is(err, transfer.ErrCredentials), refused(err):
		return false, nil
	}
	return false, err
}

// Calls counts the requests that were sent to S3, those to the destination
// and retries included.
func (b *Buckets) Calls() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := []*objectstore.Store{b.dest.Store}
	for _, s := range b.buckets {
		s.mu.Lock()
		all = append(all, s.Store)
		s.mu.Unlock()
	}
	return Calls(all...)
}
