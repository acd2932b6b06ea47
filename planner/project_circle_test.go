package planner_test

import (
	"context"
	"errors"
	"testing"

	"synapse-migrate/planner"
	"synapse-migrate/planner/project"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/paging"
)

// inCircles lists children in pages that lead from one to another and back.
type inCircles struct {
	project.Reader
	calls int
}

func (c *inCircles) ChildrenPage(ctx context.Context, r synapse.ChildrenRequest) (synapse.ChildrenPage, error) {
	next := map[string]string{"": "a", "a": "b", "b": "a"}[r.NextPageToken]
	r.NextPageToken = ""
	page, err := c.Reader.ChildrenPage(ctx, r)
	if c.calls++; c.calls <= 20 { // else a test that fails would never end
		page.NextPageToken = next
	}
	return page, err
}

// TestProjectInCircles: a listing that would never end is an error, not a plan.
func TestProjectInCircles(t *testing.T) {
	s := newStudy(t)
	s.stored(s.source, "a", 5)
	p := s.project(planner.ProjectOptions{}, runFile(t))
	source := &inCircles{Reader: s.client}
	p.Source = source
	if _, err := p.Plan(t.Context()); !errors.Is(err, paging.ErrCircle) || source.calls > 10 {
		t.Errorf("got %v after %d calls, want %v", err, source.calls, paging.ErrCircle)
	}
}
