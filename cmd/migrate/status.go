package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/reports"
)

func newStatus(env environment) *cobra.Command {
	var runFile string
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Say where a run stands; safe beside a running one",
		Long: `Says where a run stands: what is done, what is left, what failed, by class
(temporary, throttled, credentials, permission, changed, conflict, invalid,
gone) and side. It reads the run file alone, changes nothing, and may be asked
while the run goes on.`,
		Example: `  migrate status
  migrate status --run syn123.migrate`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return status(cmd.Context(), env, runFile)
		},
	}
	cmd.Flags().StringVar(&runFile, "run", "", "run `file` (default: the only one in this directory)")
	return cmd
}

func status(ctx context.Context, env environment, runFile string) error {
	file, path, err := readRunFile(ctx, runFile)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	counts, err := file.Counts(ctx)
	if err != nil {
		return err
	}
	plan, err := file.Plan(ctx)
	if errors.Is(err, checkpoint.ErrNotSealed) {
		return planning(ctx, env, file, path)
	}
	if err != nil {
		return err
	}
	if err := reports.RunText(env.stdout, plan, counts, nil); err != nil {
		return err
	}
	return reports.FailedText(ctx, env.stdout, file, counts, failuresShown)
}

// planning says how far a plan is.
func planning(ctx context.Context, env environment, file *checkpoint.File, path string) error {
	header, err := file.Header(ctx)
	if err != nil {
		return err
	}
	cursor, err := file.Cursor(ctx)
	if err != nil {
		return err
	}
	return reports.PlanningText(env.stdout, path, header, cursor)
}
