package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
	"synapse-migrate/reports"
)

const bucketHelp = `Plans the migration of the objects below a prefix into a Synapse folder, shows
the plan, asks, and runs it.

Paths in Synapse begin after the last slash of the prefix: with
s3://lab-data/run7/, the object run7/a/b.bam becomes the file b.bam in the
folder a; with s3://lab-data/run7, it becomes run7/a/b.bam. Objects that are
copied or streamed get the same path below the destination's base key.

--dry-run stops after the plan, and has changed nothing in Synapse or S3. The
same command without it uses the same plan: nothing is listed twice.

The plan and the state of the run are kept in a run file (--run, by default
named after the destination, in the working directory). Give the same command
again to go on after an interruption; with other arguments it is refused.
The run file holds no secret.

Ctrl-C once lets what is in flight end; twice quits at once. Both are safe.

` + exitCodesHelp

// bucketCommand is migrate bucket with its flags.
type bucketCommand struct {
	env     environment
	common  commonFlags
	plan    planFlags
	run     runFlags
	dryRun  bool
	runFile string
	// retryFailed is migrate resume's.
	retryFailed bool
}

func newBucket(env environment) *cobra.Command {
	c := &bucketCommand{env: env}
	cmd := &cobra.Command{
		Use:   "bucket s3://BUCKET[/PREFIX] --to synID",
		Short: "Migrate the objects of a bucket, or of a part of one",
		Long:  bucketHelp,
		Example: `  migrate bucket s3://lab-data/run7/ --to syn123 --dry-run
  migrate bucket s3://lab-data/run7/ --to syn123 --profile lab --yes
  migrate bucket s3://lab-data/run7/ --to syn123 --dest-credentials source   # server-side copies
  migrate bucket s3://lab-data/ --to syn123 --names replace --shard-folders`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("want one source, such as s3://lab-data/run7/")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			c.plan.source = args[0]
			return c.execute(cmd.Context())
		},
	}
	c.plan.add(cmd)
	c.run.add(cmd)
	c.common.add(cmd)
	cmd.Flags().BoolVar(&c.dryRun, "dry-run", false, "plan and report; change nothing in Synapse or S3")
	cmd.Flags().StringVar(&c.runFile, "run", "", "run `file` (default: named after the destination)")
	return cmd
}

// check refuses a wrong command line before anything is asked.
func (c *bucketCommand) check() (planner.Source, error) {
	source, err := parseSource(c.plan.source)
	if err != nil {
		return source, err
	}
	if err := c.plan.check(); err != nil {
		return source, err
	}
	return source, c.run.check()
}

func (c *bucketCommand) execute(ctx context.Context) error {
	source, err := c.check()
	if err != nil {
		return err
	}
	log, closeLog, err := c.common.logger(c.env)
	if err != nil {
		return err
	}
	defer closeLog()
	ctx, drain, stop := onSignals(ctx, c.env.stderr)
	defer stop()
	s, planned, err := c.connectAndPlan(ctx, log, source, drain)
	if err != nil {
		return err
	}
	defer func() { _ = planned.file.Close() }()
	if err := reports.PlanText(c.env.stdout, planned.plan); err != nil {
		return err
	}
	if planned.plan.Stopped() {
		return hinted(errors.New("the plan has findings that stop the run; nothing was changed"),
			"mend what they name; delete "+c.runFile+" to plan anew")
	}
	if c.dryRun {
		say(c.env.stderr, "dry run: nothing was changed; the same command without --dry-run runs this plan (%s)", c.runFile)
		return nil
	}
	return c.carryOut(ctx, planned, s, drain)
}

// connectAndPlan does all that comes before the run. Nothing is changed by
// it, so that the first signal ends it.
func (c *bucketCommand) connectAndPlan(ctx context.Context, log zerolog.Logger, source planner.Source, drain <-chan struct{}) (*session, *ready, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-drain:
			cancel()
		case <-ctx.Done():
		}
	}()
	s, err := connect(ctx, c.env, c.common, c.run, log)
	if err != nil {
		return nil, nil, interruptedEarly(ctx, err)
	}
	o := opener{session: s, env: c.env, flags: c.plan, run: c.run, allowHTTP: c.common.allowHTTP}
	if c.runFile == "" {
		c.runFile = runFileFor(c.plan.to)
	}
	planned, err := c.prepare(ctx, o, source)
	return s, planned, interruptedEarly(ctx, err)
}

// interruptedEarly is the error with which an interruption before the run
// ends; other errors stay as they are. It goes by the context, since what
// was under way may end with an error of its own (a call that would have
// been repeated returns its last answer).
func interruptedEarly(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return &exitError{code: exitInterrupted, err: errors.New("interrupted before the run; nothing was changed"),
		hint: "give the same command again; listing goes on after what the run file holds"}
}

// ready is a sealed plan with all that is needed to run it.
type ready struct {
	file   *checkpoint.File
	plan   planner.Plan
	stores stores
}

// prepare opens the run file, or makes it, and plans what is not yet
// planned.
func (c *bucketCommand) prepare(ctx context.Context, o opener, source planner.Source) (*ready, error) {
	file, err := checkpoint.Open(ctx, c.runFile)
	if errors.Is(err, checkpoint.ErrNotFound) {
		return c.planAnew(ctx, o, source)
	}
	if err != nil {
		return nil, err
	}
	r, err := c.goOn(ctx, o, file)
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return r, nil
}

