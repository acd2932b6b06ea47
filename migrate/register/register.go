// Package register makes file handles, entities, versions and folders in
// Synapse: metadata, no bytes.
//
// What may have happened without an answer is looked up before it is repeated:
// an entity by its name in its parent, a version by its file handle and label, a
// relocation by the parent. A file handle and an activity have no look-up:
// making one again leaves a record behind that nothing refers to.
package register

import (
	"context"
	"errors"
	"fmt"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// Records is the run file, as far as registering needs it. Its errors wrap
// effect.ErrRunFile.
type Records interface {
	// Advance records the entry's next state, and only then lets e be it.
	Advance(ctx context.Context, e *checkpoint.Entry, next checkpoint.Entry) error
	// Finish records and reports that an entry is done.
	Finish(ctx context.Context, e *checkpoint.Entry, entityID string, adopted bool) error
	// Waited returns an item that another waited for, which must be done:
	// effect.ErrWaited.
	Waited(ctx context.Context, id int64) (checkpoint.Entry, error)
	// Folder returns a folder of the plan, its EntityID empty while there is
	// none; RecordFolder stores that.
	Folder(ctx context.Context, id int64) (planner.Folder, error)
	RecordFolder(ctx context.Context, id int64, entityID string) error
}

// Checker looks at objects of the source.
type Checker interface {
	// Unchanged asks whether an object still has the ETag and the size of
	// the plan: transfer.ErrChanged, transfer.ErrNotFound. It reads no data,
	// and doesn't wait behind transfers.
	Unchanged(ctx context.Context, o planner.Object) error
}

// Deps are what the types of this package work with.
type Deps struct {
	Effects *effect.Effects
	Synapse Synapse
	Records Records
	Source  Checker
	To      planner.Destination
	// Project is the source, nil for others.
	Project *planner.ProjectSource
	// NoPreviews registers in such a way that Synapse makes no previews.
	NoPreviews bool
	// FolderMade is told of each folder that was created.
	FolderMade func()
}

// mode is what becomes of the source's entities; copy for other sources than
// projects.
func (d Deps) mode() planner.Mode {
	if d.Project == nil {
		return planner.ModeCopy
	}
	return d.Project.Mode
}

// Registrar brings items to their entities. It is safe for concurrent use.
type Registrar struct {
	// Folders are those of the plan.
	Folders *Folders

	deps       Deps
	entities   entities
	handles    handles
	files      files
	versions   versions
	relocation relocation
}

// New makes a registrar for one run.
func New(d Deps) *Registrar {
	found := entities{d}
	made := &provenance{Deps: d, links: newCache[int64, string](rememberedEtags)}
	etags := newCache[string, string](rememberedEtags)
	return &Registrar{
		Folders: newFolders(found), deps: d, entities: found, handles: handles{d},
		files:      files{entities: found, provenance: made, etags: etags},
		versions:   versions{entities: found, provenance: made, etags: etags},
		relocation: relocation{found},
	}
}

// rememberedEtags is how many etags of files are kept in memory, at most twice
// that: the next version of a file comes soon, or after a restart.
const rememberedEtags = 4096

// Register brings an entry from its bytes, or its file handle, to its
// entity: two calls, one if the handle is known.
func (r *Registrar) Register(ctx context.Context, e *checkpoint.Entry) error {
	if e.CompareEntityID != "" {
		if held, err := r.adopt(ctx, e); held || err != nil {
			return err
		}
	}
	if err := r.handles.ensure(ctx, e); err != nil {
		return err
	}
	parent, err := r.Folders.EntityID(ctx, e.FolderID)
	switch {
	case err != nil:
		return err
	case r.deps.mode() == planner.ModeMove:
		return r.relocation.relocate(ctx, e, parent)
	case e.Origin != nil && (e.Follows != 0 || e.ReplaceEntityID != ""):
		return r.versions.add(ctx, e, parent)
	case e.ReplaceEntityID != "":
		return r.versions.replace(ctx, e)
	}
	return r.files.create(ctx, e, parent)
}

// adopt ends an entry whose content the file at its path holds, as the plan
// couldn't tell; false where that file is gone by now.
func (r *Registrar) adopt(ctx context.Context, e *checkpoint.Entry) (held bool, err error) {
	handleID, entityID, err := r.Held(ctx, *e)
	if err != nil || entityID == "" {
		return false, err
	}
	e.FileHandleID = handleID
	return true, r.deps.Records.Finish(ctx, e, entityID, true)
}

// Held is the file at an entry's path and its file handle, if it holds the
// entry's content; empty where there is none, and effect.ErrConflict where it
// holds another.
func (r *Registrar) Held(ctx context.Context, e checkpoint.Entry) (handleID, entityID string, err error) {
	parent, err := r.Folders.EntityID(ctx, e.FolderID)
	if err != nil {
		return "", "", err
	}
	found, err := r.entities.find(ctx, e, parent)
	if errors.Is(err, effect.ErrVanished) {
		return "", "", nil
	}
	return found.DataFileHandleID, found.ID, err
}

// DestinationGone looks behind a 404: where the destination folder itself is
// gone, every item would fail, one after the other.
func (r *Registrar) DestinationGone(ctx context.Context, err error) error {
	if !errors.Is(err, synapse.ErrNotFound) || ctx.Err() != nil {
		return err
	}
	folder := r.deps.To.FolderID
	if _, look := r.entities.entity(ctx, folder); errors.Is(look, synapse.ErrNotFound) {
		return fmt.Errorf("%w: %s: %w", effect.ErrDestinationGone, folder, err)
	}
	return err
}
