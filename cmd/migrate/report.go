package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/wholefile"
	"synapse-migrate/reports"
)

const reportHelp = `Reports what was planned and what became of it, from the run file alone.

text  the plan, how far the run is, the failures counted by class and side, and
      each item that failed or was left out, with the reason
json  one document with the plan, the totals, the failures by class and every
      item with its path, action, reason, state, MD5, and the IDs it got: texts
      as they are
csv   one row for each item: where it comes from, its path, action, state,
      reason, size, MD5, file handle, entity, class of failure and rule
html  one page for people, which needs nothing else: no script, no network. Of
      the items that failed or were left out, and of all others, it has the
      first 5,000 each

The reason says why an item failed, why it is left out, or why its action was
chosen. The path of an item that is left out is where it would have gone.

Classes of failures: temporary (a service or the network was in trouble for
long), throttled, credentials, permission, changed (not the bytes that were
planned), conflict (something else is in its place), invalid (against a
service's rules), gone.

Object keys and names are somebody else's words. text, csv and html escape
what a terminal, a spreadsheet or a browser might obey.`

// reportCommand is migrate report with its flags.
type reportCommand struct {
	env                     environment
	runFile, format, output string
}

func newReport(env environment) *cobra.Command {
	c := &reportCommand{env: env}
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Report a plan and what became of it, as text, JSON, CSV or HTML",
		Long:  reportHelp,
		Example: `  migrate report
  migrate report --format json --output run7.json
  migrate report --format csv --output run7.csv`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.execute(cmd.Context()) },
	}
	flags := cmd.Flags()
	flags.StringVar(&c.runFile, "run", "", "run `file` (default: the only one in this directory)")
	flags.StringVar(&c.format, "format", reports.Formats()[0], oneOf(reports.Formats()))
	flags.StringVar(&c.output, "output", "", "write to a `file` (mode 0600) instead of standard output")
	return cmd
}

func (c *reportCommand) execute(ctx context.Context) error {
	if err := (choices{{"format", c.format, reports.Formats()}}).check(); err != nil {
		return err
	}
	file, _, err := readRunFile(ctx, c.runFile)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	if c.output == "" {
		return reports.Write(ctx, c.env.stdout, c.format, file)
	}
	return wholefile.Write(c.output, wholefile.Options{}, func(w io.Writer) error { return reports.Write(ctx, w, c.format, file) })
}

var _ reports.RunFile = (*checkpoint.File)(nil)
