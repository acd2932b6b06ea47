package project

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"synapse-migrate/planner"
	"synapse-migrate/planner/destination"
	"synapse-migrate/planner/rules"
)

// ErrNoProject is returned by a Planner whose Header names no project.
var ErrNoProject = errors.New("the header names no source project")

// Planner plans the migration of a Synapse project, or of a folder of one.
// Source, Store and Reviewer are required. A Planner plans once.
type Planner struct {
	// Header's Source.Project says what is migrated, and in which way:
	// ProjectFacts.Source.
	Header  planner.Header
	Facts   rules.DestinationFacts
	Options planner.Options
	// ProjectOptions are those that Examine was given.
	ProjectOptions planner.ProjectOptions
	Source         Reader
	// Buckets reaches the buckets that the files lie in. Nil reaches none:
	// only Synapse does.
	Buckets SourceBuckets
	// DestHead looks at keys of the destination's bucket with its own
	// credentials, to find those that are taken. Nil doesn't look.
	DestHead planner.Examiner
	// Existing tells what the destination folder holds. It is asked only
	// when Facts.HasChildren; nil doesn't look.
	Existing destination.Contents
	Store    planner.Store
	Reviewer planner.Reviewer
	// Workers is the number of files that Synapse is asked about at once,
	// and of objects headed at once; 0 is DefaultWorkers.
	Workers int
	// Observer is told of what was planned; Progress.After is the path of
	// the last entity.
	Observer planner.Observer

	cursor   planner.Cursor
	state    state
	chosen   selection
	where    *reaching
	pages    *pager
	progress planner.Progress
}

// Plan walks the source and fills the store, from where it was left, then
// reviews and seals. Planning that was interrupted ends with the same plan
// as planning that was not, as long as nothing changes at the source and the
// destination. Errors of the store, of Synapse and of S3 end it; call it
// again on a new Planner with the same store to go on.
func (p *Planner) Plan(ctx context.Context) (planner.Plan, error) {
	if p.Header.Source.Project == nil {
		return planner.Plan{}, fmt.Errorf("planning: %w", ErrNoProject)
	}
	plan, err := p.plan(ctx)
	if err != nil {
		return planner.Plan{}, fmt.Errorf("planning %s: %w", p.Header.Source.Project.EntityID, err)
	}
	return plan, nil
}

func (p *Planner) plan(ctx context.Context) (planner.Plan, error) {
	if err := p.begin(ctx); err != nil {
		return planner.Plan{}, err
	}
	if !p.cursor.Done {
		if err := p.list(ctx); err != nil {
			return planner.Plan{}, err
		}
	}
	return p.finish(ctx)
}

// begin picks up what the store remembers.
func (p *Planner) begin(ctx context.Context) error {
	p.Options, p.ProjectOptions = p.Options.WithDefaults(), p.ProjectOptions.WithDefaults()
	if p.Workers <= 0 {
		p.Workers = planner.DefaultWorkers
	}
	var err error
	if p.cursor, err = p.Store.Cursor(ctx); err != nil {
		return fmt.Errorf("reading the cursor: %w", err)
	}
	if err := p.state.restore(p.cursor); err != nil {
		return err
	}
	t := p.terms()
	p.where = &reaching{
		terms: t, reader: p.Source, buckets: p.Buckets, destHead: p.DestHead, met: p.state.Buckets,
	}
	p.pages = &pager{
		terms: t, where: p.where, beside: settlement{terms: t, reader: p.Source, destHead: p.DestHead},
		store: p.Store, reviewer: p.Reviewer,
		state: &p.state, progress: &p.progress, lastItemID: p.cursor.LastItemID,
	}
	who := newSelector(p.Source, *p.Header.Source.Project, p.ProjectOptions, p.Facts.Destination)
	p.chosen, err = who.find(ctx, p.ProjectOptions.Entities, p.Workers)
	return err
}

