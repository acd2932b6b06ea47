package migrate_test

import (
	"context"
	"errors"
	"fmt"

	"synapse-migrate/migrate"
	"synapse-migrate/migrate/transfer"
)

// Run's error says why a run stopped; items that failed are in the summary.
func ExampleRun() {
	carryOut := func(ctx context.Context, d migrate.Deps) (string, error) {
		summary, err := migrate.Run(ctx, migrate.Options{Workers: 32, MaxErrors: 100}, d)
		switch {
		case errors.Is(err, transfer.ErrCredentials):
			return "renew the credentials, then resume", err
		case err != nil:
			return "resume", err
		case summary.End != migrate.EndDone:
			return "resume", nil
		case summary.Counts.Failed > 0:
			return "see the report", nil
		}
		return fmt.Sprintf("%d objects migrated", summary.Counts.Done), nil
	}
	_ = carryOut // with the Deps of a run file
}

// An ItemError says what was tried for which object.
func ExampleItemError() {
	var outcome migrate.Outcome
	outcome.Err = &migrate.ItemError{
		ItemID: 7, Key: "data/a\tb", Operation: "copy object", Err: transfer.ErrChanged,
	}
	var why *migrate.ItemError
	if errors.As(outcome.Err, &why) && errors.Is(why, transfer.ErrChanged) {
		fmt.Println(why)
	}
	// Output: item 7 ("data/a\tb"): copy object: source changed since planned
}
