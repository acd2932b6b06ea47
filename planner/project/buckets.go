package project

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"synapse-migrate/planner"
	"synapse-migrate/planner/choose"
	"synapse-migrate/planner/rules"
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

// bucket finds the bucket and location of a handle. Whose they are is asked
// when the first of their files is met.
func (p *Planner) bucket(
	ctx context.Context, entityID string, h *synapse.FileHandle,
) (*bucketState, error) {
	place := planner.PlaceOf(*h)
	for _, b := range p.state.Buckets {
		if b.holds(place) {
			return b, nil
		}
	}
	b := &bucketState{Place: place}
	var err error
	if b.Facts, err = p.locate(ctx, entityID, place); err != nil {
		return nil, err
	}
	p.state.Buckets = append(p.state.Buckets, b)
	return b, nil
}

// locate asks whose a storage location is: its creator sees all of it,
// everybody else its kind alone.
func (p *Planner) locate(
	ctx context.Context, entityID string, place planner.Place,
) (choose.LocationFacts, error) {
	id, caller := place.StorageLocationID, p.Facts.Caller.UserID
	if place.Service != planner.ServiceS3 || id == 0 || id == synapse.DefaultStorageLocationID {
		return choose.OwnerOf(place, nil, nil, caller), nil
	}
	l, err := p.Source.StorageLocation(ctx, id)
	if err == nil {
		return choose.OwnerOf(place, &l, nil, caller), nil
	}
	if absent(err) {
		var u synapse.UploadDestination
		if u, err = p.Source.LocationDestination(ctx, entityID, id); err == nil {
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
func (p *Planner) reach(ctx context.Context, e *entry) error {
	facts := &e.bucket.Facts
	if !facts.Asked && p.Buckets != nil {
		// It names the entity too, for credentials that Synapse hands out.
		sample := choose.SourceObject(e.facts, choose.FileDecision{Download: true})
		reach, err := p.Buckets.Reach(ctx, sample)
		if err != nil {
			return fmt.Errorf("finding out how s3://%s is reached: %w", sample.Bucket, err)
		}
		facts.Reach = atEndpoint(e.bucket.Place, reach)
	}
	facts.Asked = true
	e.facts.Location = *facts
	return nil
}

// head looks at an entry's object. Where it is to be registered, that is
// done with the destination's credentials: they must reach it afterwards.
func (p *Planner) head(ctx context.Context, e *entry) error {
	o := choose.SourceObject(e.facts, choose.FileDecision{})
	var d planner.Detail
	var err error
	switch {
	case e.decision.Action != planner.ActionRegister:
		d, err = p.Buckets.Head(ctx, o.Bucket, o.Key)
	case p.DestHead == nil:
		e.facts.Head = choose.HeadUnable
		return nil
	default:
		d, err = p.DestHead.Head(ctx, o.Bucket, o.Key)
	}
	e.facts.Head, err = choose.SortHead(ctx, o, err)
	if e.facts.Head == choose.HeadSeen {
		d.Bucket, d.Key = o.Bucket, o.Key
		e.facts.Detail = d
	}
	return err
}

// checkTaken looks whether the key that an object would be brought to holds
// other content, and decides what then.
func (p *Planner) checkTaken(ctx context.Context, e *entry) error {
	moved := e.decision.Action.Traits().Key == planner.KeyMirrored || e.decision.Mirror != ""
	if !moved || e.decision.Shares || p.DestHead == nil {
		return nil
	}
	d := p.Facts.Destination
	there, err := p.DestHead.Head(ctx, d.Bucket, e.decision.DestKey)
	answer, err := choose.SortHead(ctx, planner.Object{Bucket: d.Bucket, Key: e.decision.DestKey}, err)
	if err != nil || answer != choose.HeadSeen {
		return err
	}
	switch like := e.compare(there); {
	case like == planner.LikenessSame:
		return nil
	case like == planner.LikenessUnknown && p.Options.IfExists == planner.ExistsFail:
		e.compareObject = true
		e.decision.Note(rules.ContentCompared)
		return nil
	}
	switch p.Options.IfExists {
	case planner.ExistsSkip:
		e.decision = choose.FileDecision{Action: planner.ActionSkip, Rule: rules.ObjectsObjectKept}
	case planner.ExistsReplace:
		return p.overwrite(ctx, e, there)
	default:
		e.decision = choose.FileBlocked(rules.ObjectsObjectDiffers)
	}
	return nil
}

// compare tells whether an object at the destination is what the entry would
// bring there. The MD5 of its file handle is Synapse's word for what the entry
// would bring.
func (e *entry) compare(there planner.Detail) planner.Likeness {
	o := choose.SourceObject(e.facts, e.decision)
	source := planner.Content{Detail: planner.Detail{Object: o, PartsCount: -1}, MD5: e.decision.MD5}
	if e.facts.Head == choose.HeadSeen {
		source.Detail = e.facts.Detail
		source.Object = o
	}
	return planner.Compare(source, planner.Content{Detail: there}, false).Likeness
}

// bucketDecisions are the rows of the report, in the order in which the
// buckets were met.
func (p *Planner) bucketDecisions() []planner.BucketDecision {
	var all []planner.BucketDecision
	for _, b := range p.state.Buckets {
		d := choose.DecideBucket(b.Place, b.Facts, p.Facts)
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
