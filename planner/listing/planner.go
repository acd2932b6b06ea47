package listing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"synapse-migrate/planner"
	"synapse-migrate/planner/destination"
	"synapse-migrate/planner/rules"
	"synapse-migrate/planner/seal"
)

// ErrOrder is returned when a Lister doesn't list in key order.
var ErrOrder = errors.New("keys are not listed in order")

// Planner plans the migration of a bucket's objects below a prefix. Source,
// Examine, Store and Reviewer are required. A Planner plans once.
type Planner struct {
	Header  planner.Header
	Facts   rules.DestinationFacts
	Options planner.Options
	// Source lists and Examine heads with the source's credentials.
	Source  planner.Lister
	Examine planner.Examiner
	// CopyProbe heads a source object with the credentials that write the
	// destination, to find out whether they can copy. Nil means that
	// nothing can be copied (unless Options.CopyWithSource).
	CopyProbe planner.Examiner
	// Destination lists the destination's bucket with its own credentials,
	// to find keys that are taken. Nil doesn't look.
	Destination planner.Lister
	// DestinationHead looks at objects of the destination's bucket with the same
	// credentials. Nil goes by what file handles record.
	DestinationHead planner.Examiner
	// Hash reads an object for its MD5 in hex, where a file of the destination
	// has its path and its size, and nothing proves whether it is the same. Nil
	// leaves that to the run.
	Hash func(context.Context, planner.Object) (string, error)
	// Existing tells what the destination folder holds. It is asked only
	// when Facts.HasChildren; nil doesn't look.
	Existing destination.Contents
	Store    planner.Store
	Reviewer planner.Reviewer
	// Workers is the number of objects examined at once; 0 is
	// DefaultWorkers.
	Workers int
	// ShardNames is the number of files in the existing shards of one folder
	// that are remembered while it is planned, 16 bytes each; more stop the
	// run. 0 is DefaultShardNames.
	ShardNames int
	Observer   planner.Observer

	cursor   planner.Cursor
	state    state
	folders  folderStack
	existing *destination.Tree
	examiner *examiner
	occupied *occupied
	progress planner.Progress
}

// Plan lists the source and fills the store, from where it was left, then
// reviews and seals. Planning that was interrupted ends with the same plan
// as planning that was not, as long as nothing changes at the source and the
// destination. Errors of the lister, the store and Synapse end it; call it
// again on a new Planner with the same store to go on.
func (b *Planner) Plan(ctx context.Context) (planner.Plan, error) {
	if err := b.begin(ctx); err != nil {
		return planner.Plan{}, fmt.Errorf("planning %s: %w", b.Header.Source.Where(), err)
	}
	if !b.cursor.Done {
		if err := b.list(ctx); err != nil {
			return planner.Plan{}, fmt.Errorf("planning %s: %w", b.Header.Source.Where(), err)
		}
	}
	return b.finish(ctx)
}

// begin picks up what the store remembers.
func (b *Planner) begin(ctx context.Context) error {
	b.Options = b.Options.WithDefaults()
	if b.Workers <= 0 {
		b.Workers = planner.DefaultWorkers
	}
	if b.ShardNames <= 0 {
		b.ShardNames = destination.DefaultShardNames
	}
	cursor, err := b.Store.Cursor(ctx)
	if err != nil {
		return fmt.Errorf("reading the cursor: %w", err)
	}
	b.cursor = cursor
	if err := planner.ReadState(cursor, &b.state); err != nil {
		return err
	}
	if err := b.state.check(b.Options.Limits); err != nil {
		return err
	}
	if b.state.Tallies == nil {
		b.state.Tallies = planner.Tallies{}
	}
	b.examiner = &examiner{
		header: b.Header, facts: b.Facts, options: b.Options, source: b.Source, examine: b.Examine,
		copyProbe: b.CopyProbe, destinationHead: b.DestinationHead, hash: b.Hash, existing: b.Existing,
	}
	b.examiner.facts.Copy = b.state.Copy
	b.occupied = &occupied{examiner: b.examiner, keys: b.Destination}
	b.folders = restoreFolders(cursor, b.state.Loads, b.Options.Limits.Children)
	b.folders.shards = b.state.OpenShards
	if b.Existing != nil && b.Facts.HasChildren {
		b.existing = destination.NewTree(
			b.Existing, b.Facts.Destination.FolderID, b.ShardNames, b.state.HighestPart, b.state.TooSpread)
	}
	return nil
}

