package project

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"synapse-migrate/planner"
	"synapse-migrate/planner/access"
	"synapse-migrate/planner/rules"
	"synapse-migrate/planner/seal"
)

// finish reviews the whole list and seals the plan.
func (p *Planner) finish(ctx context.Context) (planner.Plan, error) {
	review := seal.Review{Store: p.Store, Reviewer: p.Reviewer}
	if len(p.ProjectOptions.StorageLocations) > 0 {
		// Folders are known before the files in them.
		if err := p.Store.DropBare(ctx); err != nil {
			return planner.Plan{}, fmt.Errorf("leaving out folders: %w", err)
		}
	}
	if err := review.BlockAllClashes(ctx); err != nil {
		return planner.Plan{}, fmt.Errorf("reviewing the plan: %w", err)
	}
	plan := planner.Plan{
		Format: planner.PlanFormat, Header: p.Header, Buckets: p.bucketDecisions(),
		Protection: p.Facts.Protection(),
	}
	var err error
	if plan.Totals, err = p.Reviewer.Totals(ctx); err != nil {
		return planner.Plan{}, fmt.Errorf("summing up the plan: %w", err)
	}
	plan.Totals.Folders -= p.state.FoldersFound
	if plan.Cost, err = p.cost(ctx, plan.Totals); err != nil {
		return planner.Plan{}, fmt.Errorf("reckoning the cost: %w", err)
	}
	names, err := p.names(ctx)
	if err != nil {
		return planner.Plan{}, fmt.Errorf("asking for names: %w", err)
	}
	access := p.state.Access.Comparison(p.Facts, names)
	plan.Access = &access
	if plan.Findings, err = p.findings(ctx, review, plan); err != nil {
		return planner.Plan{}, fmt.Errorf("gathering findings: %w", err)
	}
	sealed, err := p.Store.Seal(ctx, plan)
	if err != nil {
		return planner.Plan{}, fmt.Errorf("sealing the plan: %w", err)
	}
	return sealed, nil
}

// findings are those about the run, then those about items, in the order of
// the rules.
func (p *Planner) findings(ctx context.Context, r seal.Review, plan planner.Plan) ([]planner.Finding, error) {
	all := rules.Concerning(rules.CheckRun(p.Facts, p.Options), plan.Totals)
	all = append(all, p.state.Access.Findings(*plan.Access, p.Facts, p.Options)...)
	all = append(all, p.selectionFindings()...)
	all = append(all, rules.CheckRoom(p.Facts, p.added(plan.Totals))...)
	all = append(all, p.runFindings(plan.Totals)...)
	crowded, err := r.CrowdedFindings(
		ctx, p.state.Full, p.Options.Limits.Children, p.Facts.Destination.FolderID)
	if err != nil {
		return nil, err
	}
	for _, f := range crowded {
		f.Hint = p.rules.Rule(f.Rule).Hint
		all = append(all, f)
	}
	for id, tally := range p.state.Tallies {
		all = append(all, p.rules.Rule(id).Finding(*tally))
	}
	clashes, err := r.ClashFindings(ctx, p.rules)
	if err != nil {
		return nil, err
	}
	return p.rules.Sorted(append(all, clashes...)), nil
}

// selectionFindings name what narrows the source and isn't there.
func (p *Planner) selectionFindings() []planner.Finding {
	var entities, locations planner.Tally
	for _, id := range p.chosen.missing {
		entities.Add(id, 0)
	}
	for _, id := range p.ProjectOptions.StorageLocations {
		if !p.state.located(id) {
			locations.Add(strconv.FormatInt(id, 10), 0)
		}
	}
	var findings []planner.Finding
	if entities.Count > 0 {
		findings = append(findings, p.rules.Rule(rules.SourceNotFound).Finding(entities))
	}
	if locations.Count > 0 {
		findings = append(findings, p.rules.Rule(rules.SourceLocationUnused).Finding(locations))
	}
	return findings
}