// list walks the tree ahead of the pages that are decided and stored, in
// order. What was read before reading broke off is planned, so that it need
// not be read again.
func (p *Planner) list(ctx context.Context) error {
	group, groupCtx := errgroup.WithContext(ctx)
	asking, askingCtx := errgroup.WithContext(groupCtx)
	asking.SetLimit(p.Workers)
	w, err := p.walker(ctx, asking)
	if err != nil {
		return err
	}
	visits := make(chan *visit, pagesAhead)
	var broken error
	group.Go(func() error {
		defer close(visits)
		broken = w.walk(askingCtx, visits)
		if refused := asking.Wait(); refused != nil {
			broken = refused
		}
		return nil
	})
	group.Go(func() error {
		for v := range visits {
			if err := p.planPage(groupCtx, v); err != nil {
				return err
			}
			w.stored.Store(v.lastFolderID)
		}
		return nil
	})
	err = group.Wait()
	if broken != nil && (err == nil || ctx.Err() == nil && errors.Is(err, context.Canceled)) {
		return broken
	}
	if err != nil {
		return err
	}
	p.state.leave(p.Options.Limits.Children)
	p.cursor.Done = true
	return p.save(ctx, planner.Batch{})
}

// planPage decides about a page and stores it.
func (p *Planner) planPage(ctx context.Context, v *visit) error {
	batch, err := p.pages.plan(ctx, v)
	if err != nil {
		return err
	}
	p.cursor.LastFolderID, p.cursor.LastItemID = v.lastFolderID, p.pages.lastItemID
	if err := p.save(ctx, *batch); err != nil {
		return err
	}
	if p.Observer != nil {
		p.Observer.Planned(p.progress)
	}
	return nil
}

// terms are what the project is planned under.
func (p *Planner) terms() terms {
	return terms{
		source: *p.Header.Source.Project, facts: p.Facts, options: p.Options,
		project: p.ProjectOptions, workers: p.Workers,
	}
}

// walker goes on where the cursor stands.
func (p *Planner) walker(ctx context.Context, asking *errgroup.Group) (*walker, error) {
	w := &walker{
		source: p.Source, existing: p.Existing, store: p.Store, project: *p.Header.Source.Project,
		dest: p.Facts.Destination, hasChildren: p.Facts.HasChildren,
		replaces: p.Options.IfExists == planner.ExistsReplace,
		limits:   p.Options.Limits, chosen: p.chosen,
		locations:    p.ProjectOptions.StorageLocations,
		lastFolderID: p.cursor.LastFolderID, asking: asking,
	}
	w.stored.Store(w.lastFolderID)
	switch {
	case !p.state.Begun:
	case p.state.MovedAfter != nil:
		w.at, w.movedAfter = p.state.FolderID, p.state.MovedAfter
	case p.state.Token == "" && p.state.Passed == nil:
		w.at = p.state.FolderID + 1
	default:
		w.at, w.token, w.begun = p.state.FolderID, p.state.Token, p.state.Passed != nil
		return w, p.recall(ctx, w)
	}
	return w, nil
}

// recall fills in what the walker met in the folder that it was listing.
func (p *Planner) recall(ctx context.Context, w *walker) error {
	w.met = map[string]bool{}
	for _, id := range p.state.Passed {
		w.met[id] = true
	}
	for item, err := range p.Reviewer.Items(ctx, planner.Filter{FolderID: &w.at}) {
		if err != nil {
			return fmt.Errorf("reading items: %w", err)
		}
		if item.Origin != nil {
			w.met[item.Origin.EntityID] = true
		}
	}
	for id := w.lastFolderID; id > w.at; id-- {
		f, err := p.Store.FolderOf(ctx, id)
		if err != nil {
			return fmt.Errorf("reading folder %d of the plan: %w", id, err)
		}
		if f.ParentID != w.at || f.Origin == nil {
			break
		}
		w.met[f.Origin.EntityID] = true
	}
	return nil
}

// save appends a batch with the cursor as it now stands.
func (p *Planner) save(ctx context.Context, batch planner.Batch) error {
	var err error
	p.state.Buckets = p.where.met
	if p.cursor.State, err = json.Marshal(p.state); err != nil {
		return fmt.Errorf("writing the cursor's state: %w", err)
	}
	batch.Cursor = p.cursor
	if err := p.Store.Append(ctx, batch); err != nil {
		return fmt.Errorf("storing a batch: %w", err)
	}
	return nil
}
