package checkpoint_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
)

// A plan is stored page by page and sealed; a run records what becomes of
// each item, and may be stopped and gone on with at any point.
func Example() {
	if err := example(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// to do: raw/a.txt
	// done: 1 of 1 items
}

func example(ctx context.Context) error {
	folder, err := os.MkdirTemp("", "example")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "syn1.run")
	file, err := checkpoint.Create(ctx, path, planner.Header{})
	if err != nil {
		return err
	}
	defer file.Close()
	err = file.Append(ctx, planner.Batch{Items: []planner.Item{{
		ID: 1, Name: "a.txt", Action: planner.ActionRegister,
		Source: planner.Object{Bucket: "lab", Key: "raw/a.txt"},
	}}})
	if err != nil {
		return err
	}
	plan, err := file.Seal(ctx, planner.Plan{})
	if err != nil {
		return err
	}
	if err := file.Begin(ctx, plan.Digest, nil); err != nil {
		return err
	}
	pending, err := file.Pending(ctx, 0, 100)
	if err != nil {
		return err
	}
	for _, entry := range pending {
		fmt.Println("to do:", entry.Source.Key)
		entry.State = checkpoint.StateDone
		entry.FileHandleID, entry.EntityID = "5001", "syn101"
		if err := file.Record(ctx, entry); err != nil {
			return err
		}
	}
	counts, err := file.Counts(ctx)
	if err != nil {
		return err
	}
	done := counts.State(checkpoint.StateDone)
	fmt.Printf("done: %d of %d items\n", done.Items, counts.State().Items)
	return nil
}