// list reads pages, one ahead, and plans each. What was listed before the
// listing broke off is planned, so that it need not be listed again.
func (b *Planner) list(ctx context.Context) error {
	defer b.occupied.stop()
	group, groupCtx := errgroup.WithContext(ctx)
	pages := make(chan []planner.Object, 1)
	var broken error
	group.Go(func() error {
		defer close(pages)
		broken = b.readPages(groupCtx, pages)
		return nil
	})
	group.Go(func() error {
		for page := range pages {
			if err := b.planPage(groupCtx, page); err != nil {
				return err
			}
		}
		return nil
	})
	if err := group.Wait(); err != nil {
		return err
	}
	if broken != nil {
		return broken
	}
	return b.endListing(ctx)
}

// readPages sends the pages that follow the cursor.
func (b *Planner) readPages(ctx context.Context, pages chan<- []planner.Object) error {
	s := b.Header.Source
	last := b.cursor.After
	for page, err := range b.Source.List(ctx, s.Bucket, s.Prefix, last) {
		if err != nil {
			return fmt.Errorf("listing %s: %w", s.Where(), err)
		}
		for _, o := range page {
			if o.Key <= last && last != "" {
				return fmt.Errorf("listing %s: %w: %q after %q",
					s.Where(), ErrOrder, o.Key, last)
			}
			last = o.Key
		}
		select {
		case pages <- page:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// endListing stores that there is nothing more to list.
func (b *Planner) endListing(ctx context.Context) error {
	b.state.Full = append(b.state.Full, b.folders.closeAll()...)
	b.cursor.Done = true
	return b.save(ctx, planner.Batch{})
}

// save appends a batch with the cursor as it now stands.
func (b *Planner) save(ctx context.Context, batch planner.Batch) error {
	var err error
	b.state.Copy = b.examiner.facts.Copy
	b.state.Loads, b.state.OpenShards = b.folders.loads(), b.folders.shards
	if there := b.existing; there != nil {
		b.state.HighestPart = max(b.state.HighestPart, there.HighestPart)
		b.state.TooSpread = there.TooSpread
	}
	b.cursor.OpenFolders = b.folders.open()
	b.cursor.LastFolderID = b.folders.lastID
	if b.cursor.State, err = json.Marshal(b.state); err != nil {
		return fmt.Errorf("writing the cursor's state: %w", err)
	}
	batch.Cursor = b.cursor
	if err := b.Store.Append(ctx, batch); err != nil {
		return fmt.Errorf("storing a batch: %w", err)
	}
	return nil
}

// finish reviews the whole list and seals the plan.
func (b *Planner) finish(ctx context.Context) (planner.Plan, error) {
	if err := b.review(ctx); err != nil {
		return planner.Plan{}, fmt.Errorf("reviewing the plan: %w", err)
	}
	terms := planner.TermsOf(b.Header, b.Options)
	plan := planner.Plan{Header: b.Header, Totals: planner.Totals{PlanBytes: b.state.ReadBytes}}
	return b.reviewed().Seal(ctx, plan, seal.Ending{
		Facts: b.Facts, Options: b.Options,
		Full: b.state.Full, FoldersFound: b.state.FoldersFound, Tallies: b.state.Tallies,
		AddedBytes: rules.ActiveBytes,
		Calls: func(i planner.Item) planner.Calls {
			entity := planner.Calls{Synapse: 1}
			return terms.Bring(i).Plus(planner.Replace(i)).Plus(entity)
		},
		Own: func(context.Context, *planner.Plan) ([]planner.Finding, error) {
			own := rules.CheckProbe(b.state.Copy, b.Header.Source.Bucket)
			return append(own, b.shardFindings()...), nil
		},
	})
}

// tally counts a candidate for a rule.
func (b *Planner) tally(rule planner.RuleID, c *candidate) {
	b.state.Tallies.Add(rule, c.example(rule), c.facts.Object.SizeBytes)
}
