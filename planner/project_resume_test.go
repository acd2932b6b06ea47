package planner_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"sync/atomic"
	"testing"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// large fills a study with folders of several pages, three versions in each
// tenth file, and handles that other files have too.
func large(t *testing.T, s *study, folders, files int) {
	t.Helper()
	parent := s.source
	for i := range folders {
		folder := s.addFolder(parent, fmt.Sprintf("folder %d", i))
		if i%3 == 0 {
			parent = folder
		}
		var handle string
		for j := range files {
			name := fmt.Sprintf("file %d", j)
			if j%7 != 6 {
				handle = s.handle(1, "synapse", fmt.Sprintf("7/%d/%s", i, name), int64(j+1))
			}
			id := s.file(folder, name, handle)
			for n := 0; j%10 == 3 && n < 2; n++ {
				_, err := s.AddVersion(id, emulator.Version{
					FileHandleID: s.handle(s.own, "own", fmt.Sprintf("%s.%d", id, n), int64(j+n)),
					Label:        fmt.Sprintf("v%d", n), Annotations: map[string]synapse.AnnotationValue{
						"n": {Type: synapse.AnnotationLong, Value: []string{fmt.Sprint(n)}},
					},
				})
				s.must(err)
			}
		}
	}
}

// cutting cancels a context at a call.
type cutting struct {
	next   http.RoundTripper
	left   atomic.Int64
	cancel context.CancelFunc
}

func (c *cutting) RoundTrip(r *http.Request) (*http.Response, error) {
	if c.left.Add(-1) == 0 {
		c.cancel()
	}
	return c.next.RoundTrip(r)
}

// TestProjectInterrupted interrupts planning again and again, at random
// calls: the plan is the one of an uninterrupted run.
func TestProjectInterrupted(t *testing.T) {
	for _, mode := range []planner.Mode{planner.ModeCopy, planner.ModeMove} {
		t.Run(string(mode), func(t *testing.T) {
			s := newStudy(t)
			large(t, s, 5, 60)
			o := planner.ProjectOptions{Mode: mode, Versions: planner.VersionsAll}
			want, _ := s.plan(o, nil)
			random := rand.New(rand.NewPCG(1, 2))
			for trial := range 3 {
				path := filepath.Join(t.TempDir(), "run")
				if got := s.interrupted(path, o, random); got.Digest != want.Digest {
					t.Errorf("trial %d: got plan\n%+v\nwant\n%+v", trial, got, want)
				}
			}
		})
	}
}

// interrupted plans in pieces, each from the run file alone.
func (s *study) interrupted(path string, o planner.ProjectOptions, random *rand.Rand) planner.Plan {
	s.t.Helper()
	file, err := checkpoint.Create(s.t.Context(), path, planner.Header{})
	s.must(err)
	for range 1000 {
		p := s.project(o, file)
		ctx, cancel := context.WithCancel(s.t.Context())
		cut := &cutting{next: direct{s.Emulator}, cancel: cancel}
		cut.left.Store(1 + random.Int64N(300))
		p.Source, err = synapse.New(synapse.Options{
			Endpoint: "https://synapse.test", Budget: s.budget, Transport: cut,
			Token: synapse.Token(s.AddToken(s.owner, nil, 0)),
		})
		s.must(err)
		plan, err := p.Plan(ctx)
		cancel()
		s.must(file.Close())
		switch {
		case err == nil:
			return plan
		case err != nil && !errors.Is(err, context.Canceled):
			s.t.Fatal(err)
		}
		file, err = checkpoint.Open(s.t.Context(), path)
		s.must(err)
	}
	s.t.Fatal("planning never ends")
	return planner.Plan{}
}

// TestProjectFails tells of a call that fails, and goes on afterwards.
func TestProjectFails(t *testing.T) {
	s := newStudy(t)
	large(t, s, 2, 60)
	want, _ := s.plan(planner.ProjectOptions{}, nil)
	for _, path := range []string{
		"/repo/v1/entity/children", "/repo/v1/entity/{id}/bundle2",
	} {
		file := runFile(t)
		p := s.project(planner.ProjectOptions{}, file)
		s.InjectFault(emulator.Fault{PathPattern: path, Skip: 2, Status: http.StatusBadRequest, Reason: "broken"})
		_, err := p.Plan(t.Context())
		var answer *synapse.Error
		if !errors.As(err, &answer) || errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v, want the server's answer", path, err)
		}
		plan, err := s.project(planner.ProjectOptions{}, file).Plan(t.Context())
		s.must(err)
		equal(t, "digest", plan.Digest, want.Digest)
	}
}

// TestProjectWithManyVersions plans a page in parts where its files have too
// many versions to be held at once. Interrupted after each, it ends with the
// same plan.
func TestProjectWithManyVersions(t *testing.T) {
	const files, versions = 4, 600
	s := newStudy(t)
	s.addFolder(s.source, "a")
	s.file(s.source, "b", s.handle(s.own, "own", "elsewhere", 1))
	for i := range files {
		id := s.stored(s.source, fmt.Sprintf("file %d", i), 1)
		for n := range versions - 1 {
			_, err := s.AddVersion(id, emulator.Version{
				FileHandleID: s.handle(1, "synapse", fmt.Sprintf("7/%d/%d", i, n), int64(n+2)),
			})
			s.must(err)
		}
	}
	s.addFolder(s.source, "z")
	s.stored(s.addFolder(s.source, "y"), "last", 1)
	o := planner.ProjectOptions{Versions: planner.VersionsAll, StorageLocations: []int64{1}}
	want, _ := s.plan(o, nil)
	equal(t, "items", want.Totals.Items, int64(files*versions+1))

	file := runFile(t)
	batches := 0
	for {
		p := s.project(o, file)
		ctx, cancel := context.WithCancel(t.Context())
		p.Observer = stopping(func() { batches++; cancel() })
		plan, err := p.Plan(ctx)
		cancel()
		if err == nil {
			equal(t, "digest", plan.Digest, want.Digest)
			break
		} else if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	if batches < files {
		t.Errorf("the plan grew in %d batches, want one for each file with many versions", batches)
	}
}

// stopping is called after each batch.
type stopping func()

func (f stopping) Planned(planner.Progress) { f() }