// goOn takes up a run file that is there already.
func (c *bucketCommand) goOn(ctx context.Context, o opener, file *checkpoint.File) (*ready, error) {
	header, err := file.Header(ctx)
	if err != nil {
		return nil, err
	}
	if err := sameRun(c.runFile, header, c.plan.arguments(), o.me.OwnerID); err != nil {
		return nil, err
	}
	s, err := o.open(ctx, header.Source, header.Destination)
	if err != nil {
		return nil, err
	}
	plan, err := file.Plan(ctx)
	if errors.Is(err, checkpoint.ErrNotSealed) {
		facts, err := c.examine(ctx, o)
		if err != nil {
			return nil, err
		}
		facts.Destination = header.Destination
		plan, err = c.makePlan(ctx, header, facts, s, file)
		return &ready{file, plan, s}, err
	}
	if err == nil {
		say(c.env.stderr, "using the plan of %s in %s; what has changed since then needs a new plan: "+
			"another --run file, or delete this one",
			plan.SealedOn.UTC().Format("2006-01-02 15:04 UTC"), c.runFile)
	}
	return &ready{file, plan, s}, err
}

// sameRun refuses a run file that was made with other arguments, or by
// another user: all that Synapse is asked must come from one.
func sameRun(path string, header planner.Header, arguments map[string]string, userID string) error {
	if d := difference(header.Arguments, arguments); d != "" {
		return hinted(fmt.Errorf("%s was planned with %s", path, d),
			"give the same arguments to go on, another --run file for another plan, or delete "+path+" to plan anew")
	}
	if header.Caller.UserID != userID {
		return hinted(fmt.Errorf("%s belongs to Synapse user %s (%s), and you are %s",
			path, header.Caller.UserName, header.Caller.UserID, userID),
			"one user must register and own everything; use that user's token, or another --run file")
	}
	return nil
}

// examine looks at the destination.
func (c *bucketCommand) examine(ctx context.Context, o opener) (planner.DestinationFacts, error) {
	_, facts, err := planner.ExamineDestination(ctx, o.client, c.plan.to, o.client.STSCredentials)
	return facts, err
}

// planAnew examines the destination and plans from the beginning. What
// stops the run before anything is listed leaves no run file behind.
func (c *bucketCommand) planAnew(ctx context.Context, o opener, source planner.Source) (*ready, error) {
	facts, err := c.examine(ctx, o)
	if err != nil {
		return nil, err
	}
	if findings := planner.CheckRun(facts, c.options()); (planner.Plan{Findings: findings}).Stopped() {
		if err := reports.FindingsText(c.env.stdout, findings); err != nil {
			return nil, err
		}
		return nil, hinted(fmt.Errorf("nothing can be migrated into %s as it is; nothing was changed", c.plan.to),
			"mend what the findings name, and give the same command again")
	}
	s, err := o.open(ctx, source, facts.Destination)
	if err != nil {
		return nil, err
	}
	header := planner.Header{
		Arguments: c.plan.arguments(), Source: s.src, Destination: s.dest,
		Caller: facts.Caller, CreatedOn: time.Now().UTC(),
	}
	facts.Destination = s.dest
	file, err := checkpoint.Create(ctx, c.runFile, header)
	if err != nil {
		return nil, err
	}
	plan, err := c.makePlan(ctx, header, facts, s, file)
	if err != nil {
		// A mistyped bucket must not leave a run file that then refuses
		// the right one; a plan that has begun is kept.
		_ = file.Discard(context.WithoutCancel(ctx))
		_ = file.Close()
		return nil, err
	}
	return &ready{file, plan, s}, nil
}

// options are the planner's.
func (c *bucketCommand) options() planner.Options {
	size, _ := c.run.partSizeBytes()
	return planner.Options{
		Names: planner.NamesPolicy(c.plan.names), IfExists: planner.ExistsPolicy(c.plan.ifExists),
		ShardFolders: c.plan.shardFolders, Force: planner.Action(c.plan.action),
		NoPreviews: c.plan.noPreviews, MD5MetadataKey: c.plan.md5MetadataKey,
		AcceptAccessChange:  c.plan.acceptAccess,
		CopyWithSource:      c.plan.destCredentials == destSource,
		RequesterPays:       c.plan.requesterPays,
		UploadPartSizeBytes: size, TransferPartSizeBytes: size,
		Limits: planner.Limits{Requests: int64(c.run.synapseRate)},
	}
}

// makePlan lists the source from where listing was left, and seals the
// plan.
func (c *bucketCommand) makePlan(ctx context.Context, header planner.Header, facts planner.DestinationFacts, s stores, file *checkpoint.File) (planner.Plan, error) {
	progress := reports.NewListing(c.env.stderr, !c.run.noProgress && isTerminal(c.env.stderr), c.run.noProgress)
	defer progress.Close()
	b := planner.Bucket{
		Header: header, Facts: facts, Options: c.options(),
		Source: notEmpty{s.source}, Examine: s.source, Existing: s.contents,
		Store: file, Reviewer: file, Observer: progress,
	}
	if s.canWrite {
		b.Destination = s.destination
		if !inFolder(header.Source, header.Destination) {
			b.CopyProbe = s.destination
		}
	}
	return b.Plan(ctx)
}
