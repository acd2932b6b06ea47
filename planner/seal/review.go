package seal

import (
	"context"
	"fmt"

	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
)

// reviewChunk is the number of items amended in one transaction, about.
const reviewChunk = 10_000

// Review looks at a whole list.
type Review struct {
	Store    planner.Store
	Reviewer planner.Reviewer
}

// BlockAllClashes blocks the items of all clashes, a chunk at a time.
func (r Review) BlockAllClashes(ctx context.Context) error {
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
func (r Review) someClashes(ctx context.Context) ([]planner.Clash, error) {
	var clashes []planner.Clash
	items := 0
	for clash, err := range r.Reviewer.Clashes(ctx) {
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
func (r Review) blockClashes(ctx context.Context, clashes []planner.Clash) error {
	var changes []planner.Amendment
	for _, clash := range clashes {
		rule := rules.NamesSame
		if clash.FolderID != 0 {
			rule = rules.NamesFileAndFolder
		}
		for _, id := range clash.ItemIDs {
			item, err := ItemWithID(ctx, r.Reviewer, id)
			if err != nil {
				return err
			}
			changes = append(changes, planner.Amendment{
				ItemID: id, FolderID: item.FolderID, Name: item.Name,
				Action: planner.ActionBlock, Rule: rule,
			})
		}
	}
	if err := r.Store.Amend(ctx, nil, changes); err != nil {
		return fmt.Errorf("blocking clashes: %w", err)
	}
	return nil
}

// ItemWithID reads one item.
func ItemWithID(ctx context.Context, r planner.Reviewer, id int64) (planner.Item, error) {
	for item, err := range r.Items(ctx, planner.Filter{AfterID: id - 1, Limit: 1}) {
		if err != nil {
			return planner.Item{}, fmt.Errorf("reading item %d: %w", id, err)
		}
		return item, nil
	}
	return planner.Item{}, fmt.Errorf("reading item %d: %w", id, planner.ErrNotFound)
}

// clashFindings count what was blocked, from the store, so that they don't
// depend on when it was done.
func (r Review) clashFindings(ctx context.Context, book rules.Book) ([]planner.Finding, error) {
	var findings []planner.Finding
	for _, id := range []planner.RuleID{rules.NamesFileAndFolder, rules.NamesSame} {
		var t planner.Tally
		for item, err := range r.Reviewer.Items(ctx, planner.Filter{Rule: id}) {
			if err != nil {
				return nil, fmt.Errorf("counting clashes: %w", err)
			}
			t.Add(item.Source.Key, item.Source.SizeBytes)
		}
		if t.Count > 0 {
			findings = append(findings, book.Rule(id).Finding(t))
		}
	}
	return findings, nil
}

// crowdedFindings report folders that would get too many children.
func (r Review) crowdedFindings(ctx context.Context, e Ending) ([]planner.Finding, error) {
	var folders planner.Tally
	var largest int64
	limit := e.Options.Limits.Children
	err := r.Crowded(ctx, e.Full, limit, func(f planner.FolderLoad, existing int64) {
		folders.Add(FolderExample(e.Facts.Destination.FolderID, f.Folder.Path), 0)
		largest = max(largest, f.Children+existing)
	})
	if err != nil || folders.Count == 0 {
		return nil, err
	}
	f := rules.AboutRun(rules.LimitsChildren,
		"%s would have more than %s children, the fullest of them %s",
		planner.Plural(folders.Count, "folder", "folders"), planner.Number(limit), planner.Number(largest))
	f.Examples = folders.Examples
	return []planner.Finding{f}, nil
}

// FolderExample is how findings show the folder with that path below the
// destination folder.
func FolderExample(destinationID, path string) string {
	if path == "" {
		return "the destination folder " + destinationID
	}
	return path + "/"
}

// Crowded calls visit for each folder with too many children, with the number
// of those that it has and the plan doesn't touch.
func (r Review) Crowded(
	ctx context.Context, full []FullFolder, limit int64,
	visit func(f planner.FolderLoad, existing int64),
) error {
	existing := map[int64]int64{}
	atLeast := limit
	for _, f := range full {
		existing[f.FolderID] = f.Existing
		atLeast = min(atLeast, max(limit-f.Existing, 0))
	}
	for f, err := range r.Reviewer.Loads(ctx, atLeast) {
		if err != nil {
			return fmt.Errorf("counting children: %w", err)
		}
		if e := existing[f.Folder.ID]; f.Children+e > limit {
			visit(f, e)
		}
	}
	return nil
}
