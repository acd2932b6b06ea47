package planner_test

import (
	"fmt"
	"testing"

	"synapse-migrate/planner"
	"synapse-migrate/planner/project"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// TestProjectExisting plans into a folder that holds things already.
func TestProjectExisting(t *testing.T) {
	fill := func(t *testing.T) *study {
		s := newStudy(t)
		sub := s.addFolder(s.source, "sub")
		s.stored(sub, "same", 10)
		s.stored(sub, "other", 10)
		s.stored(sub, "new", 10)
		s.stored(s.source, "folder", 10)
		s.addFolder(s.source, "file")
		s.stored(s.addFolder(s.source, "fresh"), "x", 10)
		there := s.addFolder(s.folder, "sub")
		s.file(there, "same", s.handle(s.location, "dest", "7/same", 10))
		s.stored(sub, "beside", 10)
		s.file(there, "beside", s.handle(s.beside, "dest", "7/beside", 10))
		s.file(there, "other", s.handle(s.location, "dest", "base/other", 11))
		s.addFolder(s.folder, "folder")
		s.file(s.folder, "file", s.handle(s.location, "dest", "base/file", 12))
		return s
	}
	for name, c := range map[string]struct {
		mode   planner.Mode
		exists planner.ExistsPolicy
		other  string
		same   string
	}{
		"fail":    {planner.ModeCopy, "", "block objects/file-differs", "skip objects/already-migrated"},
		"skip":    {planner.ModeCopy, planner.ExistsSkip, "skip objects/file-kept", "skip objects/already-migrated"},
		"replace": {planner.ModeCopy, planner.ExistsReplace, "synapse-copy", "skip objects/already-migrated"},
		"move":    {planner.ModeMove, planner.ExistsReplace, "block move/name-taken", "block move/name-taken"},
	} {
		t.Run(name, func(t *testing.T) {
			s := fill(t)
			plan, file := s.plan(planner.ProjectOptions{Mode: c.mode}, func(p *project.Planner) {
				p.Options.IfExists = c.exists
			})
			got := map[string]string{}
			for item, err := range file.Items(t.Context(), planner.Filter{}) {
				s.must(err)
				got[item.Name] = string(item.Action)
				if item.Rule != "" {
					got[item.Name] += " " + string(item.Rule)
				}
				equal(t, item.Name+" replaces", item.ReplaceEntityID != "",
					(item.Name == "other" || item.Name == "beside") && name == "replace")
			}
			equal(t, "items", got, map[string]string{
				"same": c.same, "other": c.other, "beside": c.other, "new": "synapse-copy", "x": "synapse-copy",
				"folder": "block objects/name-taken", "file": "block objects/name-taken",
			})
			equal(t, "folders to be made", plan.Totals.Folders, int64(1))
		})
	}
}

// TestProjectSelection narrows the source.
func TestProjectSelection(t *testing.T) {
	s := newStudy(t)
	a, b := s.addFolder(s.source, "a"), s.addFolder(s.source, "b")
	deep := s.addFolder(a, "deep")
	s.addFolder(a, "not")
	one, two := s.stored(a, "one", 1), s.stored(a, "two", 2)
	three := s.stored(deep, "three", 3)
	s.file(deep, "own", s.handle(s.own, "own", "own", 4))
	four := s.stored(b, "four", 5)
	foreign := s.stored(s.AddProject(s.owner, "Elsewhere"), "foreign", 6)
	for name, c := range map[string]struct {
		entities  []string
		locations []int64
		want      []string
		missing   []string
		unused    []string
	}{
		"everything":           {nil, nil, []string{"a/one", "a/two", "b/four", "a/deep/own", "a/deep/three"}, nil, nil},
		"the source itself":    {[]string{s.source, one}, nil, []string{"a/one", "a/two", "b/four", "a/deep/own", "a/deep/three"}, nil, nil},
		"files":                {[]string{two, four}, nil, []string{"a/two", "b/four"}, nil, nil},
		"a folder and a file":  {[]string{deep, one}, nil, []string{"a/one", "a/deep/own", "a/deep/three"}, nil, nil},
		"one inside the other": {[]string{three, deep}, nil, []string{"a/deep/own", "a/deep/three"}, nil, nil},
		"elsewhere": {
			[]string{foreign, "syn1", one, "nonsense"}, nil, []string{"a/one"},
			[]string{foreign, "syn1", "nonsense"}, nil,
		},
		"a location": {nil, []int64{s.own, 77}, []string{"a/deep/own"}, nil, []string{"77"}},
	} {
		t.Run(name, func(t *testing.T) {
			plan, file := s.plan(planner.ProjectOptions{Entities: c.entities, StorageLocations: c.locations}, nil)
			var got []string
			folders := folderPaths(t, file)
			for item, err := range file.Items(t.Context(), planner.Filter{}) {
				s.must(err)
				got = append(got, folders[item.FolderID]+item.Name)
			}
			equal(t, "items", got, c.want)
			equal(t, "missing", find(plan.Findings, rules.SourceNotFound).Examples, c.missing)
			equal(t, "unused", find(plan.Findings, rules.SourceLocationUnused).Examples, c.unused)
			other := find(plan.Findings, rules.SourceOtherLocation).Count
			equal(t, "in other locations", other, int64(4*min(len(c.locations), 1)))
		})
	}
}

// TestProjectLocationFolders makes the folders that lead to files in the
// storage locations asked for, and no other.
func TestProjectLocationFolders(t *testing.T) {
	s := newStudy(t)
	a := s.addFolder(s.source, "a")
	s.stored(a, "not", 1)
	s.file(s.addFolder(a, "deep"), "own", s.handle(s.own, "own", "own", 2))
	s.stored(s.addFolder(a, "beside"), "not", 3)
	s.stored(s.addFolder(s.source, "there"), "not", 4)
	s.addFolder(s.addFolder(s.source, "empty"), "too")
	s.addFolder(s.folder, "there")
	for name, c := range map[string]struct {
		locations []int64
		want      []string
		made      int64
	}{
		"a location": {[]int64{s.own}, []string{"a", "there", "a/deep"}, 2},
		"all":        {nil, []string{"a", "empty", "there", "a/beside", "a/deep", "empty/too"}, 5},
	} {
		t.Run(name, func(t *testing.T) {
			o := planner.ProjectOptions{StorageLocations: c.locations}
			plan, file := s.plan(o, nil)
			var got []string
			for f, err := range file.Folders(t.Context()) {
				s.must(err)
				got = append(got, f.Path)
			}
			equal(t, "folders", got, c.want)
			equal(t, "folders to be made", plan.Totals.Folders, c.made)
		})
	}
}

// TestProjectDestinationInside leaves the destination out where it lies in
// the source.
func TestProjectDestinationInside(t *testing.T) {
	s := newStudy(t)
	s.folder = s.addFolder(s.source, "sts")
	s.must(s.SetUploadSetting(s.folder, s.location))
	s.stored(s.source, "a", 1)
	plan, file := s.plan(planner.ProjectOptions{}, nil)
	equal(t, "items", ways(t, file), map[string]string{
		"a": "1 synapse-copy", "sts": "2 skip source/destination-inside",
	})
	equal(t, "finding", find(plan.Findings, rules.SourceDestinationInside).Count, int64(1))
}

func TestCheckProject(t *testing.T) {
	s := newStudy(t)
	folder, file := s.addFolder(s.source, "a"), s.stored(s.source, "f", 1)
	inside := s.addFolder(folder, "inside")
	reader := s.AddUser(emulator.User{Name: "eve", Certified: true})
	s.must(s.SetACL(s.source, append(ownerAccess(s.owner), synapse.ResourceAccess{
		PrincipalID: reader, AccessType: []synapse.AccessType{synapse.AccessRead, synapse.AccessDownload},
	})...))
	hidden := s.AddProject(reader, "Hidden")
	eve := s.as(reader)
	for name, c := range map[string]struct {
		client      *synapse.Client
		source      string
		destination string
		mode        planner.Mode
		want        []planner.RuleID
	}{
		"a project":          {s.client, s.source, s.folder, planner.ModeMove, nil},
		"a folder":           {s.client, folder, s.folder, "", nil},
		"destination inside": {s.client, s.source, folder, "", nil},
		"missing":            {s.client, "syn1", s.folder, "", []planner.RuleID{rules.SourceMissing}},
		"hidden":             {s.client, hidden, s.folder, "", []planner.RuleID{rules.SourceUnreadable}},
		"a file":             {s.client, file, s.folder, "", []planner.RuleID{rules.SourceNotContainer}},
		"destination above":  {s.client, inside, folder, "", []planner.RuleID{rules.SourceInDestination}},
		"destination is it":  {s.client, folder, folder, "", []planner.RuleID{rules.SourceInDestination}},
		"copied by a reader": {eve, s.source, s.folder, "", nil},
		"moved by a reader":  {eve, s.source, s.folder, planner.ModeMove, []planner.RuleID{rules.SourcePermissions}},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := project.Examine(t.Context(), c.client, c.source,
				planner.Destination{FolderID: c.destination}, planner.ProjectOptions{Mode: c.mode})
			s.must(err)
			equal(t, "findings", ids(rules.CheckProject(f)), c.want)
		})
	}
}

