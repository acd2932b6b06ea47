package planner

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// finish reviews the whole list and seals the plan.
func (p *Project) finish(ctx context.Context) (Plan, error) {
	review := review{p.Store, p.Reviewer}
	if len(p.ProjectOptions.StorageLocations) > 0 {
		// Folders are known before the files in them.
		if err := p.Store.DropBare(ctx); err != nil {
			return Plan{}, fmt.Errorf("leaving out folders: %w", err)
		}
	}
	if err := review.blockAllClashes(ctx); err != nil {
		return Plan{}, fmt.Errorf("reviewing the plan: %w", err)
	}
	plan := Plan{
		Format: PlanFormat, Header: p.Header, Buckets: p.bucketDecisions(),
		Protection: p.Facts.protection(),
	}
	var err error
	if plan.Totals, err = p.Reviewer.Totals(ctx); err != nil {
		return Plan{}, fmt.Errorf("summing up the plan: %w", err)
	}
	plan.Totals.Folders -= p.state.FoldersFound
	if plan.Cost, err = p.cost(ctx, plan.Totals); err != nil {
		return Plan{}, fmt.Errorf("reckoning the cost: %w", err)
	}
	names, err := p.names(ctx)
	if err != nil {
		return Plan{}, fmt.Errorf("asking for names: %w", err)
	}
	access := p.state.Access.Comparison(p.Facts, names)
	plan.Access = &access
	if plan.Findings, err = p.findings(ctx, review, plan); err != nil {
		return Plan{}, fmt.Errorf("gathering findings: %w", err)
	}
	sealed, err := p.Store.Seal(ctx, plan)
	if err != nil {
		return Plan{}, fmt.Errorf("sealing the plan: %w", err)
	}
	return sealed, nil
}

// findings are those about the run, then those about items, in the order of
// the rules.
func (p *Project) findings(ctx context.Context, r review, plan Plan) ([]Finding, error) {
	all := concerning(CheckRun(p.Facts, p.Options), plan.Totals)
	all = append(all, p.state.Access.Findings(*plan.Access, p.Facts, p.Options)...)
	all = append(all, p.selectionFindings()...)
	all = append(all, checkRoom(p.Facts, p.added(plan.Totals))...)
	all = append(all, p.runFindings(plan.Totals)...)
	crowded, err := r.crowdedFindings(
		ctx, p.state.Full, p.Options.Limits.Children, p.Facts.Destination.FolderID)
	if err != nil {
		return nil, err
	}
	for _, f := range crowded {
		f.Hint = p.rules.rule(f.Rule).hint
		all = append(all, f)
	}
	for id, tally := range p.state.Tallies {
		all = append(all, p.rules.rule(id).finding(*tally))
	}
	clashes, err := r.clashFindings(ctx, p.rules)
	if err != nil {
		return nil, err
	}
	return p.rules.sorted(append(all, clashes...)), nil
}

// selectionFindings name what narrows the source and isn't there.
func (p *Project) selectionFindings() []Finding {
	var entities, locations Tally
	for _, id := range p.chosen.missing {
		entities.add(id, 0)
	}
	for _, id := range p.ProjectOptions.StorageLocations {
		if !p.state.located(id) {
			locations.add(strconv.FormatInt(id, 10), 0)
		}
	}
	var findings []Finding
	if entities.Count > 0 {
		findings = append(findings, p.rules.rule(RuleSourceNotFound).finding(entities))
	}
	if locations.Count > 0 {
		findings = append(findings, p.rules.rule(RuleSourceLocationUnused).finding(locations))
	}
	return findings
}

// located reports whether a file was met in a storage location.
func (s *projectState) located(id int64) bool {
	for _, b := range s.Buckets {
		if b.Place.StorageLocationID == id {
			return true
		}
	}
	return false
}

// names asks what the principals and requirements are called that the plan
// shows. What can't be told is called by its ID.
func (p *Project) names(ctx context.Context) (Names, error) {
	n := Names{Realm: p.Facts.Destination.realm(), Principals: map[int64]Principal{}, Requirements: map[int64]string{}}
	headers, err := p.Source.UserGroupHeaders(ctx, p.state.Access.PrincipalIDs(p.Facts))
	if err != nil {
		return n, err
	}
	for _, h := range headers {
		id, err := strconv.ParseInt(h.OwnerID, 10, 64)
		if err != nil {
			continue
		}
		n.Principals[id] = Principal{ID: id, Name: h.UserName, IsTeam: !h.IsIndividual}
	}
	for _, l := range p.state.Access.Lost {
		if err := p.nameRequirements(ctx, l, n.Requirements); err != nil {
			return n, err
		}
	}
	return n, nil
}

// nameRequirements asks one of the files that a requirement holds for.
func (p *Project) nameRequirements(
	ctx context.Context, l requirementTally, names map[int64]string,
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
func (p *Project) runFindings(t Totals) []Finding {
	var findings []Finding
	files := int64(0)
	for _, a := range t.Actions {
		if a.Action.active() {
			files += a.Items
		}
	}
	if left := p.state.Tallies[RuleMoveVersionsLeft]; left != nil {
		files -= left.Count // their files have left the source before
	}
	if p.source.Mode == ModeMove && files > 0 {
		findings = append(findings, aboutRun(moveRules(), RuleMoveChangesSource,
			"the run changes the source: %s get new file handles, and the files leave "+
				"their folders and keep their IDs", plural(files, "file version", "file versions")))
		if t.Folders > 0 {
			findings = append(findings, aboutRun(moveRules(), RuleMoveFoldersStay,
				"%s made anew in the destination; the source's stay where they are",
				plural(t.Folders, "folder is", "folders are")))
		}
	}
	if p.source.Mode == ModeCopy && files > 0 {
		findings = append(findings, aboutRun(contentRules(), RuleContentDates,
			"%s made by you, at the time of the run: Synapse keeps no earlier dates and users",
			plural(files, "file version is", "file versions are")))
	}
	if o := p.state.Older; o.Files.Count > 0 {
		f := aboutRun(contentRules(), RuleContentVersions,
			"%s older versions, %s at most, which stay where they are",
			plural(o.Files.Count, "file has", "files have"), number(o.Versions))
		f.Count, f.Examples = o.Files.Count, o.Files.Examples
		findings = append(findings, f)
	}
	return findings
}
