package planner_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"testing"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
	"synapse-migrate/planner/project"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// versions makes a file of so many versions in Synapse's own bucket. Their
// handles, the oldest first, are returned too.
func (s *study) versions(parent, name string, n int) (id string, handles []string) {
	s.t.Helper()
	for i := range n {
		handles = append(handles, s.handle(1, "synapse", fmt.Sprintf("7/%s.%d", name, i+1), 10))
		if i == 0 {
			id = s.file(parent, name, handles[0])
			continue
		}
		_, err := s.AddVersion(id, emulator.Version{FileHandleID: handles[i]})
		s.must(err)
	}
	return id, handles
}

// like is a file handle in the destination with the content of another.
func (s *study) like(name string, version int) string {
	key := fmt.Sprintf("7/%s.%d", name, version)
	size := int64(10)
	return s.AddFileHandle(synapse.FileHandle{
		CreatedBy: fmt.Sprint(s.owner), StorageLocationID: &s.location, BucketName: "dest",
		Key: "base/" + key, ContentSize: &size, ContentMD5: sumOf(key),
	})
}

// move moves a file with its current version, as a run does.
func (s *study) move(id, parent string) {
	s.t.Helper()
	file, err := s.client.Entity(s.t.Context(), id)
	s.must(err)
	file.DataFileHandleID = s.like(file.Name, int(file.VersionNumber))
	file.ParentID = parent
	moved, err := s.client.UpdateEntityWith(s.t.Context(), file, synapse.WriteOptions{})
	s.must(err)
	equal(s.t, "version of "+file.Name, moved.VersionNumber, file.VersionNumber)
}

// repoint has an older version follow.
func (s *study) repoint(id, name string, version int, old string) error {
	return s.client.UpdateVersionFileHandle(s.t.Context(), id, int64(version),
		synapse.FileHandleUpdate{OldFileHandleID: old, NewFileHandleID: s.like(name, version)})
}

// halfMoved is a study whose move was broken off: of the file half the
// current version has moved and the first has followed, whole has moved
// entirely, lone never had versions, and last is still where it was.
func halfMoved(t *testing.T) (s *study, half string) {
	s = newStudy(t)
	from, to := s.addFolder(s.source, "sub"), s.addFolder(s.folder, "sub")
	half, handles := s.versions(from, "half", 3)
	var refused *synapse.Error
	if err := s.repoint(half, "half", 1, handles[0]); !errors.As(err, &refused) ||
		refused.Status != http.StatusBadRequest {
		t.Fatalf("older versions can't follow before the file has moved; got %v", err)
	}
	s.move(half, to)
	s.must(s.repoint(half, "half", 1, handles[0]))
	whole, handles := s.versions(from, "whole", 2)
	s.move(whole, to)
	s.must(s.repoint(whole, "whole", 1, handles[0]))
	lone, _ := s.versions(from, "lone", 1)
	s.move(lone, to)
	s.versions(from, "last", 2)
	return s, half
}

var moveAll = planner.ProjectOptions{Mode: planner.ModeMove}

// TestProjectMovedBefore goes on with a move whose run file is lost.
func TestProjectMovedBefore(t *testing.T) {
	rest := map[string]string{"sub/last": "1 synapse-copy", "sub/last.1": "2 synapse-copy after 1"}
	with := maps.Clone(rest)
	with["sub/half.2"] = "3 synapse-copy"
	latest := planner.ProjectOptions{Mode: planner.ModeMove, Versions: planner.VersionsLatest}
	for name, c := range map[string]struct {
		options planner.ProjectOptions
		want    map[string]string
		calls   int64
		left    int64
	}{
		"all versions": {moveAll, with, 8 + 3*(4+1), 1},
		"latest":       {latest, map[string]string{"sub/last": "1 synapse-copy"}, 8 + (4 + 1), 0},
		"copies": {planner.ProjectOptions{Versions: planner.VersionsAll}, map[string]string{
			"sub/last.1": "1 synapse-copy", "sub/last": "2 synapse-copy after 1",
		}, 8 + 2*(4+1), 0},
	} {
		t.Run(name, func(t *testing.T) {
			s, half := halfMoved(t)
			plan, file := s.plan(c.options, nil)
			equal(t, "items", ways(t, file), c.want)
			equal(t, "calls", plan.Cost.SynapseCalls, c.calls)
			left := find(plan.Findings, rules.MoveVersionsLeft)
			equal(t, "versions left behind", left.Count, c.left)
			if c.left > 0 {
				equal(t, "example", left.Examples, []string{half + ".2 sub/half"})
			}
		})
	}
}

