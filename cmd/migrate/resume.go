package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"synapse-migrate/migrate/binding"
	"synapse-migrate/migrate/checkpoint"
)

const resumeHelp = `Goes on with the run that a run file holds, from where it stopped: with
listing, if the plan was not finished, or with the items that are left.

The arguments of the plan (source, destination, --mode, --names, ...) are those in the
run file; the pace (--workers, --part-size, ...) may be chosen anew.

` + exitCodesHelp

func newResume(env environment) *cobra.Command {
	m := &migration{env: env}
	cmd := &cobra.Command{
		Use:   "resume",
		Short: "Go on with an interrupted run",
		Long:  resumeHelp,
		Example: `  migrate resume
  migrate resume --run syn123.migrate --retry-failed`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return m.resume(cmd.Context())
		},
	}
	m.run.add(cmd)
	m.common.add(cmd)
	cmd.Flags().StringVar(&m.runFile, "run", "", "run `file` (default: the only one in this directory)")
	cmd.Flags().BoolVar(&m.retryFailed, "retry-failed", false, "try the items that failed once more")
	return cmd
}

// resume takes the plan's arguments from the run file and does what the
// command that made it does with them.
func (m *migration) resume(ctx context.Context) error {
	path, err := findRunFile(m.runFile)
	if err != nil {
		return err
	}
	m.runFile = path
	if err := checkpoint.CheckOwner(path); err != nil {
		return err
	}
	file, err := checkpoint.OpenReadOnly(ctx, path)
	if err != nil {
		return err
	}
	header, err := file.Header(ctx)
	_ = file.Close()
	if err != nil {
		return err
	}
	if err := m.take(header.Arguments); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return m.execute(ctx)
}

// take makes m the migration that a run file was made for.
func (m *migration) take(arguments map[string]string) error {
	switch command := arguments[binding.Command]; command {
	case commandBucket:
		j := &bucketJob{flags: bucketFlagsOf(arguments)}
		m.job, m.target = j, &j.flags.targetFlags
	case commandProject:
		j := &projectJob{projectFlagsOf(arguments)}
		m.job, m.target = j, &j.flags.targetFlags
	case commandLocal:
		j := &localJob{flags: localFlagsOf(arguments), own: m.ownFiles}
		m.job, m.target = j, &j.flags.targetFlags
	case commandURLs:
		return errListWanted
	default:
		return fmt.Errorf("was made by migrate %s, which this version doesn't know", command)
	}
	return nil
}

// noArguments refuses arguments as wrong usage.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no arguments: %q", cmd.CommandPath(), args[0])
	}
	return nil
}
