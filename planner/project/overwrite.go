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

// overwrite has the object at an entry's key overwritten, where that is
// allowed, once the versions of the replaced file that point to it are kept.
func (p *Planner) overwrite(ctx context.Context, e *entry, there planner.Detail) error {
	may, err := p.mayOverwrite(ctx, e, there)
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
	seen, err := destination.SeeVersions(ctx, p.Source, e.c.there, there.SizeBytes)
	if err != nil {
		return fmt.Errorf("looking at the versions of %s: %w", e.c.at.ID, err)
	}
	there.Key = e.decision.DestKey
	sum, _ := planner.KnownMD5(there, "")
	kept, rule := destination.KeepVersions(e.c.at.ID, seen, &destination.Obstacle{Object: there.Object, Md5: sum},
		p.Facts.Destination, p.Options.Limits)
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
func (p *Planner) mayOverwrite(ctx context.Context, e *entry, there planner.Detail) (bool, error) {
	sum := p.sumAt(e, there)
	if sum == "" {
		return false, nil
	}
	replaced := ""
	if e.current && e.c.at != nil {
		replaced = e.c.at.ID
	}
	used, err := destination.InUse(ctx, p.Source, destination.Obstacle{Object: planner.Object{
		Bucket: p.Facts.Destination.Bucket, Key: e.decision.DestKey,
	}, Md5: sum}, replaced)
	return !used, err
}

// sumAt is the MD5 of the object at an entry's key, in lower case: the word of
// the file that is replaced, if that is its object, or what S3 proves. It is
// empty where neither tells.
func (p *Planner) sumAt(e *entry, there planner.Detail) string {
	if h := planner.DataHandle(e.c.there); h != nil && p.atKey(h, e.decision.DestKey) {
		if sum, ok := planner.MD5Hex(h.ContentMD5); ok {
			return sum
		}
	}
	sum, _ := planner.KnownMD5(there, "")
	return sum
}

// atKey reports whether a file handle names that key of the destination's
// bucket.
func (p *Planner) atKey(h *synapse.FileHandle, key string) bool {
	return planner.PointsTo(*h, p.Facts.Destination.Bucket, key)
}
