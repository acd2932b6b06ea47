package planner

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"synapse-migrate/synapse"
)

// Names are what to call principals and access requirements. What is missing
// is called by its ID alone.
type Names struct {
	// Realm are the groups that have names of ours; the zero Realm is the
	// default one.
	Realm        synapse.Realm
	Principals   map[int64]Principal
	Requirements map[int64]string
}

// principal names a principal.
func (n Names) principal(id int64) Principal {
	if p, ok := n.Principals[id]; ok && p.Name != "" {
		p.ID = id
		return p
	}
	switch realm := (Destination{Realm: n.Realm}).realm(); id {
	case realm.Public:
		return Principal{ID: id, Name: "everybody on the internet", IsTeam: true}
	case realm.AuthenticatedUsers:
		return Principal{ID: id, Name: "every Synapse user", IsTeam: true}
	}
	return Principal{ID: id}
}

func (n Names) principals(ids []int64) []Principal {
	all := []Principal{}
	for _, id := range ids {
		all = append(all, n.principal(id))
	}
	return all
}

// PrincipalIDs are the principals that a comparison names, in order, for a
// look-up of their names.
func (t AccessTally) PrincipalIDs(d DestinationFacts) []int64 {
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
func (t AccessTally) LostIDs() []int64 {
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
func (t AccessTally) Comparison(d DestinationFacts, n Names) AccessComparison {
	c := AccessComparison{
		Destination:   n.principals(downloaders(d.Sharing)),
		Sharings:      []SourceSharing{},
		OtherSharings: int64(len(t.Marks)),
	}
	for _, s := range t.Sharings {
		c.Sharings = append(c.Sharings, SourceSharing{
			Example: s.Example, Downloads: n.principals(s.Downloads),
			OtherDownloads: s.More, Files: s.Files, SizeBytes: s.SizeBytes,
		})
	}
	mostFiles(c.Sharings, func(s SourceSharing) int64 { return s.Files },
		func(a, b SourceSharing) int { return cmp.Compare(a.Example, b.Example) })
	for _, g := range t.Gains {
		c.Gains = append(c.Gains, AccessGain{
			Principal: n.principal(g.Principal), Right: string(g.Right), Files: g.Tally.Count,
			SizeBytes: g.Tally.SizeBytes, Examples: g.Tally.Examples,
		})
	}
	mostFiles(c.Gains, func(g AccessGain) int64 { return g.Files }, func(a, b AccessGain) int {
		return cmp.Or(cmp.Compare(a.Principal.ID, b.Principal.ID), cmp.Compare(a.Right, b.Right))
	})
	for _, l := range t.Lost {
		c.LostRequirements = append(c.LostRequirements, LostRequirement{
			ID: l.ID, Name: n.Requirements[l.ID], Files: l.Tally.Count,
			SizeBytes: l.Tally.SizeBytes, Examples: l.Tally.Examples,
		})
	}
	mostFiles(c.LostRequirements, func(l LostRequirement) int64 { return l.Files },
		func(a, b LostRequirement) int { return cmp.Compare(a.ID, b.ID) })
	return c
}

// Findings say who would gain access and what would be lost. They stop the
// run, unless the user has accepted them.
func (t AccessTally) Findings(c AccessComparison, d DestinationFacts, o Options) []Finding {
	realm := d.Destination.realm()
	var findings []Finding
	for _, f := range []struct {
		rule  RuleID
		tally Tally
		who   string
	}{
		{RuleGovernanceDownload, t.Totals.Download, gainers(c, realm, synapse.AccessDownload)},
		{RuleGovernanceRead, t.Totals.Read, gainers(c, realm, synapse.AccessRead)},
		{RuleGovernanceRequirement, t.Totals.Requirement, lostNames(c)},
	} {
		if f.tally.Count == 0 {
			continue
		}
		rules := accessRules()
		i := slices.IndexFunc(rules, func(r Rule) bool { return r.ID == f.rule })
		finding := rules[i].finding(f.tally)
		finding.Message += ": " + f.who
		if o.AcceptAccessChange {
			finding.Severity, finding.Hint = SeverityWarn, ""
		}
		findings = append(findings, finding)
	}
	if distinct := len(t.Sharings) + len(t.Marks); distinct > 1 {
		findings = append(findings, aboutRun(accessRules(), RuleGovernanceOneSharing,
			"the files lie under %s different sharing settings; in the destination one "+
				"setting holds for all of them", number(int64(distinct))))
	}
	return findings
}

// gainers are the principals that gain a right, with the number of files.
func gainers(c AccessComparison, realm synapse.Realm, right synapse.AccessType) string {
	var all []string
	for _, g := range c.Gains {
		if g.Right == string(right) {
			all = append(all, fmt.Sprintf("%s, %s", called(g.Principal, realm), fileCount(g.Files)))
		}
	}
	return listed(all)
}

// lostNames are those that would be lost, with the number of files.
func lostNames(c AccessComparison) string {
	var all []string
	for _, l := range c.LostRequirements {
		name := fmt.Sprintf("requirement %d", l.ID)
		switch {
		case l.ID == 0:
			name = "further requirements"
		case l.Name != "":
			name = fmt.Sprintf("%q (%d)", l.Name, l.ID)
		}
		all = append(all, fmt.Sprintf("%s, for %s", name, fileCount(l.Files)))
	}
	return listed(all)
}

// called is how a message names a principal.
func called(p Principal, realm synapse.Realm) string {
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
	if more := len(all) - MaxExamples; more > 0 {
		all = append(all[:MaxExamples:MaxExamples], fmt.Sprintf("and %s more", number(int64(more))))
	}
	return strings.Join(all, "; ")
}

func fileCount(n int64) string {
	if n == 1 {
		return "1 file"
	}
	return number(n) + " files"
}
