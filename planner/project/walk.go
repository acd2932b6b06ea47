package project

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"synapse-migrate/planner"
	"synapse-migrate/planner/destination"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/paging"
)

// pagesAhead is how many pages of children are read before the page that is
// being decided about: enough that Synapse is never idle while one is
// decided and stored, few enough that memory stays small.
const pagesAhead = 4

// visit is one page of a folder's children, on its way into the plan, or a
// part of a page whose files have many versions.
type visit struct {
	// folder is the plan's; the zero Folder is the destination itself, and
	// sourceID the source's folder.
	folder   planner.Folder
	sourceID string
	// first is true for the first page of the folder, token is that of the
	// page, and next that of the page that follows; empty on the last.
	first       bool
	token, next string
	// unfinished is true when another part of the page follows.
	unfinished bool
	// movedAfter is set when the files that have moved to the folder already
	// follow: those whose names come after it.
	movedAfter *string
	// self is what was asked about the source itself, with the first page
	// of all; nil otherwise.
	self *child
	// children are those of the page that the plan is about.
	children []*child
	// existing is the number of children that the destination's folder has.
	existing int64
	// gone is true when the folder can't be listed any more.
	gone bool
	// unlisted is true when the folder has children, and lists none.
	unlisted bool
	// lastFolderID is the highest folder ID handed out, this page included.
	lastFolderID int64

	asked sync.WaitGroup
}

// child is one entity of a page, with what was asked about it.
type child struct {
	header synapse.EntityHeader
	// folder is the folder that the plan makes of it; nil when it makes
	// none.
	folder *planner.Folder
	// rule is why it is left out, as far as its place tells.
	rule planner.RuleID
	// at is what the destination has under its name; nil for nothing.
	at *destination.EntityRef

	bundle synapse.Bundle
	// err is what went wrong while asking.
	err error
	// gone is true for one that was there when its folder was listed, and
	// elsewhere for a file in a storage location that isn't wanted. moved is
	// true for a file of the destination that has left the source already.
	gone, elsewhere, moved bool
	// older are the versions before the current one, newest first.
	older []fileVersion
	// there is the destination's file of its name, and thereVersions are its
	// versions, newest first, where versions are to be added to it.
	there         synapse.Bundle
	thereVersions []synapse.VersionInfo
}

// fileVersion is an older version of a file.
type fileVersion struct {
	number     int64
	bundle     synapse.Bundle
	activityID string
	// hidden is true for provenance that the caller may not see.
	hidden bool
}

// walker reads the source's tree, breadth first: the plan's folders, in the
// order of their IDs, are the queue. It is ahead of what is stored.
type walker struct {
	source   entityReader
	existing destination.Contents
	store    planner.Store
	project  planner.ProjectSource
	dest     planner.Destination
	// hasChildren is true when the destination holds something, and replaces
	// when files there get new versions.
	hasChildren, replaces bool
	limits                planner.Limits
	chosen                selection
	// locations are the storage locations that narrow the source.
	locations []int64

	// at is the folder that is being listed, token its next page, and met
	// the children that were listed already. begun is true when a part of
	// that page is in the plan.
	at    int64
	token string
	// way notices where the pages of a folder lead back to one of them.
	way          paging.Circle
	begun        bool
	met          map[string]bool
	lastFolderID int64
	// recent are folders that may not be stored yet, by ID.
	recent []planner.Folder
	// stored is the highest folder ID in the store.
	stored atomic.Int64
	// taken are the children of the destination's folder, by name.
	taken map[string]destination.EntityRef
	// moved are those of them that may have moved there already, by name.
	// movedAfter is set while they are looked at: see visit.movedAfter.
	moved      []synapse.EntityHeader
	movedAfter *string

	asking *errgroup.Group
}

// walk sends the pages that follow, in order. What is asked about their
// children may still be under way: see visit.asked.
func (w *walker) walk(ctx context.Context, visits chan<- *visit) error {
	for ; w.at <= w.lastFolderID; w.at++ {
		folder, sourceID, err := w.folder(ctx)
		if err != nil {
			return err
		}
		if err := w.lookAround(ctx, folder, sourceID); err != nil {
			return err
		}
		for more := w.movedAfter == nil; more; more = w.token != "" {
			page, err := w.page(ctx, folder, sourceID)
			if err != nil {
				return err
			}
			if err := w.send(ctx, page, visits); err != nil {
				return err
			}
		}
		if err := w.sendMoved(ctx, folder, sourceID, visits); err != nil {
			return err
		}
		w.met = nil
	}
	return nil
}

// folder is the one that is listed next, with the ID of the source's.
func (w *walker) folder(ctx context.Context) (planner.Folder, string, error) {
	if w.at == 0 {
		return planner.Folder{}, w.project.EntityID, nil
	}
	w.forget(w.stored.Load())
	for _, f := range w.recent {
		if f.ID == w.at {
			return f, f.Origin.EntityID, nil
		}
	}
	f, err := w.store.FolderOf(ctx, w.at)
	switch {
	case err != nil:
		return f, "", fmt.Errorf("reading folder %d of the plan: %w", w.at, err)
	case f.Origin == nil:
		return f, "", fmt.Errorf("reading folder %d of the plan: it has no origin", w.at)
	}
	return f, f.Origin.EntityID, nil
}

// forget drops the folders that are stored, but not those that were listed
// just now.
func (w *walker) forget(stored int64) {
	kept := w.recent[:0]
	for _, f := range w.recent {
		if f.ID > stored {
			kept = append(kept, f)
		}
	}
	clear(w.recent[len(kept):])
	w.recent = kept
}

// lookAround lists what the destination has in the folder.
func (w *walker) lookAround(ctx context.Context, f planner.Folder, sourceID string) error {
	w.taken, w.moved = nil, nil
	id := f.EntityID
	if f.ID == 0 && w.hasChildren {
		id = w.dest.FolderID
	}
	if w.existing == nil || id == "" {
		return nil
	}
	w.taken = map[string]destination.EntityRef{}
	for h, err := range w.existing.Children(ctx, id, synapse.ChildTypes()...) {
		if err != nil {
			return fmt.Errorf("listing folder %s of the destination: %w", id, err)
		}
		w.taken[h.Name] = destination.EntityRef{ID: h.ID, Type: h.Type}
		if w.mayHaveMoved(sourceID, h) {
			w.moved = append(w.moved, h)
		}
	}
	slices.SortFunc(w.moved, byEntityName)
	return nil
}