// TestProjectLimits finds what lies too deep, and folders with too many
// children, those that exist included.
func TestProjectLimits(t *testing.T) {
	s := newStudy(t)
	sub := s.addFolder(s.source, "sub")
	s.stored(s.addFolder(sub, "deep"), "file", 1)
	for i := range 3 {
		s.stored(s.source, fmt.Sprintf("f%d", i), 1)
		s.file(s.folder, fmt.Sprintf("there%d", i), s.handle(s.location, "dest", "base/x", 1))
	}
	plan, file := s.plan(planner.ProjectOptions{}, func(p *project.Planner) {
		p.Options.Limits = planner.Limits{Depth: 4, Children: 6}
	})
	got := ways(t, file)
	equal(t, "deep", got["sub/deep"], "4 block limits/depth")
	crowded := find(plan.Findings, rules.LimitsChildren)
	equal(t, "crowded", crowded.Examples, []string{"the destination folder " + s.folder})
	equal(t, "stopped", plan.Stopped(), true)

	plan, _ = s.plan(planner.ProjectOptions{}, func(p *project.Planner) {
		p.Options.Limits = planner.Limits{Children: 7}
	})
	equal(t, "stopped with room for one more", plan.Stopped(), false)
}

// TestProjectMayNotMove blocks a file that only others may move.
func TestProjectMayNotMove(t *testing.T) {
	s := newStudy(t)
	s.stored(s.source, "mine", 1)
	theirs := s.stored(s.source, "theirs", 2)
	s.must(s.SetACL(theirs, ownerAccess(s.owner, synapse.AccessChangePermissions)...))
	_, file := s.plan(planner.ProjectOptions{Mode: planner.ModeMove}, nil)
	equal(t, "items", ways(t, file), map[string]string{
		"mine": "1 synapse-copy", "theirs": "2 block move/no-permission",
	})
}

