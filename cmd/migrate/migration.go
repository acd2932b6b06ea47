package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"synapse-migrate/migrate/access"
	"synapse-migrate/migrate/binding"
	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
	"synapse-migrate/planner/destination"
	"synapse-migrate/planner/rules"
	"synapse-migrate/reports"
	"synapse-migrate/synapse"
)

// job is what a command migrates, and how that is planned: what migrate
// bucket and migrate project have of their own.
type job interface {
	// check refuses a wrong command line before anything is asked.
	check() error
	// arguments are what the run file remembers of the flags.
	arguments() map[string]string
	// survey looks at both ends, as far as that takes no listing.
	survey(ctx context.Context, o opener) (prospect, error)
	// open makes the ways into S3. Nothing is written.
	open(ctx context.Context, o opener, src planner.Source, dest planner.Destination) (stores, error)
	// probes are the ways into the source of a plan, to be tried, and the
	// user's own credentials where these read it.
	probes(ctx context.Context, o opener, plan planner.Plan, file *checkpoint.File) ([]access.Probe, access.Principal, error)
	// plan goes on with a plan from where it was left, and seals it.
	plan(ctx context.Context, d draft) (planner.Plan, error)
}

// prospect is what is known of both ends before anything is listed.
type prospect struct {
	source planner.Source
	facts  rules.DestinationFacts
	// findings are those about the run so far.
	findings []planner.Finding
}

// survey looks at the destination of a source that shows when it is listed.
func (o opener) survey(ctx context.Context, options planner.Options, src planner.Source) (prospect, error) {
	_, facts, err := destination.Examine(ctx, o.client, o.target.to, o.client.STSCredentials)
	if err != nil {
		return prospect{}, err
	}
	return prospect{source: src, facts: facts, findings: rules.CheckRun(facts, options)}, nil
}

// draft is a plan that is yet to be made.
type draft struct {
	header   planner.Header
	prospect prospect
	stores   stores
	file     *checkpoint.File
	progress *reports.Listing
	run      runFlags
	client   *synapse.Client
}

// migration plans, asks, runs and reports: what all commands that migrate
// have in common.
type migration struct {
	env     environment
	common  commonFlags
	run     runFlags
	dryRun  bool
	runFile string
	// retryFailed is migrate resume's.
	retryFailed bool

	job job
	// target is the job's own.
	target *targetFlags
}

// flags adds those of a command that plans.
func (m *migration) flags(cmd *cobra.Command) {
	m.run.add(cmd)
	m.common.add(cmd)
	cmd.Flags().BoolVar(&m.dryRun, "dry-run", false, "plan and report; change nothing in Synapse or S3")
	cmd.Flags().StringVar(&m.runFile, "run", "", "run `file` (default: named after the destination)")
}

// check refuses a wrong command line before anything is asked.
func (m *migration) check() error {
	for _, check := range []func() error{m.job.check, m.target.check, m.run.check} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (m *migration) execute(ctx context.Context) error {
	if err := m.check(); err != nil {
		return err
	}
	log, closeLog, err := m.common.logger(m.env)
	if err != nil {
		return err
	}
	defer closeLog()
	ctx, drain, stop := onSignals(ctx, m.env.stderr)
	defer stop()
	s, planned, err := m.connectAndPlan(ctx, log, drain)
	if err != nil {
		return err
	}
	defer func() { _ = planned.file.Close() }()
	if err := reports.PlanText(m.env.stdout, planned.plan); err != nil {
		return err
	}
	if planned.plan.Stopped() {
		return hinted(errors.New("the plan has findings that stop the run; nothing was changed"),
			"correct what they name; delete "+m.runFile+" to plan again")
	}
	if m.dryRun {
		say(m.env.stderr, "dry run: nothing was changed; the same command without --dry-run runs this plan (%s)", m.runFile)
		return nil
	}
	return m.carryOut(ctx, planned, s, drain)
}

// connectAndPlan does all that comes before the run. Nothing is changed by
// it, so that the first signal ends it.
func (m *migration) connectAndPlan(
	ctx context.Context, log zerolog.Logger, drain <-chan struct{},
) (*session, *ready, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-drain:
			cancel()
		case <-ctx.Done():
		}
	}()
	settings, err := readConfig(m.target.config)
	if err != nil {
		return nil, nil, err
	}
	s, err := connect(ctx, m.env, m.common, m.run, log)
	if err != nil {
		return nil, nil, interruptedEarly(ctx, err)
	}
	o, err := newOpener(m.env, m.common, m.run, m.target, s, settings)
	if err != nil {
		return nil, nil, err
	}
	if m.runFile == "" {
		m.runFile = runFileFor(m.target.to)
	}
	planned, err := m.prepare(ctx, o)
	return s, planned, interruptedEarly(ctx, err)
}

