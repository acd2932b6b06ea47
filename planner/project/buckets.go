package project

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"synapse-migrate/planner"
	"synapse-migrate/planner/choose"
	"synapse-migrate/synapse"
)

// bucketState is what planning knows of a bucket and storage location that
// files lie in.
type bucketState struct {
	// Place is that of the first file met there.
	Place planner.Place        `json:"place"`
	Facts choose.LocationFacts `json:"facts"`
	// Actions count what is done with its files.
	Actions []planner.ActionTotal `json:"actions,omitempty"`
}

// holds reports whether an object belongs to the bucket and location.
func (b *bucketState) holds(p planner.Place) bool {
	return b.Place.Service == p.Service && b.Place.Endpoint == p.Endpoint &&
		b.Place.Bucket == p.Bucket && b.Place.StorageLocationID == p.StorageLocationID
}

// count counts a file version.
func (b *bucketState) count(a planner.Action, sizeBytes int64) {
	i := slices.IndexFunc(b.Actions, func(t planner.ActionTotal) bool { return t.Action == a })
	if i < 0 {
		i = len(b.Actions)
		b.Actions = append(b.Actions, planner.ActionTotal{Action: a})
	}
	b.Actions[i].Items++
	b.Actions[i].SizeBytes += sizeBytes
}

// reaching finds out where files lie, and looks at their objects.
type reaching struct {
	terms
	reader locationReader
	// buckets reaches them; nil reaches none.
	buckets SourceBuckets
	// destHead looks at what is to be registered; nil doesn't look.
	destHead planner.Examiner
	// met are the buckets and locations, in the order in which they were met.
	met []*bucketState
}

// bucket finds the bucket and location of a handle. Whose they are is asked
// when the first of their files is met.
func (r *reaching) bucket(
	ctx context.Context, entityID string, h *synapse.FileHandle,
) (*bucketState, error) {
	place := planner.PlaceOf(*h)
	for _, b := range r.met {
		if b.holds(place) {
			return b, nil
		}
	}
	b := &bucketState{Place: place}
	var err error
	if b.Facts, err = r.locate(ctx, entityID, place); err != nil {
		return nil, err
	}
	r.met = append(r.met, b)
	return b, nil
}

// locate asks whose a storage location is: its creator sees all of it,
// everybody else its kind alone.
func (r *reaching) locate(
	ctx context.Context, entityID string, place planner.Place,
) (choose.LocationFacts, error) {
	id, caller := place.StorageLocationID, r.facts.Caller.UserID
	if place.Service != planner.ServiceS3 || id == 0 || id == synapse.DefaultStorageLocationID {
		return choose.OwnerOf(place, nil, nil, caller), nil
	}
	l, err := r.reader.StorageLocation(ctx, id)
	if err == nil {
		return choose.OwnerOf(place, &l, nil, caller), nil
	}
	if absent(err) {
		var u synapse.UploadDestination
		if u, err = r.reader.LocationDestination(ctx, entityID, id); err == nil {
			return choose.OwnerOf(place, nil, &u, caller), nil
		}
	}
	var answer *synapse.Error
	if absent(err) || errors.As(err, &answer) && answer.Status == http.StatusBadRequest {
		return choose.OwnerOf(place, nil, nil, caller), nil
	}
	return choose.LocationFacts{}, fmt.Errorf("reading storage location %d: %w", id, err)
}

// reach finds out how the entry's bucket is reached, with its object as the
// sample.
func (r *reaching) reach(ctx context.Context, e *entry) error {
	facts := &e.bucket.Facts
	if !facts.Asked && r.buckets != nil {
		// It names the entity too, for credentials that Synapse hands out.
		sample := choose.SourceObject(e.facts, choose.FileDecision{Download: true})
		found, err := r.buckets.Reach(ctx, sample)
		if err != nil {
			return fmt.Errorf("finding out how s3://%s is reached: %w", sample.Bucket, err)
		}
		facts.Reach = atEndpoint(e.bucket.Place, found)
	}
	facts.Asked = true
	e.facts.Location = *facts
	return nil
}

// head looks at an entry's object. Where it is to be registered, that is
// done with the destination's credentials: they must reach it afterwards.
func (r *reaching) head(ctx context.Context, e *entry) error {
	o := choose.SourceObject(e.facts, choose.FileDecision{})
	var d planner.Detail
	var err error
	switch {
	case e.decision.Action != planner.ActionRegister:
		d, err = r.buckets.Head(ctx, o.Bucket, o.Key)
	case r.destHead == nil:
		e.facts.Head = choose.HeadUnable
		return nil
	default:
		d, err = r.destHead.Head(ctx, o.Bucket, o.Key)
	}
	e.facts.Head, err = choose.SortHead(ctx, o, err)
	if e.facts.Head == choose.HeadSeen {
		d.Bucket, d.Key = o.Bucket, o.Key
		e.facts.Detail = d
	}
	return err
}

// examine asks S3 about the objects of entries, each handle once, and
// chooses with the answers.
func (r *reaching) examine(ctx context.Context, entries []*entry) error {
	first := map[string]*entry{}
	for _, e := range entries {
		if e.decision.Examine && first[e.handleID()] == nil {
			first[e.handleID()] = e
		}
	}
	asked := func(e *entry) bool { return first[e.handleID()] == e }
	if err := r.each(ctx, entries, asked, r.head); err != nil {
		return err
	}
	for _, e := range entries {
		if e.decision.Examine {
			with := first[e.handleID()]
			e.facts.Head, e.facts.Detail = with.facts.Head, with.facts.Detail
			r.choose(e)
		}
	}
	return nil
}

// decisions are the rows of the report, in the order in which the
// buckets were met.
func (r *reaching) decisions() []planner.BucketDecision {
	var all []planner.BucketDecision
	for _, b := range r.met {
		d := choose.DecideBucket(b.Place, b.Facts, r.facts)
		d.Actions = slices.Clone(b.Actions)
		slices.SortFunc(d.Actions, func(x, y planner.ActionTotal) int {
			return x.Action.Rank() - y.Action.Rank()
		})
		if !slices.ContainsFunc(d.Actions, brought) {
			d.Why = ""
		}
		all = append(all, d)
	}
	return all
}

// brought reports whether files are brought to the destination at all, so
// that it matters which way.
func brought(t planner.ActionTotal) bool {
	key := t.Action.Traits().Key
	return key == planner.KeyMirrored || key == planner.KeySynapse
}
