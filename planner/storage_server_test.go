package planner_test

import (
	"slices"
	"testing"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
	"synapse-migrate/planner/access"
	"synapse-migrate/planner/destination"
	"synapse-migrate/planner/listing"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// TestPlanStopsForAFullProject: what a server says of a project's storage
// reaches the plan of each kind of source.
func TestPlanStopsForAFullProject(t *testing.T) {
	for bytes, stops := range map[int64]bool{30: false, 29: true} {
		s := newServer(t)
		s.must(s.SetStorageLimit(s.project, s.location, bytes))
		plan, _ := s.plan(newBucket("src", map[string]int64{"a": 10, "b": 20}), "", nil)
		equal(t, "bucket stops", slices.Contains(ids(plan.Findings), rules.LimitsStorage), stops)

		study := newStudy(t)
		study.stored(study.source, "a", 30)
		study.must(study.SetStorageLimit(study.facts().Destination.ProjectID, study.location, bytes))
		plan, _ = study.plan(planner.ProjectOptions{}, nil)
		equal(t, "project stops", slices.Contains(ids(plan.Findings), rules.LimitsStorage), stops)
	}
}

// TestCallersOfAnotherRealm: who is nobody, who is everybody, and what they
// are called is the realm's.
func TestCallersOfAnotherRealm(t *testing.T) {
	realm := synapse.Realm{Public: 501, AuthenticatedUsers: 502, Anonymous: 503}
	s := newStudyWith(t, emulator.Options{Realm: realm}, synapse.BudgetOptions{Requests: 1 << 20})
	s.stored(s.source, "a", 1)
	all := synapse.ResourceAccess{PrincipalID: realm.AuthenticatedUsers, AccessType: []synapse.AccessType{reads}}
	s.must(s.SetACL(s.folder, append(ownerAccess(s.owner), all)...))
	plan, _ := s.plan(planner.ProjectOptions{}, nil)

	// Everybody who is signed in could read before: no user gains a right.
	eve := s.AddUser(emulator.User{Name: "eve"})
	s.must(s.SetACL(s.folder, append(ownerAccess(s.owner), gives(eve, reads))...))
	plan.Header.Destination = s.facts().Destination
	s.must(access.CheckSharing(t.Context(), s.client, plan))

	nobody, err := synapse.New(synapse.Options{Endpoint: "https://synapse.test", Transport: direct{s.Emulator}})
	s.must(err)
	_, facts, err := destination.Examine(t.Context(), nobody, s.folder, nil)
	s.must(err)
	equal(t, "anonymous", facts.Anonymous, true)

	d := sharedWith(all)
	d.Destination.Realm = realm
	var tally access.Tally
	tally.Add(access.File{Example: "syn2 a", ACL: acl("syn1")}, d)
	c := tally.Comparison(d, access.Names{Realm: realm})
	equal(t, "called", c.Gains[0].Principal.Name, "every Synapse user")
}

// TestExamineWithoutTwoFactor: the refusal of the first call is told apart
// from any other.
func TestExamineWithoutTwoFactor(t *testing.T) {
	s := newStudyWith(t, emulator.Options{TwoFactorRequired: true}, synapse.BudgetOptions{Requests: 1 << 20})
	equal(t, "rule", ids(rules.CheckRun(s.facts(), planner.Options{}))[0], rules.CallerTwoFactor)
}

// TestRecordSetHoldsItsName: nothing is migrated to where a record set is.
func TestRecordSetHoldsItsName(t *testing.T) {
	s := newServer(t)
	there := &tree{children: map[string][]synapse.EntityHeader{s.folder: {
		{ID: "syn12", Name: "a", Type: synapse.TypeRecordSet}}}}
	_, store := s.plan(newBucket("src", map[string]int64{"a": 1, "b": 1}), "", func(b *listing.Planner) {
		b.Existing, b.Facts.HasChildren = there, true
	})
	equal(t, "outcomes", outcomes(t, store.(*checkpoint.File)), map[string]string{
		"a": "block objects/name-taken", "b": "stream",
	})
}
