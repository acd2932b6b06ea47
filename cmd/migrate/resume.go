package main

import (
	"context"

	"github.com/spf13/cobra"

	"synapse-migrate/migrate/checkpoint"
)

const resumeHelp = `Goes on with the run that a run file holds, from where it stopped: with
listing, if the plan was not finished, or with the items that are left.

The arguments of the plan (source, destination, --names, ...) are those in the
run file; the pace (--workers, --part-size, ...) may be chosen anew.

` + exitCodesHelp

func newResume(env environment) *cobra.Command {
	c := &bucketCommand{env: env}
	cmd := &cobra.Command{
		Use:   "resume",
		Short: "Go on with an interrupted run",
		Long:  resumeHelp,
		Example: `  migrate resume
  migrate resume --run syn123.migrate --retry-failed`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.resume(cmd.Context())
		},
	}
	c.run.add(cmd)
	c.common.add(cmd)
	cmd.Flags().StringVar(&c.runFile, "run", "", "run `file` (default: the only one in this directory)")
	cmd.Flags().BoolVar(&c.retryFailed, "retry-failed", false, "try the items that failed once more")
	return cmd
}

// resume takes the plan's arguments from the run file and does what migrate
// bucket does with them.
func (c *bucketCommand) resume(ctx context.Context) error {
	path, err := findRunFile(c.runFile)
	if err != nil {
		return err
	}
	c.runFile = path
	file, err := checkpoint.OpenReadOnly(ctx, path)
	if err != nil {
		return err
	}
	header, err := file.Header(ctx)
	_ = file.Close()
	if err != nil {
		return err
	}
	c.plan = planFlagsOf(header.Arguments)
	return c.execute(ctx)
}

// noArguments refuses arguments as wrong usage.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no arguments: %q", cmd.CommandPath(), args[0])
	}
	return nil
}
