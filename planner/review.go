package planner

import (
	"context"
	"fmt"
)

// reviewChunk is the number of items amended in one transaction, about.
const reviewChunk = 10_000

// activeActions are those that make an entity.
func activeActions() []Action {
	return []Action{
		ActionReuse, ActionRegister, ActionCopy, ActionSynapseCopy, ActionStream, ActionUpload,
	}
}

// review does what needs the whole list: it blocks what clashes, and spreads
// or reports crowded folders. Done again after an interruption, it ends the
// same. The findings are those about crowded folders.
func (b *Bucket) review(ctx context.Context) ([]Finding, error) {
	if err := b.reviewed().blockAllClashes(ctx); err != nil {
		return nil, err
	}
	if b.Options.ShardFolders {
		if err := b.shard(ctx); err != nil {
			return nil, fmt.Errorf("spreading crowded folders: %w", err)
		}
	}
	findings, err := b.reviewed().crowdedFindings(ctx, b.state.Full, b.Options.Limits.Children,
		b.Facts.Destination.FolderID)
	if err != nil {
		return nil, err
	}
	if n := len(b.state.Shards); n > 0 {
		f := aboutRun(limitRules(), RuleLimitsSharded,
			"the files of %s are spread over %s, in the order of their keys",
			plural(int64(n), "folder", "folders"), plural(b.shardCount(), "sub-folder", "sub-folders"))
		for _, s := range b.state.Shards[:min(n, MaxExamples)] {
			f.Examples = append(f.Examples, b.folderExample(s.Path))
		}
		findings = append(findings, f)
	}
	return findings, nil
}

// review looks at a whole list.
type review struct {
	store  Store
	review Reviewer
}

func (b *Bucket) reviewed() review { return review{b.Store, b.Reviewer} }

// blockAllClashes blocks the items of all clashes, a chunk at a time.
func (r review) blockAllClashes(ctx context.Context) error {
	for {
		clashes, err := r.someClashes(ctx)
		if err != nil || len(clashes) == 0 {
			return err
		}
		if err := r.blockClashes(ctx, clashes); err != nil {
			return err
		}
	}
}

// someClashes reads clashes of about a chunk of items.
func (r review) someClashes(ctx context.Context) ([]Clash, error) {
	var clashes []Clash
	items := 0
	for clash, err := range r.review.Clashes(ctx) {
		if err != nil {
			return nil, fmt.Errorf("looking for clashes: %w", err)
		}
		clashes = append(clashes, clash)
		if items += len(clash.ItemIDs); items >= reviewChunk {
			break
		}
	}
	return clashes, nil
}

// blockClashes blocks the items of clashes.
func (r review) blockClashes(ctx context.Context, clashes []Clash) error {
	var changes []Amendment
	for _, clash := range clashes {
		rule := RuleNamesSame
		if clash.FolderID != 0 {
			rule = RuleNamesFileAndFolder
		}
		for _, id := range clash.ItemIDs {
			item, err := itemWithID(ctx, r.review, id)
			if err != nil {
				return err
			}
			changes = append(changes, Amendment{
				ItemID: id, FolderID: item.FolderID, Name: item.Name,
				Action: ActionBlock, Rule: rule,
			})
		}
	}
	if err := r.store.Amend(ctx, nil, changes); err != nil {
		return fmt.Errorf("blocking clashes: %w", err)
	}
	return nil
}

// itemWithID reads one item.
func itemWithID(ctx context.Context, r Reviewer, id int64) (Item, error) {
	for item, err := range r.Items(ctx, Filter{AfterID: id - 1, Limit: 1}) {
		if err != nil {
			return Item{}, fmt.Errorf("reading item %d: %w", id, err)
		}
		return item, nil
	}
	return Item{}, fmt.Errorf("reading item %d: %w", id, ErrNotFound)
}

// clashFindings count what was blocked, from the store, so that they don't
// depend on when it was done.
func (r review) clashFindings(ctx context.Context, rules ruleBook) ([]Finding, error) {
	var findings []Finding
	for _, id := range []RuleID{RuleNamesFileAndFolder, RuleNamesSame} {
		var t Tally
		for item, err := range r.review.Items(ctx, Filter{Rule: id}) {
			if err != nil {
				return nil, fmt.Errorf("counting clashes: %w", err)
			}
			t.add(item.Source.Key, item.Source.SizeBytes)
		}
		if t.Count > 0 {
			findings = append(findings, rules.rule(id).finding(t))
		}
	}
	return findings, nil
}

// crowdedFindings report folders that would get too many children.
func (r review) crowdedFindings(
	ctx context.Context, full []fullFolder, limit int64, destinationID string,
) ([]Finding, error) {
	var folders Tally
	var largest int64
	err := r.crowded(ctx, full, limit, func(f FolderLoad, existing int64) {
		folders.add(folderExample(destinationID, f.Folder.Path), 0)
		largest = max(largest, f.Children+existing)
	})
	if err != nil || folders.Count == 0 {
		return nil, err
	}
	f := aboutRun(limitRules(), RuleLimitsChildren,
		"%s would have more than %s children, the fullest of them %s",
		plural(folders.Count, "folder", "folders"), number(limit), number(largest))
	f.Examples = folders.Examples
	return []Finding{f}, nil
}

// folderExample is how findings show the folder with that path.
func (b *Bucket) folderExample(path string) string {
	return folderExample(b.Facts.Destination.FolderID, path)
}

// folderExample is how findings show the folder with that path below the
// destination folder.
func folderExample(destinationID, path string) string {
	if path == "" {
		return "the destination folder " + destinationID
	}
	return path + "/"
}

// tooSpread reports a folder whose shards hold too many files.
func (b *Bucket) tooSpread() []Finding {
	if b.state.TooSpread == nil {
		return nil
	}
	f := aboutRun(limitRules(), RuleLimitsTooSpread,
		"a folder of the destination holds more than %s files in sub-folders part-NNNN, too "+
			"many to find those that are migrated already", number(int64(b.ShardNames)))
	f.Examples = []string{b.folderExample(*b.state.TooSpread)}
	return []Finding{f}
}

// crowded calls visit for each folder with too many children, with the
// number of those that it has and the plan doesn't touch.
func (b *Bucket) crowded(ctx context.Context, visit func(f FolderLoad, existing int64)) error {
	return b.reviewed().crowded(ctx, b.state.Full, b.Options.Limits.Children, visit)
}

func (r review) crowded(
	ctx context.Context, full []fullFolder, limit int64,
	visit func(f FolderLoad, existing int64),
) error {
	existing := map[int64]int64{}
	atLeast := limit
	for _, f := range full {
		existing[f.FolderID] = f.Existing
		atLeast = min(atLeast, max(limit-f.Existing, 0))
	}
	for f, err := range r.review.Loads(ctx, atLeast) {
		if err != nil {
			return fmt.Errorf("counting children: %w", err)
		}
		if e := existing[f.Folder.ID]; f.Children+e > limit {
			visit(f, e)
		}
	}
	return nil
}

// plural is a number with its noun.
func plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + many
}
