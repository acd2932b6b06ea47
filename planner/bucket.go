package planner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"golang.org/x/sync/errgroup"

	"synapse-migrate/synapse"
)

// ErrOrder is returned when a Lister doesn't list in key order.
var ErrOrder = errors.New("keys are not listed in order")

// DefaultWorkers is the number of objects examined at once, unless another
// is asked for.
const DefaultWorkers = 32

// Contents is what the planner asks of a destination that isn't empty:
// synapse.Client.
type Contents interface {
	Children(
		ctx context.Context, parentID string, types ...string,
	) iter.Seq2[synapse.EntityHeader, error]
	Bundle(
		ctx context.Context, id string, r synapse.BundleRequest,
	) (synapse.Bundle, error)
	usageReader
}

// Progress is how far planning has come, this process alone.
type Progress struct {
	Objects, SizeBytes int64
	// After is the last key that was decided: hostile input.
	After string
}

// Observer is told after each batch, by one goroutine.
type Observer interface {
	Planned(Progress)
}

// Bucket plans the migration of a bucket's objects below a prefix. Source,
// Examine, Store and Reviewer are required. A Bucket plans once.
type Bucket struct {
	Header  Header
	Facts   DestinationFacts
	Options Options
	// Source lists and Examine heads with the source's credentials.
	Source  Lister
	Examine Examiner
	// CopyProbe heads a source object with the credentials that write the
	// destination, to find out whether they can copy. Nil means that
	// nothing can be copied (unless Options.CopyWithSource).
	CopyProbe Examiner
	// Destination lists the destination's bucket with its own credentials,
	// to find keys that are taken. Nil doesn't look.
	Destination Lister
	// DestinationHead looks at objects of the destination's bucket with the same
	// credentials. Nil goes by what file handles record.
	DestinationHead Examiner
	// Hash reads an object for its MD5 in hex, where a file of the destination
	// has its path and its size, and nothing proves whether it is the same. Nil
	// leaves that to the run.
	Hash func(context.Context, Object) (string, error)
	// Existing tells what the destination folder holds. It is asked only
	// when Facts.HasChildren; nil doesn't look.
	Existing Contents
	Store    Store
	Reviewer Reviewer
	// Workers is the number of objects examined at once; 0 is
	// DefaultWorkers.
	Workers int
	// ShardNames is the number of files in the existing shards of one folder
	// that are remembered while it is planned, 16 bytes each; more stop the
	// run. 0 is DefaultShardNames.
	ShardNames int
	Observer   Observer

	rules    ruleBook
	cursor   Cursor
	state    state
	folders  folderStack
	existing *contents
	march    *march
	progress Progress
}

// state is what planning remembers between batches, in Cursor.State.
type state struct {
	Copy    CopyProbe `json:"copy,omitempty"`
	Tallies Tallies   `json:"tallies,omitempty"`
	// Loads are the numbers of children of the open folders, the
	// destination folder first.
	Loads []load `json:"loads,omitempty"`
	// Full are folders that exist and would get too many children.
	Full []fullFolder `json:"full,omitempty"`
	// FoldersFound is the number of folders that exist.
	FoldersFound int64 `json:"foldersFound,omitempty"`
	// HighestPart is the highest number in a name that looks like that of
	// a shard, see shardName.
	HighestPart int64 `json:"highestPart,omitempty"`
	// OpenShards are existing shards of open folders that the plan goes
	// through.
	OpenShards []openShard `json:"openShards,omitempty"`
	// TooSpread is the path of a folder with too many files in its shards.
	TooSpread *string `json:"tooSpread,omitempty"`
	// Shards are those that were decided on after the listing.
	Shards []shards `json:"shards,omitempty"`
	// ReadBytes were read to compare.
	ReadBytes int64 `json:"readBytes,omitempty"`
	// Sharding is true once Shards is complete.
	Sharding bool `json:"sharding,omitempty"`
}

// Plan lists the source and fills the store, from where it was left, then
// reviews and seals. Planning that was interrupted ends with the same plan
// as planning that was not, as long as nothing changes at the source and the
// destination. Errors of the lister, the store and Synapse end it; call it
// again on a new Bucket with the same store to go on.
func (b *Bucket) Plan(ctx context.Context) (Plan, error) {
	if err := b.begin(ctx); err != nil {
		return Plan{}, fmt.Errorf("planning %s: %w", b.Header.Source.place(), err)
	}
	if !b.cursor.Done {
		if err := b.list(ctx); err != nil {
			return Plan{}, fmt.Errorf("planning %s: %w", b.Header.Source.place(), err)
		}
	}
	return b.finish(ctx)
}

