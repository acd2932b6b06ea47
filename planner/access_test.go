package planner_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"synapse-migrate/planner"
	"synapse-migrate/planner/access"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

// acl shares an entity: each principal with its rights.
func acl(id string, access ...synapse.ResourceAccess) *synapse.ACL {
	return &synapse.ACL{ID: id, ResourceAccess: access}
}

func gives(principal int64, rights ...synapse.AccessType) synapse.ResourceAccess {
	return synapse.ResourceAccess{PrincipalID: principal, AccessType: rights}
}

const (
	reads    = synapse.AccessRead
	loads    = synapse.AccessDownload
	everyone = synapse.PrincipalPublic
	allUsers = synapse.PrincipalAuthenticatedUsers
)

// sharedWith are the facts of a destination that is shared like that, with
// the access requirements 5 and 6. The caller is user 7.
func sharedWith(access ...synapse.ResourceAccess) rules.DestinationFacts {
	d := externalFacts()
	d.Sharing, d.Requirements = access, []int64{5, 6}
	return d
}

func TestAccessGains(t *testing.T) {
	tests := []struct {
		name        string
		destination synapse.ResourceAccess
		source      *synapse.ACL
		want        string
	}{
		{"the same", gives(100, reads, loads), acl("syn1", gives(100, reads, loads)), ""},
		{"other rights don't matter", gives(100, reads, loads, synapse.AccessUpdate),
			acl("syn1", gives(100, loads, reads)), ""},
		{"nobody before", gives(100, reads, loads), acl("syn1", gives(7, reads, loads)), "100 DOWNLOAD"},
		{"only reads before", gives(100, reads, loads), acl("syn1", gives(100, reads)), "100 DOWNLOAD"},
		{"only reads afterwards", gives(100, reads), acl("syn1"), "100 READ"},
		{"reads before and afterwards", gives(100, reads), acl("syn1", gives(100, reads)), ""},
		{"loses DOWNLOAD", gives(100, reads), acl("syn1", gives(100, reads, loads)), ""},
		{"neither right afterwards", gives(100, synapse.AccessUpdate), acl("syn1"), ""},
		{"every user before", gives(100, reads, loads), acl("syn1", gives(allUsers, reads, loads)), ""},
		{"every user reads before", gives(100, reads, loads), acl("syn1", gives(allUsers, reads)),
			"100 DOWNLOAD"},
		{"every user afterwards", gives(allUsers, reads, loads), acl("syn1", gives(100, reads, loads)),
			"273948 DOWNLOAD"},
		{"everybody reads before", gives(100, reads), acl("syn1", gives(everyone, reads)), ""},
		{"everybody reads before, every user afterwards", gives(allUsers, reads),
			acl("syn1", gives(everyone, reads)), ""},
		{"every user reads before, everybody afterwards", gives(everyone, reads),
			acl("syn1", gives(allUsers, reads)), "273949 READ"},
		{"everybody reads before, but doesn't download", gives(100, reads, loads),
			acl("syn1", gives(everyone, reads)), "100 DOWNLOAD"},
		{"downloads before without reading", gives(100, reads, loads), acl("syn1", gives(100, loads)),
			"100 READ"},
		{"the caller", gives(7, reads, loads), acl("syn1"), ""},
		{"sharing unknown", gives(100, reads, loads), nil, "100 DOWNLOAD"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := sharedWith(tt.destination)
			var tally access.Tally
			tally.Add(access.File{Example: "syn2 a", SizeBytes: 9, ACL: tt.source}, d)
			c := tally.Comparison(d, access.Names{})
			var got string
			for _, g := range c.Gains {
				got += fmt.Sprintf("%d %s", g.Principal.ID, g.Right)
				equal(t, "gain", []any{g.Files, g.SizeBytes, g.Examples},
					[]any{int64(1), int64(9), []string{"syn2 a"}})
			}
			equal(t, "gains", got, tt.want)
			findings := tally.Findings(c, d, planner.Options{})
			equal(t, "findings", len(findings) > 0, tt.want != "")
		})
	}
}

// TestAccessOfAnotherRealm: what the default realm's groups hold says nothing
// about the users of another one, and their own groups cover them.
func TestAccessOfAnotherRealm(t *testing.T) {
	realm := synapse.Realm{Public: 501, AuthenticatedUsers: 502, Anonymous: 503}
	reads := []synapse.AccessType{synapse.AccessRead}
	grant := func(id int64) synapse.ResourceAccess {
		return synapse.ResourceAccess{PrincipalID: id, AccessType: reads}
	}
	for _, tt := range []struct {
		name   string
		source int64
		want   string
	}{
		{"the realm's public group", realm.Public, ""},
		{"its signed-in users", realm.AuthenticatedUsers, ""},
		{"the default realm's", everyone, "42 READ"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := sharedWith(grant(42))
			d.Destination.Realm = realm
			var tally access.Tally
			tally.Add(access.File{Example: "syn2 a", ACL: &synapse.ACL{
				ResourceAccess: []synapse.ResourceAccess{grant(tt.source)}}}, d)
			got := ""
			for _, g := range tally.Comparison(d, access.Names{Realm: realm}).Gains {
				got += fmt.Sprintf("%d %s", g.Principal.ID, g.Right)
			}
			equal(t, "gains", got, tt.want)
		})
	}
}

