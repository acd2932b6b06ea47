//go:build bench

package bench

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"synapse-migrate/migrate"
	"synapse-migrate/planner"
	"synapse-migrate/synapse/emulator"
)

// unchanging is an S3 whose objects stay as they were planned.
type unchanging struct{ migrate.Source }

// Unchanged answers after the time that a HeadObject takes.
func (unchanging) Unchanged(ctx context.Context, _ planner.Object) error {
	answer := time.NewTimer(50 * time.Millisecond)
	defer answer.Stop()
	select {
	case <-answer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// measureBudget runs a plan of several windows against Synapse's rules and
// throttles, by a clock that is moved, with a real run file.
func measureBudget(t *testing.T) string {
	const items = 3_000
	folder := t.TempDir()
	var rows [][]string
	synctest.Test(t, func(t *testing.T) {
		s, err := newInside()
		if err != nil {
			t.Fatal(err)
		}
		file, plan, err := s.plan(t.Context(), runFile(folder), items, nil)
		if err != nil {
			t.Fatal(err)
		}
		s.InjectFault(emulator.Fault{Count: -1, Delay: 200 * time.Millisecond})
		before, begun := s.budget.Counters(), time.Now()
		summary, err := migrate.Run(t.Context(), migrate.Options{}, migrate.Deps{
			Plan: plan, Checkpoint: file, Synapse: s.client, Source: unchanging{},
		})
		if err != nil || summary.Counts.Done != items {
			t.Fatalf("running: %+v, %v", summary, err)
		}
		used := s.budget.Counters().Since(before)
		took := time.Since(begun)
		rows = [][]string{
			{"items registered, in folders of 1,000", fmt.Sprint(items)},
			{"Synapse calls per item, folders included", number(used.Started, items)},
			{"share of the budget used while there was work", fmt.Sprintf("%.1f %%", 100*used.Share())},
			{"items per minute (300 are the most there can be, the first burst apart)",
				fmt.Sprintf("%.0f", items/took.Minutes())},
			{"calls that Synapse refused", fmt.Sprint(s.CallStats().Throttled)},
		}
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	})
	return Table([]string{"Synapse's budget, 200 ms a call", ""}, rows)
}
