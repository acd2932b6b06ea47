package planner

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"synapse-migrate/synapse"
)

// bucketState is what planning knows of a bucket and storage location that
// files lie in.
type bucketState struct {
	// Place is that of the first file met there.
	Place Place         `json:"place"`
	Facts LocationFacts `json:"facts"`
	// Actions count what is done with its files.
	Actions []ActionTotal `json:"actions,omitempty"`
}

// holds reports whether an object belongs to the bucket and location.
func (b *bucketState) holds(p Place) bool {
	return b.Place.Service == p.Service && b.Place.Endpoint == p.Endpoint &&
		b.Place.Bucket == p.Bucket && b.Place.StorageLocationID == p.StorageLocationID
}

// count counts a file version.
func (b *bucketState) count(a Action, sizeBytes int64) {
	i := slices.IndexFunc(b.Actions, func(t ActionTotal) bool { return t.Action == a })
	if i < 0 {
		i = len(b.Actions)
		b.Actions = append(b.Actions, ActionTotal{Action: a})
	}
	b.Actions[i].Items++
	b.Actions[i].SizeBytes += sizeBytes
}

// bucket finds the bucket and location of a handle. Whose they are is asked
// when the first of their files is met.
func (p *Project) bucket(
	ctx context.Context, entityID string, h *synapse.FileHandle,
) (*bucketState, error) {
	place := PlaceOf(*h)
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
func (p *Project) locate(
	ctx context.Context, entityID string, place Place,
) (LocationFacts, error) {
	id, caller := place.StorageLocationID, p.Facts.Caller.UserID
	if place.Service != ServiceS3 || id == 0 || id == synapse.DefaultStorageLocationID {
		return OwnerOf(place, nil, nil, caller), nil
	}
	l, err := p.Source.StorageLocation(ctx, id)
	if err == nil {
		return OwnerOf(place, &l, nil, caller), nil
	}
	if absent(err) {
		var u synapse.UploadDestination
		if u, err = p.Source.LocationDestination(ctx, entityID, id); err == nil {
			return OwnerOf(place, nil, &u, caller), nil
		}
	}
	var answer *synapse.Error
	if absent(err) || errors.As(err, &answer) && answer.Status == http.StatusBadRequest {
		return OwnerOf(place, nil, nil, caller), nil
	}
	return LocationFacts{}, fmt.Errorf("reading storage location %d: %w", id, err)
}

// reach finds out how the entry's bucket is reached, with its object as the
// sample.
func (p *Project) reach(ctx context.Context, e *entry) error {
	facts := &e.bucket.Facts
	if !facts.Asked && p.Buckets != nil {
		// It names the entity too, for credentials that Synapse hands out.
		sample := SourceObject(e.facts, FileDecision{Download: true})
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
func (p *Project) head(ctx context.Context, e *entry) error {
	o := SourceObject(e.facts, FileDecision{})
	var d Detail
	var err error
	switch {
	case e.decision.Action != ActionRegister:
		d, err = p.Buckets.Head(ctx, o.Bucket, o.Key)
	case p.DestHead == nil:
		e.facts.Head = HeadUnable
		return nil
	default:
		d, err = p.DestHead.Head(ctx, o.Bucket, o.Key)
	}
	e.facts.Head, err = headAnswer(ctx, o, err)
	if e.facts.Head == HeadSeen {
		d.Bucket, d.Key = o.Bucket, o.Key
		e.facts.Detail = d
	}
	return err
}

// checkTaken looks whether the key that an object would be brought to holds
// other content, and decides what then.
func (p *Project) checkTaken(ctx context.Context, e *entry) error {
	moved := e.decision.Action == ActionCopy || e.decision.Action == ActionStream ||
		e.decision.Mirror != ""
	if !moved || e.decision.Shares || p.DestHead == nil {
		return nil
	}
	d := p.Facts.Destination
	there, err := p.DestHead.Head(ctx, d.Bucket, e.decision.DestKey)
	answer, err := headAnswer(ctx, Object{Bucket: d.Bucket, Key: e.decision.DestKey}, err)
	if err != nil || answer != HeadSeen {
		return err
	}
	switch like := e.compare(there); {
	case like == LikenessSame:
		return nil
	case like == LikenessUnknown && p.Options.IfExists == ExistsFail:
		e.compareObject = true
		e.decision.note(RuleContentCompared)
		return nil
	}
	switch p.Options.IfExists {
	case ExistsSkip:
		e.decision = FileDecision{Action: ActionSkip, Rule: RuleObjectsObjectKept}
	case ExistsReplace:
		return p.overwrite(ctx, e, there)
	default:
		e.decision = fileBlocked(RuleObjectsObjectDiffers)
	}
	return nil
}

// compare tells whether an object at the destination is what the entry would
// bring there. The MD5 of its file handle is Synapse's word for what the entry
// would bring.
func (e *entry) compare(there Detail) Likeness {
	o := SourceObject(e.facts, e.decision)
	source := Content{Detail: Detail{Object: o, PartsCount: -1}, MD5: e.decision.MD5}
	if e.facts.Head == HeadSeen {
		source.Detail = e.facts.Detail
		source.Object = o
	}
	return Compare(source, Content{Detail: there}, false).Likeness
}

// bucketDecisions are the rows of the report, in the order in which the
// buckets were met.
func (p *Project) bucketDecisions() []BucketDecision {
	var all []BucketDecision
	for _, b := range p.state.Buckets {
		d := DecideBucket(b.Place, b.Facts, p.Facts)
		d.Actions = slices.Clone(b.Actions)
		slices.SortFunc(d.Actions, func(x, y ActionTotal) int {
			return slices.Index(actionOrder, x.Action) - slices.Index(actionOrder, y.Action)
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
func brought(t ActionTotal) bool {
	switch t.Action {
	case ActionCopy, ActionSynapseCopy, ActionStream, ActionUpload:
		return true
	}
	return false
}

// actionOrder is the order of reports: the cheapest first.
var actionOrder = []Action{
	ActionReuse, ActionRegister, ActionCopy, ActionSynapseCopy, ActionStream,
	ActionUpload, ActionSkip, ActionBlock,
}
