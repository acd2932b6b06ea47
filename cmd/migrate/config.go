package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"synapse-migrate/migrate/access"
	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/config"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

const configCheckHelp = `Finds out how buckets are reached, by the configuration file and everything else
that counts, and tries it: whose the credentials are, whether they list the
bucket, and whether they may look at an object in it. Nothing is changed.

The buckets are those of a plan (--run), those that are named, or those that
stand in the configuration file with their whole name. With a plan, the
credentials that write the destination are tried, too, by reading.

` + checkCodesHelp

func newConfig(env environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Look at the configuration file: how buckets are reached",
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newConfigCheck(env))
	return cmd
}

// configCheck is migrate config check with its flags.
type configCheck struct {
	migration
	flags   targetFlags
	buckets []string
}

func newConfigCheck(env environment) *cobra.Command {
	c := &configCheck{migration: migration{env: env}}
	cmd := &cobra.Command{
		Use:   "check [BUCKET ...]",
		Short: "Try the credentials of buckets: identity, list, head",
		Long:  configCheckHelp,
		Example: `  migrate config check
  migrate config check partner-archive s3://lab-data/run7/
  migrate config check --run syn123.migrate`,
		RunE: func(cmd *cobra.Command, args []string) error {
			c.buckets = args
			return c.execute(cmd.Context())
		},
	}
	c.common.add(cmd)
	flags := cmd.Flags()
	flags.StringVar(&c.runFile, "run", "", "try the buckets of the plan in a run `file`")
	flags.StringVar(&c.flags.config, "config", "",
		"configuration `file` (default: that of the plan, migrate.yaml here, then that in your\n"+
			"configuration folder)")
	flags.StringVar(&c.flags.profile, "profile", "", "AWS `profile` for buckets that the configuration doesn't name")
	return cmd
}

// execute tries all buckets and shows a table.
func (c *configCheck) execute(ctx context.Context) error {
	if len(c.buckets) > 0 && c.runFile != "" {
		return usagef("--run names the buckets already: %q is one too many", c.buckets[0])
	}
	log, done, err := c.common.logger(c.env)
	if err != nil {
		return err
	}
	defer done()
	c.target = &c.flags
	c.run.synapseRate, c.run.synapseConcurrency = synapse.DefaultRequests, synapse.DefaultInFlight
	o, probes, err := c.probes(ctx, log)
	if err != nil {
		return err
	}
	failed := 0
	var tried []access.Trial
	for _, p := range probes {
		t := o.Try(ctx, p)
		if err := ctx.Err(); err != nil {
			return err
		}
		if len(t.Answers) > 0 {
			failed++
		}
		tried = append(tried, t)
	}
	if err := writeTrials(c.env.stdout, tried); err != nil || failed == 0 {
		return err
	}
	return &exitError{code: exitIncomplete,
		err:  fmt.Errorf("%d of %d ways into buckets don't work", failed, len(tried)),
		hint: "correct the configuration file, or ask the bucket's owner for the denied permissions"}
}

// probes are what is to be tried.
func (c *configCheck) probes(ctx context.Context, log zerolog.Logger) (opener, []access.Probe, error) {
	if c.runFile != "" {
		return c.planProbes(ctx, log)
	}
	settings, err := readConfig(c.flags.config)
	if err != nil {
		return opener{}, nil, err
	}
	names := c.buckets
	if len(names) == 0 {
		if names = settings.Names(); len(names) == 0 {
			return opener{}, nil, usagef("name a bucket or a plan: the configuration names none in full")
		}
	}
	var sources []planner.Source
	withSynapse := false
	for _, name := range names {
		src, err := parseSource("s3://" + strings.TrimPrefix(name, "s3://"))
		if err != nil {
			return opener{}, nil, err
		}
		rule, _ := settings.For(src.Bucket)
		sources, withSynapse = append(sources, src), withSynapse || rule.Credentials.UsesSynapse()
	}
	o, err := c.openerFor(ctx, log, settings, withSynapse)
	if err != nil {
		return opener{}, nil, err
	}
	var probes []access.Probe
	for _, src := range sources {
		probes = append(probes, o.ProbeBucket(ctx, src))
	}
	return o, probes, nil
}

// openerFor opens buckets, with Synapse only where it is needed.
func (c *configCheck) openerFor(
	ctx context.Context, log zerolog.Logger, settings config.Config, withSynapse bool,
) (opener, error) {
	s := &session{logger: log}
	if withSynapse {
		var err error
		if s, err = connect(ctx, c.env, c.common, c.run, log); err != nil {
			return opener{}, err
		}
	}
	return newOpener(c.env, c.common, c.run, c.target, s, settings)
}

// planProbes are those of the plan in the run file.
func (c *configCheck) planProbes(ctx context.Context, log zerolog.Logger) (opener, []access.Probe, error) {
	file, err := checkpoint.OpenReadOnly(ctx, c.runFile)
	if err != nil {
		return opener{}, nil, err
	}
	defer func() { _ = file.Close() }()
	header, err := file.Header(ctx)
	if err != nil {
		return opener{}, nil, err
	}
	if err := c.take(header.Arguments); err != nil {
		return opener{}, nil, fmt.Errorf("%s: %w", c.runFile, err)
	}
	c.target.config = cmp.Or(c.flags.config, c.target.config)
	c.target.profile = cmp.Or(c.flags.profile, c.target.profile)
	settings, err := readConfig(c.target.config)
	if err != nil {
		return opener{}, nil, err
	}
	o, err := c.openerFor(ctx, log, settings, true)
	if err != nil {
		return opener{}, nil, err
	}
	plan, err := file.Plan(ctx)
	if errors.Is(err, checkpoint.ErrNotSealed) {
		plan, err = planner.Plan{Header: header}, nil
	}
	if err != nil {
		return opener{}, nil, err
	}
	probes, own, err := c.job.probes(ctx, o, plan, file)
	return o, append(probes, o.ProbeDestination(ctx, own, header.Destination)), err
}

// writeTrials writes the table, and below it what was answered.
func writeTrials(w io.Writer, tried []access.Trial) error {
	const none = "-"
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "bucket\tfor\trule\tcredentials\tidentity\tlist\thead")
	for _, t := range tried {
		name, rule := none, none
		if t.Credentials != nil {
			name = t.Credentials.Name()
		}
		if t.Rule.Line > 0 {
			rule = fmt.Sprint("line ", t.Rule.Line)
		}
		_, _ = fmt.Fprintln(table, strings.Join([]string{
			shown(t.Bucket), t.Use, rule, shown(name), shown(t.Identity), t.List, t.Head}, "\t"))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, t := range tried {
		for _, answer := range t.Answers {
			if _, err := fmt.Fprintf(w, "\n%s (%s): %s\n", shown(t.Bucket), t.Use, shown(answer)); err != nil {
				return err
			}
		}
	}
	return nil
}