// TestProjectMovedOnce: what has moved is looked at in the folders of the
// source alone, and a plan that finds nothing else to move changes no source.
func TestProjectMovedOnce(t *testing.T) {
	s := newStudy(t)
	id, handles := s.versions(s.source, "a", 2)
	s.move(id, s.folder)
	other, _ := s.versions(s.source, "b", 2)
	s.move(other, s.addFolder(s.folder, "elsewhere"))
	plan, file := s.plan(moveAll, nil)
	equal(t, "items", ways(t, file), map[string]string{"a.1": "1 synapse-copy"})
	equal(t, "told that the source changes", find(plan.Findings, rules.MoveChangesSource).Rule, planner.RuleID(""))
	equal(t, "bucket", plan.Buckets[0].Actions[0].Items, int64(1))
	s.must(s.repoint(id, "a", 1, handles[0]))
	_, file = s.plan(moveAll, nil)
	equal(t, "items afterwards", ways(t, file), map[string]string{})
}

// TestProjectMovedShares takes the file handle that an earlier item brings, of
// an earlier page or of the same.
func TestProjectMovedShares(t *testing.T) {
	for name, want := range map[string]map[string]string{
		"a file of the source": {
			"b": "1 synapse-copy", "a.1": "2 synapse-copy with 1", "c.1": "3 synapse-copy with 1",
		},
		"another that has moved": {"a.1": "1 synapse-copy", "c.1": "2 synapse-copy with 1"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStudy(t)
			id, handles := s.versions(s.source, "a", 2)
			s.move(id, s.folder)
			other := s.file(s.source, "c", handles[0])
			_, err := s.AddVersion(other, emulator.Version{
				FileHandleID: s.handle(1, "synapse", "7/c.2", 10),
			})
			s.must(err)
			s.move(other, s.folder)
			if want["b"] != "" {
				s.file(s.source, "b", handles[0])
			}
			_, file := s.plan(moveAll, nil)
			equal(t, "items", ways(t, file), want)
		})
	}
}

// TestProjectMovedIsFull: files that are there already are not counted twice.
func TestProjectMovedIsFull(t *testing.T) {
	for limit, want := range map[int64]bool{2: false, 1: true} {
		s := newStudy(t)
		id, _ := s.versions(s.source, "a", 2)
		s.move(id, s.folder)
		s.versions(s.source, "b", 1)
		plan, _ := s.plan(moveAll, func(p *project.Planner) { p.Options.Limits.Children = limit })
		equal(t, fmt.Sprintf("stopped at %d", limit), plan.Stopped(), want)
	}
}

// TestProjectMovedUnderRequirements: a file can't lose requirements of a place
// that it has left.
func TestProjectMovedUnderRequirements(t *testing.T) {
	s := newStudy(t)
	id, _ := s.versions(s.source, "a", 2)
	s.move(id, s.folder)
	requirement, err := s.AddAccessRequirement(synapse.AccessRequirement{
		ConcreteType: synapse.TypeTermsOfUseRequirement, AccessType: synapse.AccessDownload,
		SubjectIDs: []synapse.Subject{{ID: s.source, Type: synapse.SubjectEntity}},
	})
	s.must(err)
	s.must(s.ApproveAccess(requirement, s.owner))
	_, file := s.plan(moveAll, nil)
	equal(t, "items", ways(t, file), map[string]string{"a.1": "1 synapse-copy"})
}

