package project

import (
	"context"
	"fmt"

	"synapse-migrate/planner"
	"synapse-migrate/planner/choose"
	"synapse-migrate/planner/destination"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

// settlement decides about versions beside what the destination holds.
type settlement struct {
	terms
	reader Reader
	// destHead looks at keys of the destination's bucket; nil doesn't look.
	destHead planner.Examiner
}

// checkTaken looks whether the key that an object would be brought to holds
// other content, and decides what then.
func (s settlement) checkTaken(ctx context.Context, e *entry) error {
	moved := e.decision.Action.Traits().Key == planner.KeyMirrored || e.decision.Mirror != ""
	if !moved || e.decision.Shares || s.destHead == nil {
		return nil
	}
	d := s.facts.Destination
	there, err := s.destHead.Head(ctx, d.Bucket, e.decision.DestKey)
	answer, err := choose.SortHead(ctx, planner.Object{Bucket: d.Bucket, Key: e.decision.DestKey}, err)
	if err != nil || answer != choose.HeadSeen {
		return err
	}
	switch like := e.compare(there); {
	case like == planner.LikenessSame:
		return nil
	case like == planner.LikenessUnknown && s.options.IfExists == planner.ExistsFail:
		e.compareObject = true
		e.decision.Note(rules.ContentCompared)
		return nil
	}
	switch s.options.IfExists {
	case planner.ExistsSkip:
		e.decision = choose.FileDecision{Action: planner.ActionSkip, Rule: rules.ObjectsObjectKept}
	case planner.ExistsReplace:
		return s.overwrite(ctx, e, there)
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

// overwrite has the object at an entry's key overwritten, where that is
// allowed, once the versions of the replaced file that point to it are kept.
func (s settlement) overwrite(ctx context.Context, e *entry, there planner.Detail) error {
	may, err := s.mayOverwrite(ctx, e, there)
	switch {
	case err != nil:
		return err
	case !may:
		e.decision = choose.FileBlocked(rules.ObjectsObjectInUse)
		return nil
	}
	e.replaceObject = true
	if !e.current || e.c.there.Entity == nil {
		e.decision.Note(rules.ObjectsObjectReplaced)
		return nil
	}
	seen, err := destination.SeeVersions(ctx, s.reader, e.c.there, there.SizeBytes)
	if err != nil {
		return fmt.Errorf("looking at the versions of %s: %w", e.c.at.ID, err)
	}
	there.Key = e.decision.DestKey
	sum, _ := planner.KnownMD5(there, "")
	kept, rule := destination.KeepVersions(e.c.at.ID, seen, &destination.Obstacle{Object: there.Object, MD5: sum},
		s.facts.Destination, s.options.Limits)
	switch {
	case rule != "":
		e.decision, e.replaceObject = choose.FileBlocked(rule), false
	case kept == nil:
		e.decision.Note(rules.ObjectsObjectReplaced)
	default:
		e.decision.Kept = kept
	}
	return nil
}

// mayOverwrite reports whether the object that lies at an entry's key may be
// overwritten: no file refers to it but the one that gets the new version. One
// of which the MD5 is not known isn't overwritten.
func (s settlement) mayOverwrite(ctx context.Context, e *entry, there planner.Detail) (bool, error) {
	sum := s.sumAt(e, there)
	if sum == "" {
		return false, nil
	}
	replaced := ""
	if e.current && e.c.at != nil {
		replaced = e.c.at.ID
	}
	used, err := destination.InUse(ctx, s.reader, destination.Obstacle{Object: planner.Object{
		Bucket: s.facts.Destination.Bucket, Key: e.decision.DestKey,
	}, MD5: sum}, replaced)
	return !used, err
}

// sumAt is the MD5 of the object at an entry's key, in lower case: the word of
// the file that is replaced, if that is its object, or what S3 proves. It is
// empty where neither tells.
func (s settlement) sumAt(e *entry, there planner.Detail) string {
	if h := planner.DataHandle(e.c.there); h != nil && s.atKey(h, e.decision.DestKey) {
		if sum, ok := planner.MD5Hex(h.ContentMD5); ok {
			return sum
		}
	}
	sum, _ := planner.KnownMD5(there, "")
	return sum
}

// atKey reports whether a file handle names that key of the destination's
// bucket.
func (s settlement) atKey(h *synapse.FileHandle, key string) bool {
	return planner.PointsTo(*h, s.facts.Destination.Bucket, key)
}