// TestProjectTellsWhyWhereItMatters: nothing is said of ways that no file
// would take.
func TestProjectTellsWhyWhereItMatters(t *testing.T) {
	s := newStudy(t)
	s.file(s.source, "in place", s.handle(s.location, "dest", "base/x", 1))
	s.stored(s.source, "stored", 1)
	plan, _ := s.plan(planner.ProjectOptions{}, nil)
	for _, b := range plan.Buckets {
		equal(t, b.Bucket+" says why", b.Why != "", b.Bucket == "synapse")
	}
}

// TestProjectFolderLeftOut tells of folders that can't be made that all in
// them is left out, too.
func TestProjectFolderLeftOut(t *testing.T) {
	s := newStudy(t)
	dots := s.addFolder(s.source, "..")
	s.stored(s.addFolder(dots, "below"), "never seen", 1)
	s.stored(s.source, "seen", 1)
	plan, file := s.plan(planner.ProjectOptions{}, nil)
	equal(t, "items", ways(t, file), map[string]string{
		"..": "1 block names/dots", "seen": "2 synapse-copy",
	})
	left := find(plan.Findings, rules.SourceFolderLeft)
	equal(t, "folders", left.Examples, []string{dots + " ../"})
	equal(t, "severity", left.Severity, planner.SeverityBlock)
	if f := find(plan.Findings, rules.NamesDots); f.Hint != "rename them in the source, and plan again" {
		t.Errorf("got hint %q, want one that works for projects", f.Hint)
	}
}