// begin picks up what the store remembers.
func (b *Bucket) begin(ctx context.Context) error {
	b.Options = b.Options.withDefaults()
	b.rules = newRuleBook(b.Header.Source)
	if b.Workers <= 0 {
		b.Workers = DefaultWorkers
	}
	if b.ShardNames <= 0 {
		b.ShardNames = DefaultShardNames
	}
	cursor, err := b.Store.Cursor(ctx)
	if err != nil {
		return fmt.Errorf("reading the cursor: %w", err)
	}
	b.cursor = cursor
	if err := readState(cursor, &b.state); err != nil {
		return err
	}
	if err := b.state.check(b.Options.Limits); err != nil {
		return err
	}
	if b.state.Tallies == nil {
		b.state.Tallies = Tallies{}
	}
	b.folders = restoreFolders(cursor, b.state.Loads, b.Options.Limits.Children)
	b.folders.shards = b.state.OpenShards
	if b.Existing != nil && b.Facts.HasChildren {
		b.existing = newContents(
			b.Existing, b.Facts.Destination.FolderID, b.ShardNames, b.state.HighestPart, b.state.TooSpread)
	}
	return nil
}

// list reads pages, one ahead, and plans each. What was listed before the
// listing broke off is planned, so that it need not be listed again.
func (b *Bucket) list(ctx context.Context) error {
	defer b.stopMarch()
	group, groupCtx := errgroup.WithContext(ctx)
	pages := make(chan []Object, 1)
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
func (b *Bucket) readPages(ctx context.Context, pages chan<- []Object) error {
	s := b.Header.Source
	last := b.cursor.After
	for page, err := range b.Source.List(ctx, s.Bucket, s.Prefix, last) {
		if err != nil {
			return fmt.Errorf("listing %s: %w", s.place(), err)
		}
		for _, o := range page {
			if o.Key <= last && last != "" {
				return fmt.Errorf("listing %s: %w: %q after %q",
					s.place(), ErrOrder, o.Key, last)
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
func (b *Bucket) endListing(ctx context.Context) error {
	b.state.Full = append(b.state.Full, b.folders.closeAll()...)
	b.cursor.Done = true
	return b.save(ctx, Batch{})
}

// save appends a batch with the cursor as it now stands.
func (b *Bucket) save(ctx context.Context, batch Batch) error {
	var err error
	b.state.Loads, b.state.OpenShards = b.folders.loads(), b.folders.shards
	if there := b.existing; there != nil {
		b.state.HighestPart = max(b.state.HighestPart, there.highestPart)
		b.state.TooSpread = there.tooSpread
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
func (b *Bucket) finish(ctx context.Context) (Plan, error) {
	crowded, err := b.review(ctx)
	if err != nil {
		return Plan{}, fmt.Errorf("reviewing the plan: %w", err)
	}
	plan := Plan{Format: PlanFormat, Header: b.Header, Protection: b.Facts.protection()}
	if plan.Totals, err = b.Reviewer.Totals(ctx); err != nil {
		return Plan{}, fmt.Errorf("summing up the plan: %w", err)
	}
	plan.Totals.Folders -= b.state.FoldersFound
	plan.Totals.PlanBytes = b.state.ReadBytes
	if plan.Cost, err = b.cost(ctx, plan.Totals); err != nil {
		return Plan{}, fmt.Errorf("reckoning the cost: %w", err)
	}
	if plan.Findings, err = b.findings(ctx, plan.Totals, crowded); err != nil {
		return Plan{}, fmt.Errorf("gathering findings: %w", err)
	}
	sealed, err := b.Store.Seal(ctx, plan)
	if err != nil {
		return Plan{}, fmt.Errorf("sealing the plan: %w", err)
	}
	return sealed, nil
}

// findings are those about the run, then those about items, in the order of
// the rules.
func (b *Bucket) findings(ctx context.Context, t Totals, crowded []Finding) ([]Finding, error) {
	all := concerning(CheckRun(b.Facts, b.Options), t)
	all = append(all, checkProbe(b.state.Copy, b.Header.Source.Bucket)...)
	all = append(all, checkRoom(b.Facts, activeBytes(t))...)
	all = append(all, crowded...)
	all = append(all, b.tooSpread()...)
	for id, tally := range b.state.Tallies {
		all = append(all, b.rules.rule(id).finding(*tally))
	}
	clashes, err := b.reviewed().clashFindings(ctx, b.rules)
	if err != nil {
		return nil, err
	}
	return b.rules.sorted(append(all, clashes...)), nil
}

// tally counts a candidate for a rule.
func (b *Bucket) tally(rule RuleID, c *candidate) {
	b.state.Tallies.Add(rule, c.example(rule), c.facts.Object.SizeBytes)
}
