package planner

import (
	"context"
	"fmt"

	"synapse-migrate/synapse"
)

// overwrite has the object at an entry's key overwritten, where that is
// allowed, once the versions of the replaced file that point to it are kept.
func (p *Project) overwrite(ctx context.Context, e *entry, there Detail) error {
	may, err := p.mayOverwrite(ctx, e, there)
	switch {
	case err != nil:
		return err
	case !may:
		e.decision = fileBlocked(RuleObjectsObjectInUse)
		return nil
	}
	e.replaceObject = true
	if !e.current || e.c.there.Entity == nil {
		e.decision.note(RuleObjectsObjectReplaced)
		return nil
	}
	seen, err := seeVersions(ctx, p.Source, e.c.there, there.SizeBytes)
	if err != nil {
		return fmt.Errorf("looking at the versions of %s: %w", e.c.at.ID, err)
	}
	there.Key = e.decision.DestKey
	sum, _ := knownMD5(there, "")
	kept, rule := keepVersions(e.c.at.ID, seen, &inTheWay{there.Object, sum},
		p.Facts.Destination, p.Options.Limits)
	switch {
	case rule != "":
		e.decision, e.replaceObject = fileBlocked(rule), false
	case kept == nil:
		e.decision.note(RuleObjectsObjectReplaced)
	default:
		e.decision.Kept = kept
	}
	return nil
}

// mayOverwrite reports whether the object that lies at an entry's key may be
// overwritten: no file refers to it but the one that gets the new version. One
// of which the MD5 is not known isn't overwritten.
func (p *Project) mayOverwrite(ctx context.Context, e *entry, there Detail) (bool, error) {
	sum := p.sumAt(e, there)
	if sum == "" {
		return false, nil
	}
	replaced := ""
	if e.current && e.c.at != nil {
		replaced = e.c.at.ID
	}
	used, err := inUse(ctx, p.Source, inTheWay{Object{
		Bucket: p.Facts.Destination.Bucket, Key: e.decision.DestKey,
	}, sum}, replaced)
	return !used, err
}

// sumAt is the MD5 of the object at an entry's key, in lower case: the word of
// the file that is replaced, if that is its object, or what S3 proves. It is
// empty where neither tells.
func (p *Project) sumAt(e *entry, there Detail) string {
	if h := dataHandle(e.c.there); h != nil && p.atKey(h, e.decision.DestKey) {
		if sum, ok := md5Hex(h.ContentMD5); ok {
			return sum
		}
	}
	sum, _ := knownMD5(there, "")
	return sum
}

// atKey reports whether a file handle names that key of the destination's
// bucket.
func (p *Project) atKey(h *synapse.FileHandle, key string) bool {
	return pointsTo(*h, p.Facts.Destination.Bucket, key)
}