// TestAccessToOpenData: whoever reads open data downloads it, on either side.
func TestAccessToOpenData(t *testing.T) {
	tests := []struct {
		name   string
		source []synapse.ResourceAccess
		to     synapse.ResourceAccess
		want   int
	}{
		{"every user reads before", []synapse.ResourceAccess{gives(allUsers, reads)},
			gives(100, reads, loads), 0},
		{"everybody reads before", []synapse.ResourceAccess{gives(everyone, reads)},
			gives(allUsers, reads, loads), 0},
		{"others read before", []synapse.ResourceAccess{gives(200, reads)},
			gives(100, reads, loads), 1},
		{"one who could do nothing", []synapse.ResourceAccess{gives(100, synapse.AccessUpdate)},
			gives(100, reads, loads), 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := sharedWith(tt.to)
			var tally access.Tally
			tally.Add(access.File{ACL: acl("syn1", tt.source...), OpenData: true}, d)
			c := tally.Comparison(d, access.Names{})
			equal(t, "gains", len(c.Gains), tt.want)
		})
	}
}

// three is a tally of three files under two sharing settings: teams 100 and
// 200 download in the destination, and user 300 reads.
func three() (access.Tally, rules.DestinationFacts) {
	d := sharedWith(gives(7, reads, loads), gives(100, reads, loads), gives(200, reads, loads),
		gives(300, reads))
	narrow := acl("syn1", gives(7, reads, loads), gives(100, reads, loads))
	var tally access.Tally
	tally.Add(access.File{Example: "syn3 c", SizeBytes: 4,
		ACL: acl("syn2", gives(7, reads, loads)), Requirements: []int64{6, 8, 9}}, d)
	tally.Add(access.File{Example: "syn4 a", SizeBytes: 1, ACL: narrow}, d)
	tally.Add(access.File{Example: "syn5 b", SizeBytes: 2, ACL: narrow,
		Requirements: []int64{5, 8}}, d)
	return tally, d
}

func TestAccessComparison(t *testing.T) {
	tally, d := three()
	equal(t, "principals", tally.PrincipalIDs(d), []int64{7, 100, 200, 300})
	equal(t, "requirements", tally.LostIDs(), []int64{8, 9})
	names := access.Names{
		Principals: map[int64]planner.Principal{
			7: {Name: "ada"}, 100: {Name: "Lab", IsTeam: true}, 200: {Name: "Part\nners", IsTeam: true},
		},
		Requirements: map[int64]string{8: "Consortium"},
	}
	ada := planner.Principal{ID: 7, Name: "ada"}
	lab := planner.Principal{ID: 100, Name: "Lab", IsTeam: true}
	partners := planner.Principal{ID: 200, Name: "Part\nners", IsTeam: true}
	c := tally.Comparison(d, names)
	equal(t, "comparison", c, planner.AccessComparison{
		Destination: []planner.Principal{ada, lab, partners},
		Sharings: []planner.SourceSharing{
			{Example: "syn1", Downloads: []planner.Principal{ada, lab}, Files: 2, SizeBytes: 3},
			{Example: "syn2", Downloads: []planner.Principal{ada}, Files: 1, SizeBytes: 4},
		},
		Gains: []planner.AccessGain{
			{Principal: partners, Right: "DOWNLOAD", Files: 3, SizeBytes: 7,
				Examples: []string{"syn3 c", "syn4 a", "syn5 b"}},
			{Principal: planner.Principal{ID: 300}, Right: "READ", Files: 3, SizeBytes: 7,
				Examples: []string{"syn3 c", "syn4 a", "syn5 b"}},
			{Principal: lab, Right: "DOWNLOAD", Files: 1, SizeBytes: 4, Examples: []string{"syn3 c"}},
		},
		LostRequirements: []planner.LostRequirement{
			{ID: 8, Name: "Consortium", Files: 2, SizeBytes: 6, Examples: []string{"syn3 c", "syn5 b"}},
			{ID: 9, Files: 1, SizeBytes: 4, Examples: []string{"syn3 c"}},
		},
	})
	findings := tally.Findings(c, d, planner.Options{})
	var messages []string
	for _, f := range findings {
		messages = append(messages, fmt.Sprintf("%s %s %d %d: %s", f.Severity, f.Rule, f.Count,
			f.SizeBytes, f.Message))
		if f.Hint == "" {
			t.Errorf("%s has no hint", f.Rule)
		}
	}
	equal(t, "findings", messages, []string{
		"stop governance/gains-download 3 7: 3 files could be downloaded by users or teams that " +
			`can't do so now: team "Part\nners" (200), 3 files; team "Lab" (100), 1 file`,
		"stop governance/gains-read 3 7: 3 files could be seen by users or teams that can't see " +
			"them now: principal 300, 3 files",
		"stop governance/requirement-lost 2 6: 2 files would lose access requirements: " +
			`"Consortium" (8), for 2 files; requirement 9, for 1 file`,
		"info governance/one-sharing 0 0: the files lie under 2 different sharing settings; in " +
			"the destination one setting holds for all of them",
	})
	for _, f := range tally.Findings(c, d, planner.Options{AcceptAccessChange: true}) {
		if f.Severity == planner.SeverityStop {
			t.Errorf("%s stops a run that was accepted", f.Rule)
		}
	}
}

