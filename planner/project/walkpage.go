package project

import (
	"context"
	"fmt"
	"strings"

	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/paging"
)

// versionsHeld is about how many file versions are held of a page at once, a
// few kilobytes each; more of one file are not parted.
const versionsHeld = 1000

// page reads one page of children.
func (w *walker) page(ctx context.Context, f planner.Folder, sourceID string) (*visit, error) {
	v := &visit{
		folder: f, sourceID: sourceID, first: w.token == "" && !w.begun, token: w.token,
		existing: int64(len(w.taken)), lastFolderID: w.lastFolderID,
	}
	w.begun = false
	if v.first && f.ID == 0 {
		v.self = &child{header: synapse.EntityHeader{
			ID: sourceID, Type: w.project.ConcreteType,
		}}
	}
	page, err := w.source.ChildrenPage(ctx, synapse.ChildrenRequest{
		ParentID: sourceID, IncludeTypes: synapse.ChildTypes(), NextPageToken: w.token,
	})
	switch {
	case f.ID != 0 && absent(err):
		v.gone = true
	case err != nil:
		return nil, fmt.Errorf("listing the children of %s: %w", sourceID, err)
	}
	if v.first && !v.gone && len(page.Page) == 0 {
		if v.unlisted, err = w.unlisted(ctx, sourceID); err != nil {
			return nil, err
		}
	}
	for _, h := range page.Page {
		w.meet(v, h)
	}
	if w.token == "" {
		w.way = paging.Circle{}
	}
	if w.token = page.NextPageToken; w.token != "" {
		if err := w.way.Next(w.token); err != nil {
			return nil, fmt.Errorf("listing the children of %s: %w", sourceID, err)
		}
	}
	v.next = w.token
	if v.next == "" && len(w.moved) > 0 {
		v.movedAfter = new("")
	}
	return v, nil
}

// unlisted reports whether a folder that lists no children has some.
func (w *walker) unlisted(ctx context.Context, id string) (bool, error) {
	b, err := w.source.Bundle(ctx, id, synapse.BundleRequest{IncludeHasChildren: true})
	switch {
	case absent(err):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("looking for children of %s: %w", id, err)
	}
	return b.HasChildren != nil && *b.HasChildren, nil
}

// send parts a page, and asks about each part before it goes on its way.
func (w *walker) send(ctx context.Context, page *visit, visits chan<- *visit) error {
	for _, v := range w.parts(page) {
		if v.self != nil {
			w.ask(ctx, v, v.self)
		}
		for _, c := range v.children {
			if c.folder != nil || c.header.Type == synapse.TypeFile {
				w.ask(ctx, v, c)
			}
		}
		select {
		case visits <- v:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// parts splits a page where its files have too many versions to be held at
// once.
func (w *walker) parts(page *visit) []*visit {
	children := page.children
	page.children = nil
	all, last, held := []*visit{page}, page, int64(0)
	for _, c := range children {
		n := w.versions(c)
		if held > 0 && held+n > versionsHeld {
			last.unfinished = true
			last = &visit{
				folder: page.folder, sourceID: page.sourceID, token: page.token, next: page.next,
				movedAfter: page.movedAfter,
				existing:   page.existing, lastFolderID: last.lastFolderID,
			}
			all, held = append(all, last), 0
		}
		held += n
		last.children = append(last.children, c)
		if c.folder != nil {
			last.lastFolderID = c.folder.ID
		}
	}
	return all
}

// versions is the number of versions that are asked about for a child, at
// most.
func (w *walker) versions(c *child) int64 {
	if w.project.Versions != planner.VersionsAll || c.header.Type != synapse.TypeFile {
		return 1
	}
	return max(c.header.VersionNumber, 1)
}

// meet decides whether the plan is about a child. Pages
// count from the beginning of the listing: a child that was met before has
// moved to this page since something came before it.
func (w *walker) meet(v *visit, h synapse.EntityHeader) {
	if w.met[h.ID] || !w.chosen.wants(v.sourceID, h) {
		return
	}
	if w.met == nil {
		w.met = map[string]bool{}
	}
	w.met[h.ID] = true
	c := &child{header: h}
	if at, ok := w.taken[h.Name]; ok {
		c.at = &at
	}
	v.children = append(v.children, c)
	if h.Type == synapse.TypeFolder {
		w.place(v.folder, c)
	}
}

// place makes a folder of the plan, where it can have its place.
func (w *walker) place(parent planner.Folder, c *child) {
	f := planner.Folder{
		ParentID: parent.ID, Name: c.header.Name, Path: planner.JoinPath(parent.Path, c.header.Name),
		Origin: &planner.FolderOrigin{EntityID: c.header.ID},
	}
	switch {
	case c.header.ID == w.dest.FolderID:
		c.rule = rules.SourceDestinationInside
		return
	case planner.ValidName(f.Name) != nil:
		c.rule = rules.NameRule(planner.ValidName(f.Name))
		return
	case w.dest.Depth+strings.Count(f.Path, "/")+1 > w.limits.Depth:
		c.rule = rules.LimitsDepth
		return
	case c.at != nil && c.at.Type != synapse.TypeFolder:
		c.rule = rules.ObjectsOtherEntity
		return
	case c.at != nil:
		f.EntityID = c.at.ID
	}
	w.lastFolderID++
	f.ID = w.lastFolderID
	c.folder = &f
	w.recent = append(w.recent, f)
}

// ask asks about a child, beside what else is asked.
func (w *walker) ask(ctx context.Context, v *visit, c *child) {
	v.asked.Add(1)
	w.asking.Go(func() error {
		defer v.asked.Done()
		switch {
		case c.moved:
			c.err = w.askMoved(ctx, c)
		case c.header.Type == synapse.TypeFile:
			c.err = w.askFile(ctx, c)
		default:
			c.err = w.askFolder(ctx, c)
		}
		return c.err
	})
}
