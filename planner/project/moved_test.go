package project

import (
	"testing"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// TestMovedTogether: as many files as fit, one at least.
func TestMovedTogether(t *testing.T) {
	small := make([]int64, 60)
	for i := range small {
		small[i] = 2
	}
	for name, c := range map[string]struct {
		versions []int64
		want     int
	}{
		"one":              {[]int64{2}, 1},
		"many":             {small, movedAtOnce},
		"just as many":     {[]int64{400, 600, 2}, 2},
		"one too many":     {[]int64{400, 599, 2}, 2},
		"one of very many": {[]int64{15_000, 2}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var files []synapse.EntityHeader
			for _, n := range c.versions {
				files = append(files, synapse.EntityHeader{VersionNumber: n})
			}
			if got := movedTogether(files); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
			w := walker{project: planner.ProjectSource{Versions: planner.VersionsAll}}
			page := &visit{}
			for _, h := range files[:c.want] {
				h.Type = synapse.TypeFile
				page.children = append(page.children, &child{header: h, moved: true})
			}
			if parts := w.parts(page); len(parts) != 1 {
				t.Errorf("they are sent in %d parts, want one", len(parts))
			}
		})
	}
}

// TestMovedFollowTheLastPart: what has moved comes behind all of a page.
func TestMovedFollowTheLastPart(t *testing.T) {
	w := walker{project: planner.ProjectSource{Versions: planner.VersionsAll}}
	page := &visit{movedAfter: new("")}
	for range 2 {
		page.children = append(page.children, &child{header: synapse.EntityHeader{
			Type: synapse.TypeFile, VersionNumber: versionsHeld,
		}})
	}
	var s state
	for i, part := range w.parts(page) {
		s.pass(part)
		if last := i == 1; (s.MovedAfter != nil) != last {
			t.Errorf("after part %d: it is their turn %v, want %v", i+1, s.MovedAfter != nil, last)
		}
	}
}
