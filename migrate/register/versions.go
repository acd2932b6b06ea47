package register

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
	"synapse-migrate/synapse"
)

var (
	opUpdate   = effect.OnSynapse("update file entity")
	opVersion  = effect.OnSynapse("add version to file entity")
	opVersions = effect.OnSynapse("list versions")
	opAnnotate = effect.OnSynapse("annotate file entity")
)

// versions changes files that are there.
type versions struct {
	entities
	provenance *provenance
	// etags are those of files that were written a moment ago, by ID.
	etags *cache[string, string]
}

// add gives the file entity of an entry's predecessor, or the one that
// the plan replaces, one more version: one call, two when its annotations
// are others than those that the server carries over.
func (r versions) add(ctx context.Context, e *checkpoint.Entry, parent string) error {
	id, before, err := r.target(ctx, *e)
	if err != nil {
		return err
	}
	version := fileEntity(*e, parent)
	version.ID = id
	etag, err := r.ensure(ctx, *e, version, before)
	if err != nil {
		return err
	}
	var carried map[string]synapse.AnnotationValue
	if before != nil {
		carried = wantedAnnotations(before.Item)
	}
	if wanted := wantedAnnotations(e.Item); carried == nil || !sameAnnotations(carried, wanted) {
		if etag, err = r.setAnnotations(ctx, id, etag, wanted); err != nil {
			return err
		}
	}
	r.etags.put(id, etag)
	return r.Records.Finish(ctx, e, id, false)
}

// target is the entity that gets the version, and the entry whose
// version it has now; nil where the plan knows none.
func (r versions) target(
	ctx context.Context, e checkpoint.Entry,
) (id string, predecessor *checkpoint.Entry, err error) {
	if e.Follows == 0 {
		return e.ReplaceEntityID, nil, nil
	}
	before, err := r.Records.Waited(ctx, e.Follows)
	if err != nil {
		return "", nil, err
	}
	return before.EntityID, &before, nil
}

// ensure makes the version unless it is there, and returns the
// entity's etag. An etag that was written a moment ago is tried first; without
// one, and where it was stale or the answer was lost, the entity is read: its
// current version may be this one already. One that is neither this nor the
// predecessor's was made by somebody else, and nothing is put upon it.
func (r versions) ensure(
	ctx context.Context, e checkpoint.Entry, version synapse.Entity, before *checkpoint.Entry,
) (string, error) {
	version.Etag, _ = r.etags.get(version.ID)
	read := false
	for {
		if version.Etag == "" {
			now, err := r.entity(ctx, version.ID)
			switch {
			case err != nil:
				return "", err
			case now.ConcreteType != synapse.TypeFile:
				return "", conflict(opVersion, now, "is not a file")
			case isVersion(now, e):
				return now.Etag, nil
			case before != nil && now.DataFileHandleID != before.FileHandleID:
				return "", conflict(opVersion, now, "has another version now, which this run did not add")
			}
			version.Etag, read = now.Etag, true
		}
		made, err := r.put(ctx, e, version)
		if err == nil {
			return made.Etag, nil
		}
		if read || !maybeDone(err) {
			return "", err
		}
		version.Etag = ""
	}
}

// maybeDone reports whether an update is refused because something has
// changed, or may have happened without an answer.
func maybeDone(err error) bool {
	return errors.Is(err, synapse.ErrStale) || errors.Is(err, synapse.ErrUnknownOutcome)
}

// isVersion reports whether an entity's current version is the entry's. A
// file handle is one entry's alone unless it is shared; the label, unique
// among the versions, then tells them apart.
func isVersion(now synapse.Entity, e checkpoint.Entry) bool {
	return now.DataFileHandleID == e.FileHandleID &&
		(e.Shares == 0 || e.Origin.VersionLabel == "" || now.VersionLabel == e.Origin.VersionLabel)
}

// put makes the version. A label that another version of the entity
// has already is left out: the server then makes one.
func (r versions) put(
	ctx context.Context, e checkpoint.Entry, version synapse.Entity,
) (synapse.Entity, error) {
	activity, err := r.provenance.generatedBy(ctx, e)
	if err != nil {
		return version, err
	}
	if e.ReplaceEntityID != "" && isNumber(version.VersionLabel) {
		version.VersionLabel = "" // most likely a version there has the same
	}
	update := func(ctx context.Context) (synapse.Entity, error) {
		return r.Synapse.UpdateEntityWith(ctx, version,
			synapse.WriteOptions{NewVersion: true, GeneratedBy: activity})
	}
	made, err := effect.Call(ctx, r.Effects, opVersion, update)
	var refused *synapse.Error
	if version.VersionLabel == "" || !errors.As(err, &refused) ||
		refused.Status != http.StatusBadRequest {
		return made, err
	}
	taken, look := r.labelTaken(ctx, version.ID, version.VersionLabel)
	if look != nil || !taken {
		return made, err
	}
	version.VersionLabel = ""
	return effect.Call(ctx, r.Effects, opVersion, update)
}

// isNumber reports whether a label is like those that the server makes.
func isNumber(label string) bool {
	_, err := strconv.ParseInt(label, 10, 64)
	return err == nil
}

// versionsPage is how many versions are asked for at once.
const versionsPage = 50

// labelTaken looks for a label among an entity's versions. Letter case
// doesn't matter (3.4 of the server's rules: NodeDAOImpl, October 2024
// snapshot).
func (r versions) labelTaken(ctx context.Context, id, label string) (bool, error) {
	for offset := 0; ; {
		page, err := effect.Call(ctx, r.Effects, opVersions, func(ctx context.Context) (synapse.Versions, error) {
			return r.Synapse.Versions(ctx, id, offset, versionsPage)
		})
		if err != nil {
			return false, err
		}
		if slices.ContainsFunc(page.Results, func(v synapse.VersionInfo) bool {
			return strings.EqualFold(v.VersionLabel, label)
		}) {
			return true, nil
		}
		seen := int64(offset + len(page.Results))
		if len(page.Results) < versionsPage && seen >= page.TotalResults {
			return false, nil
		}
		if len(page.Results) == 0 {
			return false, effect.Fail(opVersions, fmt.Errorf("%w: a page without versions, with %d of %d read",
				synapse.ErrNotSynapse, seen, page.TotalResults))
		}
		offset += len(page.Results)
	}
}

// setAnnotations replaces the annotations of an entity's current version, and
// returns its etag. Doing it again changes nothing.
func (r versions) setAnnotations(
	ctx context.Context, id, etag string, wanted map[string]synapse.AnnotationValue,
) (string, error) {
	if wanted == nil {
		wanted = map[string]synapse.AnnotationValue{}
	}
	set := synapse.Annotations{ID: id, Etag: etag, Annotations: wanted}
	got, err := effect.Call(ctx, r.Effects, opAnnotate, func(ctx context.Context) (synapse.Annotations, error) {
		return r.Synapse.UpdateAnnotations(ctx, set)
	})
	return got.Etag, err
}

// sameAnnotations reports whether two sets are equal: keys, types and values
// in their order.
func sameAnnotations(a, b map[string]synapse.AnnotationValue) bool {
	return maps.EqualFunc(a, b, func(a, b synapse.AnnotationValue) bool {
		return a.Type == b.Type && slices.Equal(a.Value, b.Value)
	})
}
