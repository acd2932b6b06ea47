package planner

import (
	"context"
	"errors"
	"fmt"
	"strings"

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
	kept, rule := keepVersions(e.c.at.ID, seen, inTheWay{there.Object, sum},
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
// overwritten: no file refers to it but the one that gets the new version.
// Files that the caller can't see aren't found; an object of which the MD5 is
// not known, or is that of too many files, isn't overwritten.
func (p *Project) mayOverwrite(ctx context.Context, e *entry, there Detail) (bool, error) {
	sum := p.sumAt(e, there)
	if sum == "" {
		return false, nil
	}
	for _, text := range []string{sum, strings.ToUpper(sum)} { // as whoever made it wrote it
		headers, err := p.Source.EntitiesWithMD5(ctx, text)
		if err != nil {
			return false, fmt.Errorf("looking for files with the MD5 %s: %w", text, err)
		}
		if len(headers) >= synapse.MaxEntitiesWithMD5 {
			return false, nil
		}
		for _, h := range headers {
			if e.current && e.c.at != nil && h.ID == e.c.at.ID {
				continue
			}
			if refers, err := p.refers(ctx, h.ID, text, e.decision.DestKey); err != nil || refers {
				return false, err
			}
		}
	}
	return true, nil
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
	place := PlaceOf(*h)
	return place.Service == ServiceS3 && place.Bucket == p.Facts.Destination.Bucket &&
		place.Key == key
}

// refers reports whether any version of a file with that MD5 lies at a key of
// the destination's bucket, or may do so.
func (p *Project) refers(ctx context.Context, id, md5, key string) (bool, error) {
	versions, err := p.Source.AllVersions(ctx, id)
	switch {
	case errors.Is(err, synapse.ErrNotFound):
		return false, nil
	case err != nil:
		return false, err
	}
	for _, v := range versions {
		if v.ContentMD5 != md5 {
			continue
		}
		b, err := p.Source.VersionBundle(ctx, id, v.VersionNumber,
			synapse.BundleRequest{IncludeEntity: true, IncludeFileHandles: true})
		switch {
		case errors.Is(err, synapse.ErrNotFound):
			continue
		case err != nil:
			return false, fmt.Errorf("reading version %d of %s: %w", v.VersionNumber, id, err)
		}
		if h := dataHandle(b); h == nil || p.atKey(h, key) {
			return true, nil
		}
	}
	return false, nil
}
