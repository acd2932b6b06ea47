package planner_test

import (
	"slices"
	"strings"
	"testing"

	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

func TestRulesAreComplete(t *testing.T) {
	seen := map[planner.RuleID]bool{}
	for _, r := range rules.Rules() {
		if seen[r.ID] {
			t.Errorf("%s stands there twice", r.ID)
		}
		seen[r.ID] = true
		if !strings.HasPrefix(string(r.ID), string(r.Topic)+"/") {
			t.Errorf("%s is not of topic %s", r.ID, r.Topic)
		}
		if r.Summary == "" || r.Source == "" || r.Severity == "" {
			t.Errorf("%s lacks a summary, a source or a severity", r.ID)
		}
	}
	if len(seen) < 40 {
		t.Errorf("got %d rules, want all of them", len(seen))
	}
}

func TestCheckRun(t *testing.T) {
	edit := func(change func(*rules.DestinationFacts)) rules.DestinationFacts {
		f := externalFacts()
		change(&f)
		return f
	}
	share := func(principal int64, rights ...synapse.AccessType) rules.DestinationFacts {
		return edit(func(f *rules.DestinationFacts) {
			f.Sharing = []synapse.ResourceAccess{{PrincipalID: principal, AccessType: rights}}
		})
	}
	tests := []struct {
		name  string
		facts rules.DestinationFacts
		opt   planner.Options
		want  []string
	}{
		{"external, owned", externalFacts(), planner.Options{}, nil},
		{"managed", managedFacts(), planner.Options{}, nil},
		{"anonymous", rules.DestinationFacts{FolderID: "syn10", Anonymous: true}, planner.Options{},
			[]string{"stop caller/anonymous"}},
		{"refused", rules.DestinationFacts{FolderID: "syn10", CallerRefused: true}, planner.Options{},
			[]string{"stop caller/refused"}},
		{"scope", rules.DestinationFacts{FolderID: "syn10", ScopeMissing: true}, planner.Options{},
			[]string{"stop caller/token-scopes"}},
		{"not certified", edit(func(f *rules.DestinationFacts) { f.Permissions.IsCertifiedUser = false }),
			planner.Options{}, []string{"stop caller/not-certified"}},
		{"no CREATE", edit(func(f *rules.DestinationFacts) { f.Permissions.CanAddChild = false }),
			planner.Options{}, []string{"stop caller/permissions"}},
		{"no UPDATE, not needed", edit(func(f *rules.DestinationFacts) { f.Permissions.CanEdit = false }),
			planner.Options{}, nil},
		{"no UPDATE to replace", edit(func(f *rules.DestinationFacts) { f.Permissions.CanEdit = false }),
			planner.Options{IfExists: planner.ExistsReplace}, []string{"stop caller/permissions"}},
		{"no DOWNLOAD, nothing to compare", edit(func(f *rules.DestinationFacts) {
			f.Permissions.CanDownload = false
		}), planner.Options{}, nil},
		{"no DOWNLOAD to compare", edit(func(f *rules.DestinationFacts) {
			f.Permissions.CanDownload, f.HasChildren = false, true
		}), planner.Options{}, []string{"stop caller/permissions", "info destination/has-children"}},
		{"missing", rules.DestinationFacts{FolderID: "syn10", Missing: true}, planner.Options{},
			[]string{"stop destination/missing"}},
		{"unreadable", rules.DestinationFacts{FolderID: "syn10"}, planner.Options{},
			[]string{"stop destination/unreadable"}},
		{"project", edit(func(f *rules.DestinationFacts) { f.ConcreteType = synapse.TypeProject }),
			planner.Options{}, []string{"stop destination/not-a-folder"}},
		{"no setting", edit(func(f *rules.DestinationFacts) { f.Locations, f.EffectiveSTS = 0, false }),
			planner.Options{}, []string{"stop destination/no-setting"}},
		{"inherited setting", edit(func(f *rules.DestinationFacts) { f.Locations = 0 }),
			planner.Options{}, []string{"stop destination/inherited-setting"}},
		{"two locations", edit(func(f *rules.DestinationFacts) { f.Locations = 2 }),
			planner.Options{}, []string{"stop destination/many-locations"}},
		{"not STS", edit(func(f *rules.DestinationFacts) { f.EffectiveSTS = false }),
			planner.Options{}, []string{"stop destination/not-sts"}},
		{"not S3", edit(func(f *rules.DestinationFacts) { f.Unsupported = true }),
			planner.Options{}, []string{"stop destination/unsupported-location"}},
		{"nested", edit(func(f *rules.DestinationFacts) { f.NestedSTS = true }),
			planner.Options{}, []string{"stop destination/nested-sts"}},
		{"no base key", edit(func(f *rules.DestinationFacts) { f.Destination.BaseKey = "" }),
			planner.Options{}, []string{"warn destination/no-base-key"}},
		{"somebody else's", edit(func(f *rules.DestinationFacts) { f.Destination.OwnedByCaller = false }),
			planner.Options{}, []string{"warn destination/not-owned"}},
		{"no credentials", edit(func(f *rules.DestinationFacts) { f.STS = rules.STSRefused }),
			planner.Options{}, []string{"warn destination/no-credentials"}},
		{"no credentials, not needed", edit(func(f *rules.DestinationFacts) { f.STS = rules.STSRefused }),
			planner.Options{CopyWithSource: true}, nil},
		{"credentials for elsewhere", edit(func(f *rules.DestinationFacts) { f.STS = rules.STSElsewhere }),
			planner.Options{}, []string{"stop destination/bucket-mismatch"}},
		{"register into a managed folder", managedFacts(), planner.Options{Force: planner.ActionRegister},
			[]string{"stop destination/action-impossible"}},
		{"stream without credentials", edit(func(f *rules.DestinationFacts) { f.STS = rules.STSRefused }),
			planner.Options{Force: planner.ActionStream},
			[]string{"warn destination/no-credentials", "stop destination/action-impossible"}},
		{"upload anywhere", externalFacts(), planner.Options{Force: planner.ActionUpload}, nil},
		{"children", edit(func(f *rules.DestinationFacts) { f.HasChildren = true }),
			planner.Options{}, []string{"info destination/has-children"}},
		{"requester pays", externalFacts(), planner.Options{RequesterPays: true},
			[]string{"info objects/requester-pays"}},
		{"public", share(synapse.PrincipalPublic, synapse.AccessRead), planner.Options{},
			[]string{"warn governance/public"}},
		{"all users", share(synapse.PrincipalAuthenticatedUsers, synapse.AccessRead, synapse.AccessDownload),
			planner.Options{}, []string{"warn governance/all-users"}},
		{"all users, accepted", share(synapse.PrincipalAuthenticatedUsers, synapse.AccessDownload),
			planner.Options{AcceptAccessChange: true}, []string{"info governance/all-users"}},
		{"all users of another realm", edit(func(f *rules.DestinationFacts) {
			f.Destination.Realm = synapse.Realm{Public: 501, AuthenticatedUsers: 502, Anonymous: 503}
			f.Sharing = []synapse.ResourceAccess{
				{PrincipalID: 502, AccessType: []synapse.AccessType{synapse.AccessRead}},
				{PrincipalID: synapse.PrincipalPublic, AccessType: []synapse.AccessType{synapse.AccessRead}},
			}
		}), planner.Options{}, []string{"warn governance/all-users"}},
		{"two factor", rules.DestinationFacts{FolderID: "syn10", CallerRefused: true, TwoFactorMissing: true},
			planner.Options{}, []string{"stop caller/two-factor"}},
		{"a full project", edit(func(f *rules.DestinationFacts) {
			f.Usage = &synapse.StorageUsage{SumFileBytes: 6, MaxAllowedFileBytes: new(int64(5)), IsOverLimit: true}
		}), planner.Options{}, []string{"stop limits/project-storage"}},
		{"a team", share(3350396, synapse.AccessDownload), planner.Options{}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, f := range rules.CheckRun(tt.facts, tt.opt) {
				got = append(got, string(f.Severity)+" "+string(f.Rule))
				if f.Message == "" || f.Severity == planner.SeverityStop && f.Hint == "" {
					t.Errorf("%s has no message or no hint", f.Rule)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
