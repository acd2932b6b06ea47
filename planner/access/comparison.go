package access

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

// Names are what to call principals and access requirements. What is missing
// is called by its ID alone.
type Names struct {
	// Realm are the groups that have names of ours; the zero Realm is the
	// default one.
	Realm        synapse.Realm
	Principals   map[int64]planner.Principal
	Requirements map[int64]string
}

// principal names a principal.
func (n Names) principal(id int64) planner.Principal {
	if p, ok := n.Principals[id]; ok && p.Name != "" {
		p.ID = id
		return p
	}
	switch realm := (planner.Destination{Realm: n.Realm}).EffectiveRealm(); id {
	case realm.Public:
		return planner.Principal{ID: id, Name: "everybody on the internet", IsTeam: true}
	case realm.AuthenticatedUsers:
		return planner.Principal{ID: id, Name: "every Synapse user", IsTeam: true}
	}
	return planner.Principal{ID: id}
}

func (n Names) principals(ids []int64) []planner.Principal {
	all := []planner.Principal{}
	for _, id := range ids {
		all = append(all, n.principal(id))
	}
	return all
}

// PrincipalIDs are the principals that a comparison names, in order, for a
// look-up of their names.
func (t Tally) PrincipalIDs(d rules.DestinationFacts) []int64 {
	ids := downloaders(d.Sharing)
	for _, s := range t.Sharings {
		ids = append(ids, s.Downloads...)
	}
	for _, g := range t.Gains {
		if g.Principal != 0 {
			ids = append(ids, g.Principal)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// LostIDs are the access requirements that a comparison names, in order.
func (t Tally) LostIDs() []int64 {
	var ids []int64
	for _, l := range t.Lost {
		if l.ID != 0 {
			ids = append(ids, l.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// Comparison is what the plan says about access.
func (t Tally) Comparison(d rules.DestinationFacts, n Names) planner.AccessComparison {
	c := planner.AccessComparison{
		Destination:   n.principals(downloaders(d.Sharing)),
		Sharings:      []planner.SourceSharing{},
		OtherSharings: int64(len(t.Marks)),
	}
	for _, s := range t.Sharings {
		c.Sharings = append(c.Sharings, planner.SourceSharing{
			Example: s.Example, Downloads: n.principals(s.Downloads),
			OtherDownloads: s.More, Files: s.Files, SizeBytes: s.SizeBytes,
		})
	}
	mostFiles(c.Sharings, func(s planner.SourceSharing) int64 { return s.Files },
		func(a, b planner.SourceSharing) int { return cmp.Compare(a.Example, b.Example) })
	for _, g := range t.Gains {
		c.Gains = append(c.Gains, planner.AccessGain{
			Principal: n.principal(g.Principal), Right: string(g.Right), Files: g.Tally.Count,
			SizeBytes: g.Tally.SizeBytes, Examples: g.Tally.Examples,
		})
	}
	mostFiles(c.Gains, func(g planner.AccessGain) int64 { return g.Files }, func(a, b planner.AccessGain) int {
		return cmp.Or(cmp.Compare(a.Principal.ID, b.Principal.ID), cmp.Compare(a.Right, b.Right))
	})
	for _, l := range t.Lost {
		c.LostRequirements = append(c.LostRequirements, planner.LostRequirement{
			ID: l.ID, Name: n.Requirements[l.ID], Files: l.Tally.Count,
			SizeBytes: l.Tally.SizeBytes, Examples: l.Tally.Examples,
		})
	}
	mostFiles(c.LostRequirements, func(l planner.LostRequirement) int64 { return l.Files },
		func(a, b planner.LostRequirement) int { return cmp.Compare(a.ID, b.ID) })
	return c
}

// Findings say who would gain access and what would be lost. They stop the
// run, unless the user has accepted them.
func (t Tally) Findings(c planner.AccessComparison, d rules.DestinationFacts, o planner.Options) []planner.Finding {
	realm := d.Destination.EffectiveRealm()
	var findings []planner.Finding
	for _, f := range []struct {
		rule  planner.RuleID
		tally planner.Tally
		who   string
	}{
		{rules.GovernanceDownload, t.Totals.Download, gainers(c, realm, synapse.AccessDownload)},
		{rules.GovernanceRead, t.Totals.Read, gainers(c, realm, synapse.AccessRead)},
		{rules.GovernanceRequirement, t.Totals.Requirement, lostNames(c)},
	} {
		if f.tally.Count == 0 {
			continue
		}
		rule, _ := rules.Of(f.rule)
		finding := rule.Finding(f.tally)
		finding.Message += ": " + f.who
		if o.AcceptAccessChange {
			finding.Severity, finding.Hint = planner.SeverityWarn, ""
		}
		findings = append(findings, finding)
	}
	if distinct := len(t.Sharings) + len(t.Marks); distinct > 1 {
		findings = append(findings, rules.AboutRun(rules.GovernanceOneSharing,
			"the files lie under %s different sharing settings; in the destination one "+
				"setting holds for all of them", planner.Number(int64(distinct))))
	}
	return findings
}

// gainers are the principals that gain a right, with the number of files.
func gainers(c planner.AccessComparison, realm synapse.Realm, right synapse.AccessType) string {
	var all []string
	for _, g := range c.Gains {
		if g.Right == string(right) {
			all = append(all, fmt.Sprintf("%s, %s", called(g.Principal, realm), planner.Plural(g.Files, "file", "files")))
		}
	}
	return listed(all)
}

// lostNames are those that would be lost, with the number of files.
func lostNames(c planner.AccessComparison) string {
	var all []string
	for _, l := range c.LostRequirements {
		name := fmt.Sprintf("requirement %d", l.ID)
		switch {
		case l.ID == 0:
			name = "further requirements"
		case l.Name != "":
			name = fmt.Sprintf("%q (%d)", l.Name, l.ID)
		}
		all = append(all, fmt.Sprintf("%s, for %s", name, planner.Plural(l.Files, "file", "files")))
	}
	return listed(all)
}

// called is how a message names a principal.
func called(p planner.Principal, realm synapse.Realm) string {
	switch {
	case p.ID == 0:
		return "others"
	case p.ID == realm.Public || p.ID == realm.AuthenticatedUsers:
		return p.Name
	case p.Name == "":
		return fmt.Sprintf("principal %d", p.ID)
	case p.IsTeam:
		return fmt.Sprintf("team %q (%d)", p.Name, p.ID)
	}
	return fmt.Sprintf("user %q (%d)", p.Name, p.ID)
}

// listed joins the first MaxExamples.
func listed(all []string) string {
	if more := len(all) - planner.MaxExamples; more > 0 {
		all = append(all[:planner.MaxExamples:planner.MaxExamples], fmt.Sprintf("and %s more", planner.Number(int64(more))))
	}
	return strings.Join(all, "; ")
}