// interruptedEarly is the error with which an interruption before the run
// ends; other errors stay as they are. It goes by the context, since what
// was under way may end with an error of its own (a call that would have
// been repeated returns its last answer).
func interruptedEarly(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	return &exitError{code: exitInterrupted, err: errors.New("interrupted before the run; nothing was changed"),
		hint: "give the same command again; listing continues after what the run file holds"}
}

// ready is a sealed plan with all that is needed to run it.
type ready struct {
	file   *checkpoint.File
	plan   planner.Plan
	stores stores
}

// prepare opens the run file, or makes it, and plans what is not yet
// planned.
func (m *migration) prepare(ctx context.Context, o opener) (*ready, error) {
	file, err := openOwn(ctx, m.runFile)
	if errors.Is(err, checkpoint.ErrNotFound) {
		return m.planAnew(ctx, o)
	}
	if err != nil {
		return nil, err
	}
	r, err := m.goOn(ctx, o, file)
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return r, nil
}

// goOn takes up a run file that is there already.
func (m *migration) goOn(ctx context.Context, o opener, file *checkpoint.File) (*ready, error) {
	header, err := file.Header(ctx)
	if err != nil {
		return nil, err
	}
	if err := binding.Arguments(m.runFile, header, m.job.arguments()); err != nil {
		return nil, err
	}
	if err := binding.Synapse(m.runFile, header, o.synapseURL, o.me); err != nil {
		return nil, err
	}
	if err := binding.User(m.runFile, header, o.me); err != nil {
		return nil, err
	}
	if changed := binding.Changed(header, o.config); changed != "" {
		say(m.env.stderr, "warning: %s", changed)
	}
	s, err := m.job.open(ctx, o, header.Source, header.Destination)
	if err != nil {
		return nil, err
	}
	if err := binding.Ends(m.runFile, header, s.src, s.dest); err != nil {
		return nil, err
	}
	plan, err := file.Plan(ctx)
	if errors.Is(err, checkpoint.ErrNotSealed) {
		p, err := m.job.survey(ctx, o)
		if err != nil {
			return nil, err
		}
		p.source, p.facts.Destination = header.Source, header.Destination
		plan, err = m.makePlan(ctx, o, header, p, s, file)
		return &ready{file, plan, s}, err
	}
	if err == nil {
		say(m.env.stderr, "using the plan of %s in %s; what has changed since then needs a new plan: "+
			"another --run file, or delete this one",
			plan.SealedOn.UTC().Format("2006-01-02 15:04 UTC"), m.runFile)
	}
	return &ready{file, plan, s}, err
}

// planAnew examines both ends and plans from the beginning. What stops the
// run before anything is listed leaves no run file behind.
func (m *migration) planAnew(ctx context.Context, o opener) (*ready, error) {
	p, err := m.job.survey(ctx, o)
	if err != nil {
		return nil, err
	}
	if (planner.Plan{Findings: p.findings}).Stopped() {
		if err := reports.FindingsText(m.env.stdout, p.findings); err != nil {
			return nil, err
		}
		return nil, hinted(fmt.Errorf("nothing can be migrated into %s as it is; nothing was changed", m.target.to),
			"correct what the findings name, and give the same command again")
	}
	s, err := m.job.open(ctx, o, p.source, p.facts.Destination)
	if err != nil {
		return nil, err
	}
	header := planner.Header{
		Arguments: binding.With(m.job.arguments(), o.config), Source: s.src, Destination: s.dest,
		Caller: p.facts.Caller, Synapse: o.synapseURL, CreatedOn: time.Now().UTC(),
	}
	p.source, p.facts.Destination = s.src, s.dest
	file, err := checkpoint.Create(ctx, m.runFile, header)
	if err != nil {
		return nil, err
	}
	plan, err := m.makePlan(ctx, o, header, p, s, file)
	if err != nil {
		// A mistyped bucket must not leave a run file that then refuses
		// the right one; a plan that has begun is kept.
		_ = file.Discard(context.WithoutCancel(ctx))
		_ = file.Close()
		return nil, err
	}
	return &ready{file, plan, s}, nil
}

// makePlan plans from where planning was left, with progress, and seals the
// plan.
func (m *migration) makePlan(
	ctx context.Context, o opener, header planner.Header, p prospect, s stores, file *checkpoint.File,
) (planner.Plan, error) {
	terminal := !m.run.noProgress && isTerminal(m.env.stderr)
	progress := reports.NewListing(m.env.stderr, header.Source, terminal, m.run.noProgress)
	defer progress.Close()
	return m.job.plan(ctx, draft{
		header: header, prospect: p, stores: s, file: file, progress: progress, run: m.run, client: o.client,
	})
}