func TestAccessOfNothing(t *testing.T) {
	var tally access.Tally
	d := sharedWith(gives(allUsers, reads, loads), gives(everyone, reads))
	c := tally.Comparison(d, access.Names{})
	equal(t, "comparison", c, planner.AccessComparison{
		Destination: []planner.Principal{{ID: allUsers, Name: "every Synapse user", IsTeam: true}},
		Sharings:    []planner.SourceSharing{},
	})
	equal(t, "findings", len(tally.Findings(c, d, planner.Options{})), 0)
}

// TestAccessTallyGoesThroughJSON has a tally interrupted after every file.
func TestAccessTallyGoesThroughJSON(t *testing.T) {
	d := sharedWith(gives(100, reads, loads), gives(300, reads))
	var whole, parts access.Tally
	for i := range int64(200) {
		file := access.File{
			Example: fmt.Sprintf("syn%d", i), SizeBytes: i, Requirements: []int64{i % 70},
			ACL: acl(fmt.Sprintf("syn%d", i), gives(100+i%60, reads, loads)),
		}
		whole.Add(file, d)
		parts.Add(file, d)
		text, err := json.Marshal(parts)
		if err != nil {
			t.Fatal(err)
		}
		parts = access.Tally{}
		if err := json.Unmarshal(text, &parts); err != nil {
			t.Fatal(err)
		}
	}
	equal(t, "tally", parts, whole)
}

// TestAccessTallyIsBounded has more of everything than is kept.
func TestAccessTallyIsBounded(t *testing.T) {
	var destination []synapse.ResourceAccess
	for i := range int64(80) {
		destination = append(destination, gives(1000+i, reads, loads))
	}
	d := sharedWith(destination...)
	var tally access.Tally
	const n = 700
	for i := range int64(n) {
		var source []synapse.ResourceAccess
		for j := range int64(30) {
			source = append(source, gives(10_000+30*i+j, reads, loads))
		}
		tally.Add(access.File{
			Example: strings.Repeat("é", 500), SizeBytes: 1, Requirements: []int64{100 + i},
			ACL: acl("syn1", source...),
		}, d)
	}
	text, err := json.Marshal(tally)
	if err != nil || len(text) > 80<<10 {
		t.Errorf("the tally takes %d bytes, error %v", len(text), err)
	}
	c := tally.Comparison(d, access.Names{})
	equal(t, "sharings", len(c.Sharings), planner.MaxSharings)
	equal(t, "other sharings", c.OtherSharings, int64(400))
	equal(t, "downloads", []any{len(c.Sharings[0].Downloads), c.Sharings[0].OtherDownloads},
		[]any{planner.MaxDownloads, int64(10)})
	equal(t, "gains", len(c.Gains), 51)
	equal(t, "the rest of the gains", c.Gains[0].Files, int64(30*n))
	equal(t, "lost", len(c.LostRequirements), 51)
	equal(t, "the rest of the lost", c.LostRequirements[0].Files, int64(n-50))
	findings := tally.Findings(c, d, planner.Options{})
	equal(t, "files", []int64{findings[0].Count, findings[1].Count}, []int64{n, n})
	if !strings.Contains(findings[0].Message, "others, 21,000 files; ") ||
		!strings.Contains(findings[0].Message, "; and 46 more") {
		t.Errorf("the message is %q", findings[0].Message)
	}
	if !strings.Contains(findings[1].Message, "further requirements, for 650 files") {
		t.Errorf("the message is %q", findings[1].Message)
	}
	for _, example := range findings[0].Examples {
		if n := len([]rune(example)); n > 80 {
			t.Errorf("an example has %d characters", n)
		}
	}
	if slices.Contains(tally.PrincipalIDs(d), 0) || slices.Contains(tally.LostIDs(), 0) {
		t.Error("the rest has a name to look up")
	}
}
