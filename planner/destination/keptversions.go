package destination

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

// versionReader reads the versions of files of the destination.
type versionReader interface {
	AllVersions(ctx context.Context, id string) ([]synapse.VersionInfo, error)
	VersionBundle(
		ctx context.Context, id string, version int64, r synapse.BundleRequest,
	) (synapse.Bundle, error)
}

// VersionSeen is a version of a file, as far as the caller may see it.
type VersionSeen struct {
	number int64
	// handle is nil where it can't be seen.
	handle *synapse.FileHandle
}

// SeeVersions looks at the versions of a file that may point to an object of
// that size, the oldest first. The current one is known; a file without
// others takes no call.
func SeeVersions(
	ctx context.Context, from versionReader, current synapse.Bundle, sizeBytes int64,
) ([]VersionSeen, error) {
	file := current.Entity
	if file == nil {
		return nil, nil
	}
	seen := []VersionSeen{{file.VersionNumber, planner.DataHandle(current)}}
	if file.VersionNumber <= 1 {
		return seen, nil
	}
	all, err := from.AllVersions(ctx, file.ID)
	if err != nil {
		return nil, err
	}
	size := strconv.FormatInt(sizeBytes, 10)
	for _, v := range all {
		if v.VersionNumber == file.VersionNumber || v.ContentSize != "" && v.ContentSize != size {
			continue
		}
		b, err := from.VersionBundle(ctx, file.ID, v.VersionNumber,
			synapse.BundleRequest{IncludeEntity: true, IncludeFileHandles: true})
		switch {
		case errors.Is(err, synapse.ErrNotFound):
			continue
		case err != nil:
			return nil, fmt.Errorf("reading version %d of %s: %w", v.VersionNumber, file.ID, err)
		}
		seen = append(seen, VersionSeen{v.VersionNumber, planner.DataHandle(b)})
	}
	slices.SortFunc(seen, func(a, b VersionSeen) int { return cmp.Compare(a.number, b.number) })
	return seen, nil
}

// Obstacle is an object that would be overwritten.
type Obstacle struct {
	Object planner.Object
	// MD5 is proven, in lower case; empty where nothing proves one.
	MD5 string
}

// judge tells whether a version points to the object, and otherwise the rule
// by which it doesn't let it be overwritten; rules.ObjectsVersionChanged where it
// has recorded other content than lies there. The first that points to it
// tells its MD5, if nothing has before.
func (w *Obstacle) judge(h *synapse.FileHandle, bucket string) (points bool, rule planner.RuleID) {
	switch {
	case h == nil:
		return false, rules.ObjectsVersionUnseen
	case !planner.PointsTo(*h, bucket, w.Object.Key):
		return false, ""
	case h.ContentSize != nil && *h.ContentSize != w.Object.SizeBytes:
		return false, rules.ObjectsVersionChanged
	}
	sum, ok := planner.MD5Hex(h.ContentMD5)
	if !ok {
		return false, rules.ObjectsVersionWithoutMD5
	}
	w.MD5 = cmp.Or(w.MD5, sum)
	if sum != w.MD5 {
		return false, rules.ObjectsVersionChanged
	}
	return true, ""
}

// KeepVersions decides what is kept of a file whose versions were seen, or
// which rule forbids to overwrite the object. Nil and no rule: none of them
// points to it. The first that does tells the object's MD5, where nothing has
// proven one. Those that recorded other content than the object has were
// lost earlier, and are left as they are beside one that is kept.
func KeepVersions(
	fileID string, seen []VersionSeen, way *Obstacle, to planner.Destination, l planner.Limits,
) (*planner.Kept, planner.RuleID) {
	kept := &planner.Kept{EntityID: fileID, ETag: way.Object.ETag, SizeBytes: way.Object.SizeBytes}
	changed := false
	for _, v := range slices.Backward(seen) { // the newest tells what lies there
		points, rule := way.judge(v.handle, to.Bucket)
		switch {
		case rule == rules.ObjectsVersionChanged:
			changed = true
		case rule != "":
			return nil, rule
		case points:
			kept.Versions = append(kept.Versions, planner.KeptVersion{Number: v.number, FileHandleID: v.handle.ID})
		}
	}
	switch {
	case len(kept.Versions) == 0 && changed:
		return nil, rules.ObjectsVersionChanged
	case len(kept.Versions) == 0:
		return nil, ""
	}
	kept.Key = keptKey(way.Object.Key, to.BaseKey, fileID, kept.Versions[0].Number)
	slices.Reverse(kept.Versions)
	return kept, rules.CheckKey(kept.Key, l)
}

// keptKey is where an object is copied to before it is overwritten. The
// entity and the version make it unlike any key of a source's older versions
// (MirroredKey), whose numbers are the source's.
func keptKey(key, baseKey, fileID string, version int64) string {
	path, _ := planner.Below(key, baseKey)
	return planner.UnderBase(baseKey, fmt.Sprintf("%s/%s/%s.%d", planner.VersionsFolder, path, fileID, version))
}
