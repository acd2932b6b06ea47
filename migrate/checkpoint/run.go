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
	// EndedOn is zero while the run is under way, and after it was killed
	// until the next run begins.
	EndedOn time.Time
	// End is how it ended, in the runner's words, or "killed"; empty as
	// EndedOn is zero.
	End string
	RunCounts
}

// killed is how a run ended that didn't come to record its end: it was
// killed, or its machine stopped. The next one that begins notes it, with
// the time of the last change that was recorded before.
const killed = "killed"

// RunCounts are what one run has done.
type RunCounts struct {
	// SynapseCalls and S3Calls are requests that were sent.
	SynapseCalls, S3Calls int64
	// BytesRead and BytesWritten crossed this machine; BytesCopied stayed
	// within S3.
	BytesRead, BytesWritten, BytesCopied int64
}

// Begin checks the whole file (Check), and notes that a run of the plan with
// that digest starts, and that those before it have ended. From then on soFar,
// if not nil, is asked at each commit what the run has done, so that a run
// that is killed has counted what it recorded; it must not call the File.
// ErrNotSealed while there is no plan, ErrPlanMismatch when the file holds
// another, ErrFormat where it is damaged or was changed.
func (f *File) Begin(
	ctx context.Context, digest string, soFar func() RunCounts,
) error {
	plan, err := f.Plan(ctx)
	if err != nil {
		return fmt.Errorf("beginning the run: %w", err)
	}
	if plan.Digest != digest {
		return fmt.Errorf("beginning the run: %w: plan %s, asked for %s",
			ErrPlanMismatch, plan.Digest, printable(digest, 64))
	}
	if err := f.Check(ctx); err != nil {
		return fmt.Errorf("beginning the run: %w", err)
	}
	now := time.Now().UnixMicro()
	err = f.submit(ctx, func(s *session) error {
		if _, err := s.exec(endKilled, killed); err != nil {
			return err
		}
		result, err := s.exec(`INSERT INTO run (started_on) VALUES (?)`, now)
		if err != nil {
			return err
		}
		id, err := result.LastInsertId()
		if err == nil {
			f.runID.Store(id)
			s.runID, s.soFar = id, soFar
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("beginning the run: %w", err)
	}
	return nil
}

// endKilled ends the runs that did not record their end. Whoever executes it
// holds the lock, so that none of them is under way.
const endKilled = `UPDATE run SET ended_as = ?, ended_on = max(started_on,
	coalesce((SELECT last_on FROM change), 0)) WHERE ended_on IS NULL`

// countRun stores what the run has done so far, if one has begun and counts.
func (s *session) countRun() error {
	if s.soFar == nil {
		return nil
	}
	c := s.soFar()
	if c == s.counted {
		return nil
	}
	_, err := s.exec(`UPDATE run SET synapse_calls = ?, s3_calls = ?,
		bytes_read = ?, bytes_written = ?, bytes_copied = ?
		WHERE id = ? AND ended_on IS NULL`, c.SynapseCalls, c.S3Calls,
		c.BytesRead, c.BytesWritten, c.BytesCopied, s.runID)
	if err == nil {
		s.counted = c
	}
	return err
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
