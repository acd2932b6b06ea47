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
	e := ending{
		terms: p.terms(), names: p.Source, state: p.state, missing: p.chosen.missing,
		book: rules.NewBook(p.Header.Source), costs: planner.TermsOf(p.Header, p.Options),
	}
	return review.Seal(ctx, planner.Plan{Header: p.Header, Buckets: p.where.decisions()}, seal.Ending{
		Facts: p.Facts, Options: p.Options,
		Full: p.state.Full, FoldersFound: p.state.FoldersFound, Tallies: p.state.Tallies,
		AddedBytes: e.added, Calls: e.calls, Own: e.findings,
	})
}

// ending is what a project has to say at the end of its plan.
type ending struct {
	terms
	names nameReader
	state state
	// missing narrow the source, and lie elsewhere.
	missing []string
	book    rules.Book
	costs   planner.Terms
	// before is the item that was counted last, copied the number of records
	// of file handles that are copied.
	before planner.Item
	copied int
}

// findings are those about who gains access, about what narrows the source,
// and about the run.
func (e *ending) findings(ctx context.Context, plan *planner.Plan) ([]planner.Finding, error) {
	names, err := e.namesOf(ctx)
	if err != nil {
		return nil, fmt.Errorf("asking for names: %w", err)
	}
	comparison := e.state.Access.Comparison(e.facts, names)
	plan.Access = &comparison
	all := e.state.Access.Findings(comparison, e.facts, e.options)
	all = append(all, e.selectionFindings()...)
	return append(all, e.runFindings(plan.Totals)...), nil
}

// selectionFindings name what narrows the source and isn't there.
func (e *ending) selectionFindings() []planner.Finding {
	var entities, locations planner.Tally
	for _, id := range e.missing {
		entities.Add(id, 0)
	}
	for _, id := range e.project.StorageLocations {
		if !e.state.located(id) {
			locations.Add(strconv.FormatInt(id, 10), 0)
		}
	}
	var findings []planner.Finding
	if entities.Count > 0 {
		findings = append(findings, e.book.Rule(rules.SourceNotFound).Finding(entities))
	}
	if locations.Count > 0 {
		findings = append(findings, e.book.Rule(rules.SourceLocationUnused).Finding(locations))
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

// namesOf asks what the principals and requirements are called that the plan
// shows. What can't be told is called by its ID.
func (e *ending) namesOf(ctx context.Context) (access.Names, error) {
	n := access.Names{
		Realm:        e.facts.Destination.EffectiveRealm(),
		Principals:   map[int64]planner.Principal{},
		Requirements: map[int64]string{},
	}
	headers, err := e.names.UserGroupHeaders(ctx, e.state.Access.PrincipalIDs(e.facts))
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
	for _, l := range e.state.Access.Lost {
		if err := e.nameRequirements(ctx, l, n.Requirements); err != nil {
			return n, err
		}
	}
	return n, nil
}

// nameRequirements asks one of the files that a requirement holds for.
func (e *ending) nameRequirements(
	ctx context.Context, l access.RequirementTally, names map[int64]string,
) error {
	if _, known := names[l.ID]; known || l.ID == 0 || len(l.Tally.Examples) == 0 {
		return nil
	}
	id, _, _ := strings.Cut(l.Tally.Examples[0], " ")
	all, err := e.names.AccessRequirements(ctx, id)
	if err != nil && !absent(err) {
		return err
	}
	for _, r := range all {
		names[r.ID] = r.Name
	}
	return nil
}

// runFindings are those about the run that follow from its options.
func (e *ending) runFindings(t planner.Totals) []planner.Finding {
	var findings []planner.Finding
	files := t.Active()
	if left := e.state.Tallies[rules.MoveVersionsLeft]; left != nil {
		files -= left.Count // their files have left the source before
	}
	if e.source.Mode == planner.ModeMove && files > 0 {
		findings = append(findings, rules.AboutRun(rules.MoveChangesSource,
			"the run changes the source: %s get new file handles, and the files leave "+
				"their folders and keep their IDs", planner.Plural(files, "file version", "file versions")))
		if t.Folders > 0 {
			findings = append(findings, rules.AboutRun(rules.MoveFoldersStay,
				"%s created again in the destination; the source's stay where they are",
				planner.Plural(t.Folders, "folder is", "folders are")))
		}
	}
	if e.source.Mode == planner.ModeCopy && files > 0 {
		findings = append(findings, rules.AboutRun(rules.ContentDates,
			"%s made by you, at the time of the run: Synapse keeps no earlier dates and users",
			planner.Plural(files, "file version is", "file versions are")))
	}
	if o := e.state.Older; o.Files.Count > 0 {
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
func (e *ending) added(t planner.Totals) int64 {
	sum := rules.ActiveBytes(t)
	if e.source.Mode != planner.ModeMove || e.facts.Destination.ProjectID == "" ||
		e.source.ProjectID != e.facts.Destination.ProjectID {
		return sum
	}
	for _, a := range t.Actions {
		if a.Action == planner.ActionReuse {
			sum -= a.SizeBytes
		}
	}
	return sum
}
