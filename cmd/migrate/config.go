package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

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
	flags.StringVar(&c.flags.profile, "profile", "", "AWS `profile` for buckets of which nothing is said")
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
	probes, err := c.probes(ctx, log)
	if err != nil {
		return err
	}
	failed := 0
	var tried []trial
	for _, p := range probes {
		t := p.try(ctx)
		if err := ctx.Err(); err != nil {
			return err
		}
		if len(t.answers) > 0 {
			failed++
		}
		tried = append(tried, t)
	}
	if err := writeTrials(c.env.stdout, tried); err != nil || failed == 0 {
		return err
	}
	return &exitError{code: exitIncomplete,
		err:  fmt.Errorf("%d of %d ways into buckets don't work", failed, len(tried)),
		hint: "mend the configuration file, or ask the bucket's owner for what was denied"}
}

// probes are what is to be tried.
func (c *configCheck) probes(ctx context.Context, log zerolog.Logger) ([]probe, error) {
	if c.runFile != "" {
		return c.planProbes(ctx, log)
	}
	settings, err := readConfig(c.flags.config)
	if err != nil {
		return nil, err
	}
	names := c.buckets
	if len(names) == 0 {
		if names = plainNames(settings); len(names) == 0 {
			return nil, usagef("name a bucket or a plan: the configuration names none in full")
		}
	}
	o, err := c.openerFor(ctx, log, settings, usesSynapse(settings, names))
	if err != nil {
		return nil, err
	}
	var probes []probe
	for _, name := range names {
		src, err := parseSource("s3://" + strings.TrimPrefix(name, "s3://"))
		if err != nil {
			return nil, err
		}
		probes = append(probes, o.probeBucket(ctx, src))
	}
	return probes, nil
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
	return c.newOpener(s, settings), nil
}

// plainNames are the buckets that the configuration names in full.
func plainNames(settings config.Config) (names []string) {
	for _, rule := range settings.Rules {
		for _, bucket := range rule.Buckets {
			if !strings.ContainsAny(bucket, "*?") {
				names = append(names, bucket)
			}
		}
	}
	return names
}

// usesSynapse reports whether Synapse's credentials read any of the buckets.
func usesSynapse(settings config.Config, names []string) bool {
	for _, name := range names {
		bucket, _, err := config.SplitBucket(strings.TrimPrefix(name, "s3://"))
		if err != nil {
			continue // whoever tries it says so
		}
		rule, _ := settings.For(bucket)
		for p := &rule.Credentials; p != nil; {
			switch p.Kind {
			case config.KindSynapse:
				return true
			case config.KindAssumeRole:
				p = p.AssumeRole.Source
			case config.KindFederation:
				p = p.Federation.Source
			default:
				p = nil
			}
		}
	}
	return false
}

// planProbes are those of the plan in the run file.
func (c *configCheck) planProbes(ctx context.Context, log zerolog.Logger) ([]probe, error) {
	file, err := checkpoint.OpenReadOnly(ctx, c.runFile)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	header, err := file.Header(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.take(header.Arguments); err != nil {
		return nil, fmt.Errorf("%s: %w", c.runFile, err)
	}
	c.target.config = first(c.flags.config, c.target.config)
	c.target.profile = first(c.flags.profile, c.target.profile)
	settings, err := readConfig(c.target.config)
	if err != nil {
		return nil, err
	}
	o, err := c.openerFor(ctx, log, settings, true)
	if err != nil {
		return nil, err
	}
	plan, err := file.Plan(ctx)
	if errors.Is(err, checkpoint.ErrNotSealed) {
		plan, err = planner.Plan{Header: header}, nil
	}
	if err != nil {
		return nil, err
	}
	samples, err := samplesOf(ctx, file, plan)
	if err != nil {
		return nil, err
	}
	return o.probePlan(ctx, c.job, plan, samples), nil
}

// samplesOf are an object of each bucket that a project's plan reads with
// credentials.
func samplesOf(ctx context.Context, file *checkpoint.File, plan planner.Plan) (map[string]string, error) {
	wanted := map[string]bool{}
	for _, b := range plan.Buckets {
		if readWithCredentials(b) {
			wanted[b.Bucket] = true
		}
	}
	samples := map[string]string{}
	if len(wanted) == 0 {
		return samples, nil
	}
	for e, err := range file.Entries(ctx, checkpoint.EntryFilter{}) {
		if err != nil {
			return nil, err
		}
		at := e.Source
		if wanted[at.Bucket] && at.Download == nil {
			samples[at.Bucket] = at.Key
			delete(wanted, at.Bucket)
		}
		if len(wanted) == 0 {
			break
		}
	}
	return samples, nil
}

// readWithCredentials reports whether the user's credentials are what reads a
// bucket of a project.
func readWithCredentials(b planner.BucketDecision) bool {
	return b.Bucket != "" && b.Reach.Readable && b.Reach.EntityID == ""
}
