package destination

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// usageReader finds the files that refer to an object.
type usageReader interface {
	versionReader
	// EntitiesWithMD5 are those of which any version has that MD5.
	EntitiesWithMD5(ctx context.Context, md5 string) ([]synapse.EntityHeader, error)
}

// InUse reports whether a file other than the one that is replaced refers to
// an object whose MD5 is known, or may do so: that of too many files, or one
// that a file has whose handle can't be seen. Files that the caller can't see
// at all aren't found.
func InUse(
	ctx context.Context, from usageReader, way Obstacle, replacedID string,
) (bool, error) {
	for _, text := range []string{way.MD5, strings.ToUpper(way.MD5)} { // as whoever made it wrote it
		headers, err := from.EntitiesWithMD5(ctx, text)
		if err != nil {
			return false, fmt.Errorf("looking for files with the MD5 %s: %w", text, err)
		}
		if len(headers) >= synapse.MaxEntitiesWithMD5 {
			return true, nil
		}
		for _, h := range headers {
			if h.ID == replacedID {
				continue
			}
			if refers, err := refersTo(ctx, from, h.ID, text, way.Object); err != nil || refers {
				return refers, err
			}
		}
	}
	return false, nil
}

// refersTo reports whether any version of a file with that MD5 points to an
// object, or may do so.
func refersTo(ctx context.Context, from usageReader, id, md5 string, o planner.Object) (bool, error) {
	versions, err := from.AllVersions(ctx, id)
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
		b, err := from.VersionBundle(ctx, id, v.VersionNumber,
			synapse.BundleRequest{IncludeEntity: true, IncludeFileHandles: true})
		switch {
		case errors.Is(err, synapse.ErrNotFound):
			continue
		case err != nil:
			return false, fmt.Errorf("reading version %d of %s: %w", v.VersionNumber, id, err)
		}
		if h := planner.DataHandle(b); h == nil || planner.PointsTo(*h, o.Bucket, o.Key) {
			return true, nil
		}
	}
	return false, nil
}

// ReplacesInPlace reports whether a file points to the very object that is to
// be its new version: that was overwritten since.
func ReplacesInPlace(there synapse.Bundle, o planner.Object) bool {
	h := planner.DataHandle(there)
	return h != nil && planner.PointsTo(*h, o.Bucket, o.Key)
}
