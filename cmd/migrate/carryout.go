package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"synapse-migrate/migrate"
	"synapse-migrate/migrate/binding"
	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
	sharing "synapse-migrate/planner/access"
	"synapse-migrate/reports"
	"synapse-migrate/synapse"
)

// carryOut asks, runs the plan, reports, and says with which code to exit.
func (m *migration) carryOut(ctx context.Context, r *ready, s *session, drain <-chan struct{}) error {
	counts, err := r.file.Counts(ctx)
	if err != nil {
		return err
	}
	if r.stores.buckets != nil {
		if err := r.stores.buckets.Recall(ctx, r.plan.Buckets); err != nil {
			return err
		}
		err := binding.Buckets(m.runFile, r.plan.Buckets, func(bucket string) (string, error) {
			return r.stores.buckets.Endpoint(ctx, bucket)
		})
		if err != nil {
			return err
		}
	}
	if err := sharing.CheckSharing(ctx, s.client, r.plan); err != nil {
		return sharingError(err, m.runFile)
	}
	if counts.Runs == 0 {
		if err := confirm(ctx, m.env, m.run.yes, r.plan, drain); err != nil {
			return err
		}
	}
	summary, runErr := m.runPlan(ctx, r, s, counts, drain)
	after, err := r.file.Counts(context.WithoutCancel(ctx))
	if err != nil {
		return errors.Join(runErr, err)
	}
	shown := reports.RunText(m.env.stdout, r.plan, after, &summary)
	if shown == nil {
		shown = reports.FailedText(context.WithoutCancel(ctx), m.env.stdout, r.file, after, failuresShown)
	}
	// How the run ended doesn't depend on who can still read of it: the
	// terminal may have been closed.
	if err := runOutcome(m.runFile, r.plan.Header.Source, after, summary, runErr); err != nil {
		if shown != nil {
			say(m.env.stderr, "the report was not written: %v", shown)
		}
		return err
	}
	return shown
}

// sharingError tells what to do about a destination whose sharing has changed,
// or that is gone.
func sharingError(err error, runFile string) error {
	if errors.Is(err, synapse.ErrNotFound) {
		return fmt.Errorf("%w: %w", migrate.ErrDestinationGone, err)
	}
	if !errors.Is(err, sharing.ErrSharingChanged) {
		return err
	}
	return hinted(err, "nothing was changed by this run; undo that, or make a new plan, which compares who may reach "+
		"the data: another --run file, or delete "+runFile)
}

// failuresShown is how many failed items a run and its status name.
const failuresShown = 5

// remaining is what a run has before it: what is unfinished, and what failed
// if that is tried again.
func remaining(plan planner.Plan, counts checkpoint.Counts, retryFailed bool, s *session) reports.Remaining {
	left := counts.Unfinished()
	if again := counts.State(checkpoint.StateFailed); retryFailed {
		left.Items, left.SizeBytes = left.Items+again.Items, left.SizeBytes+again.SizeBytes
	}
	return reports.Remaining{Source: plan.Header.Source, Items: left.Items, SizeBytes: left.SizeBytes,
		SynapseCalls: plan.CallsFor(left.Items), Budget: s.budget, Waiting: s.late.Longest}
}

// runPlan runs the plan with progress, and records how it went.
func (m *migration) runPlan(
	ctx context.Context, r *ready, s *session, counts checkpoint.Counts, drain <-chan struct{},
) (migrate.Summary, error) {
	var observer migrate.Observer
	if !m.run.noProgress {
		progress := reports.NewProgress(m.env.stderr, isTerminal(m.env.stderr),
			remaining(r.plan, counts, m.retryFailed, s), 0)
		defer progress.Close()
		observer = progress
	}
	size, _ := m.run.partSizeBytes()
	before := s.budget.Counters()
	sent := func() (synapseCalls, s3Calls int64) {
		return s.budget.Counters().Since(before).Started, r.stores.calls()
	}
	summary, err := migrate.Run(ctx, migrate.Options{
		Workers: m.run.workers, PartConcurrency: m.run.partConcurrency,
		UploadPartSizeBytes: size, MaxErrors: m.run.maxErrors,
		NoPreviews: m.target.noPreviews, RetryFailed: m.retryFailed,
		AllowPlainHTTP: m.common.allowHTTP, Drain: drain, Logger: s.logger,
	}, migrate.Deps{
		Plan: r.plan, Checkpoint: r.file, Mover: r.stores.mover, Source: r.stores.reader,
		Own: r.stores.own, Synapse: s.client, Observer: observer, Calls: sent,
		PartRoots: r.stores.roots,
	})
	record := checkpoint.RunRecord{EndedOn: time.Now(), End: string(summary.End), RunCounts: checkpoint.RunCounts{
		BytesRead: summary.Bytes.Read, BytesWritten: summary.Bytes.Written, BytesCopied: summary.Bytes.Copied,
	}}
	record.SynapseCalls, record.S3Calls = sent()
	if e := r.file.RecordRun(context.WithoutCancel(ctx), record); e != nil && !errors.Is(e, checkpoint.ErrNotBegun) {
		err = errors.Join(err, e)
	}
	return summary, err
}

// runOutcome is the error, and with it the exit code, that a run ends with.
func runOutcome(path string, source planner.Source, counts checkpoint.Counts, summary migrate.Summary, runErr error) error {
	switch {
	case errors.Is(runErr, context.Canceled), runErr == nil && summary.End == migrate.EndDrained:
		return &exitError{code: exitInterrupted, err: errors.New("interrupted; what was done is recorded"),
			hint: "give the same command again, or migrate resume --run " + path}
	case runErr != nil:
		return runErr
	}
	failed := counts.State(checkpoint.StateFailed).Items
	blocked := counts.Action(planner.ActionBlock).Items
	hint := "migrate report --run " + path + " names each with its reason"
	if failed > 0 {
		hint += "; migrate resume --retry-failed --run " + path + " tries the failed ones again"
	}
	hint += "; what is blocked, or has changed since it was planned, needs a new plan: another --run file"
	switch {
	case summary.End == migrate.EndTooManyErrors:
		return hinted(fmt.Errorf("stopped by --max-errors: %s failed, %d are left",
			reports.Things(source, failed), counts.Unfinished().Items), hint)
	case failed == 0 && blocked == 0:
		return nil
	}
	return &exitError{code: exitIncomplete, hint: hint,
		err: fmt.Errorf("finished with %d failed and %s blocked", failed, reports.Things(source, blocked))}
}
