package planner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"synapse-migrate/synapse"
)

// Kept are the versions of a file in the destination that point to the object
// which an item overwrites. Before that is done, the object is copied to a key
// of its own, and they are re-pointed there.
type Kept struct {
	// EntityID is the file's.
	EntityID string `json:"entityId"`
	// Versions are those that point to the object, the oldest first.
	Versions []KeptVersion `json:"versions"`
	// Key is where the object is copied to, in the destination's bucket.
	Key string `json:"key"`
	// ETag and SizeBytes are the object's when it was planned.
	ETag      string `json:"etag"`
	SizeBytes int64  `json:"sizeBytes"`
}

// KeptVersion is one version of a file.
type KeptVersion struct {
	Number int64 `json:"number"`
	// FileHandleID is the version's when it was planned.
	FileHandleID string `json:"fileHandleId"`
}

// versionReader reads the versions of files of the destination.
type versionReader interface {
	AllVersions(ctx context.Context, id string) ([]synapse.VersionInfo, error)
	VersionBundle(
		ctx context.Context, id string, version int64, r synapse.BundleRequest,
	) (synapse.Bundle, error)
}

// versionSeen is a version of a file, as far as the caller may see it.
type versionSeen struct {
	number int64
	// handle is nil where it can't be seen.
	handle *synapse.FileHandle
}

// seeVersions looks at the versions of a file that may point to an object of
// that size, the oldest first. The current one is known; a file without
// others takes no call.
func seeVersions(
	ctx context.Context, from versionReader, current synapse.Bundle, sizeBytes int64,
) ([]versionSeen, error) {
	file := current.Entity
	if file == nil {
		return nil, nil
	}
	seen := []versionSeen{{file.VersionNumber, dataHandle(current)}}
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
		seen = append(seen, versionSeen{v.VersionNumber, dataHandle(b)})
	}
	slices.SortFunc(seen, func(a, b versionSeen) int { return cmp.Compare(a.number, b.number) })
	return seen, nil
}

// inTheWay is an object that would be overwritten.
type inTheWay struct {
	object Object
	// md5 is proven, in lower case; empty where nothing proves one.
	md5 string
}

// judge tells whether a version points to the object, and otherwise the rule
// by which it doesn't let it be overwritten; RuleObjectsVersionChanged where it
// has recorded other content than lies there. The first that points to it
// tells its MD5, if nothing has before.
func (w *inTheWay) judge(h *synapse.FileHandle, bucket string) (points bool, rule RuleID) {
	switch {
	case h == nil:
		return false, RuleObjectsVersionUnseen
	case !pointsTo(*h, bucket, w.object.Key):
		return false, ""
	case h.ContentSize != nil && *h.ContentSize != w.object.SizeBytes:
		return false, RuleObjectsVersionChanged
	}
	sum, ok := md5Hex(h.ContentMD5)
	if !ok {
		return false, RuleObjectsVersionWithoutMD5
	}
	w.md5 = cmp.Or(w.md5, sum)
	if sum != w.md5 {
		return false, RuleObjectsVersionChanged
	}
	return true, ""
}

// keepVersions decides what is kept of a file whose versions were seen, or
// which rule forbids to overwrite the object. Nil and no rule: none of them
// points to it. The first that does tells the object's MD5, where nothing has
// proven one. Those that recorded other content than the object has were
// lost earlier, and are left as they are beside one that is kept.
func keepVersions(
	fileID string, seen []versionSeen, way *inTheWay, to Destination, l Limits,
) (*Kept, RuleID) {
	kept := &Kept{EntityID: fileID, ETag: way.object.ETag, SizeBytes: way.object.SizeBytes}
	changed := false
	for _, v := range slices.Backward(seen) { // the newest tells what lies there
		points, rule := way.judge(v.handle, to.Bucket)
		switch {
		case rule == RuleObjectsVersionChanged:
			changed = true
		case rule != "":
			return nil, rule
		case points:
			kept.Versions = append(kept.Versions, KeptVersion{v.number, v.handle.ID})
		}
	}
	switch {
	case len(kept.Versions) == 0 && changed:
		return nil, RuleObjectsVersionChanged
	case len(kept.Versions) == 0:
		return nil, ""
	}
	kept.Key = keptKey(way.object.Key, to.BaseKey, fileID, kept.Versions[0].Number)
	slices.Reverse(kept.Versions)
	return kept, checkKey(kept.Key, l)
}

// pointsTo reports whether a file handle names that object.
func pointsTo(h synapse.FileHandle, bucket, key string) bool {
	place := PlaceOf(h)
	return place.Service == ServiceS3 && place.Bucket == bucket && place.Key == key
}

// keptKey is where an object is copied to before it is overwritten. The
// entity and the version make it unlike any key of a source's older versions
// (MirroredKey), whose numbers are the source's.
func keptKey(key, baseKey, fileID string, version int64) string {
	path, _ := below(key, baseKey)
	return underBase(baseKey, fmt.Sprintf("%s/%s/%s.%d", versionsFolder, path, fileID, version))
}

// handles is how many file handles the versions have.
func (k Kept) handles() int64 {
	ids := map[string]bool{}
	for _, v := range k.Versions {
		ids[v.FileHandleID] = true
	}
	return int64(len(ids))
}

// keptCost is what it takes to keep versions: one call to look at each, one
// for each file handle that is made, one to re-point each version, and one to
// read a file again whose etag that has changed; in S3, a copy.
func keptCost(i Item, o Options, aws bool) (synapseCalls, s3Calls int64) {
	if i.Kept == nil {
		return 0, 0
	}
	synapseCalls = 2*int64(len(i.Kept.Versions)) + i.Kept.handles()
	if i.Follows != 0 {
		synapseCalls++
	}
	_, whole := md5Hex(strings.ToLower(i.Kept.ETag))
	return synapseCalls, copyCalls(i.Kept.SizeBytes, whole, o, aws)
}

// replacesInPlace reports whether a file points to the very object that is to
// be its new version: that was overwritten since.
func replacesInPlace(there synapse.Bundle, o Object) bool {
	h := dataHandle(there)
	return h != nil && pointsTo(*h, o.Bucket, o.Key)
}
