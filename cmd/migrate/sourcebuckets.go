package main

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

// sourceBuckets reaches the buckets behind a project, each in its own way,
// which is found out when its first object is met: with what the flags and
// the configuration say, else with the user's own credentials, else, where
// Synapse hands out credentials for the bucket, with these. It implements
// planner.SourceBuckets.
type sourceBuckets struct {
	opener opener
	// profiles are those that the flags name, by bucket.
	profiles map[string]string
	// own are the user's credentials, home the settings that go with them.
	own  *credentials.Renewing
	home credentials.AWS
	// dest is the destination; writer writes there, and is nil where Synapse
	// alone does.
	dest        planner.Destination
	destination *objectstore.Store
	writer      *credentials.Renewing

	mu      sync.Mutex
	buckets map[string]*sourceBucket
}

// sourceBucket is one of them. Its mutex is held while the way is found.
type sourceBucket struct {
	mu    sync.Mutex
	found bool
	opened
	// way is how it is reached, found out region and all.
	way way
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
func (b *sourceBuckets) bucket(ctx context.Context, name string) (*sourceBucket, error) {
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
	a, err := b.opener.accessTo(ctx, name, said{profile: b.profiles[name]})
	if err != nil {
		return nil, err
	}
	s.fixed = a.chosen != nil
	if err := b.open(ctx, s, a.otherwise(b.own, b.home)); err != nil {
		return nil, err
	}
	b.opener.asked(ctx, a, s.region)
	return s, nil
}

// open makes the store of a bucket.
func (b *sourceBuckets) open(ctx context.Context, s *sourceBucket, a access) error {
	store, err := b.opener.store(ctx, a.way)
	if err != nil {
		return fmt.Errorf("bucket %q: %w", a.bucket, err)
	}
	s.found, s.opened, s.way, s.name = true, store, a.way, a.name()
	return nil
}

// store is what reads a bucket, for the run. The error of one that only the
// destination's credentials read wraps transfer.ErrUnknownBucket.
func (b *sourceBuckets) store(ctx context.Context, name string) (*objectstore.Store, error) {
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
func (b *sourceBuckets) Head(ctx context.Context, bucket, key string) (planner.Detail, error) {
	store, err := b.store(ctx, bucket)
	if err != nil {
		return planner.Detail{}, err
	}
	return store.Head(ctx, bucket, key)
}

// Reach finds out how a bucket is reached, with an object in it.
func (b *sourceBuckets) Reach(ctx context.Context, sample planner.Object) (planner.Reach, error) {
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
	r := planner.Reach{Region: s.region, Endpoint: s.endpoint, Readable: refusal == "", Refusal: refusal}
	if r.Readable {
		r.Credentials, r.EntityID = s.name, s.entityID
	}
	r.Copyable, err = b.copyable(ctx, s, sample)
	return r, err
}

// try looks at an object; a refusal is what S3 had against it.
func (b *sourceBuckets) try(
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
func (b *sourceBuckets) tryVended(
	ctx context.Context, s *sourceBucket, sample planner.Object, refusal *string,
) error {
	id := sample.Download.EntityID
	vended, err := b.opener.client.STSCredentials(ctx, id, synapse.STSReadOnly)
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
	s.opened, s.name, s.entityID, *refusal = other.opened, other.name, id, ""
	return nil
}

// openVended makes the store of a bucket with Synapse's temporary
// credentials for an entity.
func (b *sourceBuckets) openVended(ctx context.Context, s *sourceBucket, name, entityID string) error {
	a := b.opener.place(name, said{})
	s.entityID = entityID
	return b.open(ctx, s, a.otherwise(b.opener.entity(entityID, synapse.STSReadOnly), b.home.Elsewhere()))
}

// recall takes up what was found out when the plan was made: the buckets to
// be read with credentials that Synapse hands out, and those that only the
// destination's credentials read.
func (b *sourceBuckets) recall(ctx context.Context, decisions []planner.BucketDecision) error {
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

// same refuses buckets that were reached at another S3 when the plan of the
// run file was made.
func (b *sourceBuckets) same(ctx context.Context, path string, decisions []planner.BucketDecision) error {
	for _, d := range decisions {
		if !d.Reach.Readable {
			continue
		}
		now, err := b.bucket(ctx, d.Bucket)
		if err == nil {
			err = sameS3(path, fmt.Sprintf("bucket %q", d.Bucket), d.Reach.Endpoint, now.endpoint)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// copyable reports whether what writes the destination can read the sample,
// so that S3 copies by itself: within one S3 only.
func (b *sourceBuckets) copyable(ctx context.Context, s *sourceBucket, sample planner.Object) (bool, error) {
	if b.destination == nil || s.endpoint != b.dest.Endpoint {
		return false, nil
	}
	store := b.destination
	if s.region != b.dest.Region {
		w := s.way
		w.provider, w.region = b.writer, s.region
		elsewhere, err := b.opener.store(ctx, w)
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

// calls counts the requests that were sent to S3, retries included.
func (b *sourceBuckets) calls() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := []*objectstore.Store{b.destination}
	for _, s := range b.buckets {
		s.mu.Lock()
		all = append(all, s.Store)
		s.mu.Unlock()
	}
	return calls(all...)
}