// located reports whether a file was met in a storage location.
func (s *state) located(id int64) bool {
	for _, b := range s.Buckets {
		if b.Place.StorageLocationID == id {
			return true
		}
	}
	return false
}

// names asks what the principals and requirements are called that the plan
// shows. What can't be told is called by its ID.
func (p *Planner) names(ctx context.Context) (access.Names, error) {
	n := access.Names{Realm: p.Facts.Destination.EffectiveRealm(), Principals: map[int64]planner.Principal{}, Requirements: map[int64]string{}}
	headers, err := p.Source.UserGroupHeaders(ctx, p.state.Access.PrincipalIDs(p.Facts))
	if err != nil {
		return n, err
	}
	for _, h := range headers {
		id, err := strconv.ParseInt(h.OwnerID, 10, 64)
		if err != nil {
			continue
		}
		n.Principals[id] = planner.Principal{ID: id, Name: h.UserName, IsTeam: !h.IsIndividual}
	}
	for _, l := range p.state.Access.Lost {
		if err := p.nameRequirements(ctx, l, n.Requirements); err != nil {
			return n, err
		}
	}
	return n, nil
}

// nameRequirements asks one of the files that a requirement holds for.
func (p *Planner) nameRequirements(
	ctx context.Context, l access.RequirementTally, names map[int64]string,
) error {
	if _, known := names[l.ID]; known || l.ID == 0 || len(l.Tally.Examples) == 0 {
		return nil
	}
	id, _, _ := strings.Cut(l.Tally.Examples[0], " ")
	all, err := p.Source.AccessRequirements(ctx, id)
	if err != nil && !absent(err) {
		return err
	}
	for _, r := range all {
		names[r.ID] = r.Name
	}
	return nil
}

// runFindings are those about the run that follow from its options.
func (p *Planner) runFindings(t planner.Totals) []planner.Finding {
	var findings []planner.Finding
	files := int64(0)
	for _, a := range t.Actions {
		if a.Action.Active() {
			files += a.Items
		}
	}
	if left := p.state.Tallies[rules.MoveVersionsLeft]; left != nil {
		files -= left.Count // their files have left the source before
	}
	if p.source.Mode == planner.ModeMove && files > 0 {
		findings = append(findings, rules.AboutRun(rules.MoveChangesSource,
			"the run changes the source: %s get new file handles, and the files leave "+
				"their folders and keep their IDs", planner.Plural(files, "file version", "file versions")))
		if t.Folders > 0 {
			findings = append(findings, rules.AboutRun(rules.MoveFoldersStay,
				"%s made anew in the destination; the source's stay where they are",
				planner.Plural(t.Folders, "folder is", "folders are")))
		}
	}
	if p.source.Mode == planner.ModeCopy && files > 0 {
		findings = append(findings, rules.AboutRun(rules.ContentDates,
			"%s made by you, at the time of the run: Synapse keeps no earlier dates and users",
			planner.Plural(files, "file version is", "file versions are")))
	}
	if o := p.state.Older; o.Files.Count > 0 {
		f := rules.AboutRun(rules.ContentVersions,
			"%s older versions, %s at most, which stay where they are",
			planner.Plural(o.Files.Count, "file has", "files have"), planner.Number(o.Versions))
		f.Count, f.Examples = o.Files.Count, o.Files.Examples
		findings = append(findings, f)
	}
	return findings
}

// added are the bytes that the plan adds to the destination's project in its
// storage location. What moves within both is there already.
func (p *Planner) added(t planner.Totals) int64 {
	sum := rules.ActiveBytes(t)
	if p.source.Mode != planner.ModeMove || p.Facts.Destination.ProjectID == "" ||
		p.source.ProjectID != p.Facts.Destination.ProjectID {
		return sum
	}
	for _, a := range t.Actions {
		if a.Action == planner.ActionReuse {
			sum -= a.SizeBytes
		}
	}
	return sum
}
