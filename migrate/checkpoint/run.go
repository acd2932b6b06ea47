package checkpoint

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"time"
)

// RunRecord is one run of the plan: what `migrate status` and the reports
// say of it.
type RunRecord struct {
	// ID counts the runs of this file from 1.
	ID        int64
	StartedOn time.Time
	// EndedOn is zero while the run is under way, and for ever after it
	// was killed.
	EndedOn time.Time
	// End is how it ended, in the runner's words; empty as EndedOn is zero.
	End string
	// SynapseCalls and S3Calls are requests that were sent.
	SynapseCalls, S3Calls int64
	// BytesRead and BytesWritten crossed this machine; BytesCopied stayed
	// within S3.
	BytesRead, BytesWritten, BytesCopied int64
}

// Begin notes that a run of the plan with that digest starts. ErrNotSealed
// while there is no plan, ErrPlanMismatch when the file holds another.
func (f *File) Begin(ctx context.Context, digest string) error {
	plan, err := f.Plan(ctx)
	if err != nil {
		return fmt.Errorf("beginning the run: %w", err)
	}
	if plan.Digest != digest {
		return fmt.Errorf("beginning the run: %w: plan %s, asked for %s",
			ErrPlanMismatch, plan.Digest, printable(digest, 64))
	}
	now := time.Now().UnixMicro()
	err = f.submit(ctx, func(s *session) error {
		result, err := s.exec(`INSERT INTO run (started_on) VALUES (?)`, now)
		if err != nil {
			return err
		}
		id, err := result.LastInsertId()
		if err == nil {
			f.runID.Store(id)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("beginning the run: %w", err)
	}
	return nil
}

// RecordRun stores how the run that Begin noted has gone so far, or how it
// ended. It may be called again: the last call counts. ID and StartedOn are
// Begin's, whatever r says. ErrNotBegun without Begin.
func (f *File) RecordRun(ctx context.Context, r RunRecord) error {
	id := f.runID.Load()
	if id == 0 {
		return fmt.Errorf("recording the run: %w", ErrNotBegun)
	}
	err := f.submit(ctx, func(s *session) error {
		_, err := s.exec(`UPDATE run SET ended_on = ?, ended_as = ?,
			synapse_calls = ?, s3_calls = ?, bytes_read = ?,
			bytes_written = ?, bytes_copied = ? WHERE id = ?`,
			micros(r.EndedOn), printable(r.End, maxOperationBytes),
			r.SynapseCalls, r.S3Calls, r.BytesRead, r.BytesWritten,
			r.BytesCopied, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("recording the run: %w", err)
	}
	return nil
}

// Runs streams the runs of the plan, first to last.
func (f *File) Runs(ctx context.Context) iter.Seq2[RunRecord, error] {
	q := seek{query: `SELECT id, started_on, ended_on, ended_as,
		synapse_calls, s3_calls, bytes_read, bytes_written, bytes_copied
		FROM run ORDER BY id`}
	return stream(ctx, f.reads, "runs", q,
		func(rows *sql.Rows) (RunRecord, error) {
			var r RunRecord
			var started, ended sql.NullInt64
			err := rows.Scan(&r.ID, &started, &ended, &r.End,
				&r.SynapseCalls, &r.S3Calls, &r.BytesRead, &r.BytesWritten,
				&r.BytesCopied)
			r.StartedOn, r.EndedOn = fromMicros(started), fromMicros(ended)
			return r, err
		})
}

// changes reads when the first and the last change of state were made; zero
// when there was none.
func (f *File) changes(ctx context.Context) (first, last time.Time, err error) {
	var from, to sql.NullInt64
	err = f.reads.QueryRowContext(ctx,
		`SELECT first_on, last_on FROM change`).Scan(&from, &to)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return fromMicros(from), fromMicros(to), classify(err)
}