// TestProjectMovedSelection narrows what has moved as it does what has not.
func TestProjectMovedSelection(t *testing.T) {
	s := newStudy(t)
	deep := s.addFolder(s.addFolder(s.source, "sub"), "deep")
	there := s.addFolder(s.addFolder(s.folder, "sub"), "deep")
	var moved []string
	for _, name := range []string{"a", "b"} {
		id, _ := s.versions(deep, name, 2)
		s.move(id, there)
		moved = append(moved, id)
	}
	foreign, _ := s.versions(s.source, "foreign", 2)
	s.move(foreign, s.addFolder(s.folder, "foreign"))
	beside := s.stored(s.source, "beside", 1)
	for name, c := range map[string]struct {
		options planner.ProjectOptions
		want    []string
		missing []string
	}{
		"a file": {planner.ProjectOptions{Entities: moved[:1]}, []string{"sub/deep/a.1"}, nil},
		"its folder": {
			planner.ProjectOptions{Entities: []string{deep, moved[0]}},
			[]string{"sub/deep/a.1", "sub/deep/b.1"}, nil,
		},
		"another":   {planner.ProjectOptions{Entities: []string{beside}}, []string{"beside"}, nil},
		"elsewhere": {planner.ProjectOptions{Entities: []string{foreign}}, nil, []string{foreign}},
		"a folder of the destination": {
			planner.ProjectOptions{Entities: []string{there}}, nil, []string{there},
		},
		"latest": {
			planner.ProjectOptions{Entities: moved[:1], Versions: planner.VersionsLatest}, nil, moved[:1],
		},
		"a location": {
			planner.ProjectOptions{StorageLocations: []int64{s.own}},
			[]string{"sub/deep/a.1", "sub/deep/b.1"}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			c.options.Mode = planner.ModeMove
			plan, file := s.plan(c.options, nil)
			equal(t, "items", slices.Sorted(maps.Keys(ways(t, file))), c.want)
			equal(t, "missing", find(plan.Findings, rules.SourceNotFound).Examples, c.missing)
		})
	}
}

// TestProjectMovedInterrupted interrupts planning after each piece that is
// stored, while it looks at what has moved: two pieces in one folder, one in
// another. The plan is that of an uninterrupted one.
func TestProjectMovedInterrupted(t *testing.T) {
	s := newStudy(t)
	to := s.addFolder(s.folder, "sub")
	from := s.addFolder(s.source, "sub")
	for i := range 60 {
		id, _ := s.versions(s.source, fmt.Sprintf("a%02d", i), 2)
		s.move(id, s.folder)
	}
	many, _ := s.versions(from, "many", 30)
	s.move(many, to)
	s.versions(from, "stays", 2)
	want, file := s.plan(moveAll, nil)
	equal(t, "items", len(ways(t, file)), 60+29+2)
	path := filepath.Join(t.TempDir(), "run")
	file, err := checkpoint.Create(t.Context(), path, planner.Header{})
	s.must(err)
	for {
		p := s.project(moveAll, file)
		ctx, cancel := context.WithCancel(t.Context())
		p.Observer = stopping(cancel)
		plan, err := p.Plan(ctx)
		cancel()
		s.must(file.Close())
		if err == nil {
			equal(t, "digest", plan.Digest, want.Digest)
			return
		} else if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		file, err = checkpoint.Open(t.Context(), path)
		s.must(err)
	}
}

// TestProjectMovedIsGone leaves a file out that is deleted while it is looked
// at: it was only found, not asked for.
func TestProjectMovedIsGone(t *testing.T) {
	s := newStudy(t)
	id, _ := s.versions(s.source, "a", 2)
	s.move(id, s.folder)
	file := runFile(t)
	p := s.project(moveAll, file)
	var err error
	p.Source, err = synapse.New(synapse.Options{
		Endpoint: "https://synapse.test", Budget: s.budget,
		Token: synapse.Token(s.AddToken(s.owner, nil, 0)),
		Transport: &meddling{next: direct{s.Emulator}, before: func(path, _ string) {
			if path == "/repo/v1/entity/"+id+"/version" {
				s.delete(id)
			}
		}},
	})
	s.must(err)
	plan, err := p.Plan(t.Context())
	s.must(err)
	equal(t, "items", plan.Totals.Items, int64(0))
}
