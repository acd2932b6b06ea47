package checkpoint

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Record stores an item's state and what is known with it, and returns once
// that is on disk. The change of state is checked against the stored one:
// ErrTransition when it is not Allowed or when the entry lacks what its new
// state says it has (FileHandleID, say). Empty fields leave what is stored as
// it is, so that an ID, once recorded, is never lost; Attempts never falls.
// Of e.Item only the ID matters. ErrNotInPlan for an item that is unknown or
// left out by the plan. A context that ends while the commit is under way
// no longer matters.
func (p Progress) Record(ctx context.Context, e Entry) error {
	now := time.Now()
	err := p.submit(ctx, func(s *session) error { return s.record(e, now) })
	if err != nil {
		return fmt.Errorf("recording item %d: %w", e.ID, err)
	}
	return nil
}

func (s *session) record(e Entry, now time.Time) error {
	stored, err := s.stored(e.ID)
	if err != nil {
		return err
	}
	from := stored.State
	have := overlay(stored, e)
	if err := validate(from, have); err != nil {
		return err
	}
	if err := s.update(have, now); err != nil {
		return err
	}
	return s.touch(now)
}

// progressColumns are what a state says but for failures,
// in the order of Entry.progress.
const progressColumns = `id, state, attempts, bucket, key, etag, md5, content_type,
	file_handle_id, entity_id`

// progress has where a row of these columns goes.
func (e *Entry) progress() []any {
	o := &e.Object
	return []any{&e.ID, &e.State, &e.Attempts, &o.Bucket, &o.Key, &o.ETag,
		&o.MD5, &o.ContentType, &e.FileHandleID, &e.EntityID}
}

// stored reads the fields that Record may change.
func (s *session) stored(id int64) (Entry, error) {
	var e Entry
	err := s.row(`SELECT `+progressColumns+` FROM state WHERE id = ?`, []any{id}, e.progress()...)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotInPlan
	}
	return e, err
}

// overlay lays what the new entry knows over the stored one.
func overlay(stored, e Entry) Entry {
	have := stored
	have.State = e.State
	have.Failure = e.Failure
	have.Attempts = max(stored.Attempts, e.Attempts)
	have.Object = Object{
		Bucket: cmp.Or(e.Object.Bucket, stored.Object.Bucket),
		Key:    cmp.Or(e.Object.Key, stored.Object.Key),
		ETag:   cmp.Or(e.Object.ETag, stored.Object.ETag),
		MD5:    cmp.Or(e.Object.MD5, stored.Object.MD5),

		ContentType: cmp.Or(e.Object.ContentType, stored.Object.ContentType),
	}
	have.FileHandleID = cmp.Or(e.FileHandleID, stored.FileHandleID)
	have.EntityID = cmp.Or(e.EntityID, stored.EntityID)
	return have
}

func (s *session) update(e Entry, now time.Time) error {
	o := e.Object
	_, err := s.exec(`UPDATE state SET state = ?, attempts = ?, bucket = ?,
		key = ?, etag = ?, md5 = ?, content_type = ?, file_handle_id = ?,
		entity_id = ?, changed_on = ? WHERE id = ?`,
		string(e.State), e.Attempts, o.Bucket, o.Key, o.ETag, o.MD5, o.ContentType,
		e.FileHandleID, e.EntityID, now.UnixMicro(), e.ID)
	if err != nil || e.Failure == nil {
		return err
	}
	failure := e.Failure.cleaned()
	if failure.On.IsZero() {
		failure.On = now
	}
	_, err = s.exec(`UPDATE state SET failed_on = ?, failed_side = ?, failed_class = ?,
		failed_operation = ?, failed_cause = ? WHERE id = ?`,
		failure.On.UnixMicro(), string(failure.Side), string(failure.Class),
		failure.Operation, failure.Cause, e.ID)
	return err
}

// touch notes when the first and the last change were made.
func (s *session) touch(now time.Time) error {
	_, err := s.exec(`INSERT INTO change (id, first_on, last_on)
		VALUES (1, ?1, ?1) ON CONFLICT (id) DO UPDATE SET
		first_on = min(first_on, ?1), last_on = max(last_on, ?1)`,
		now.UnixMicro())
	return err
}

// RetryFailed gives every failed item the state that its data allows
// (handled, transferred or planned), and counts them.
func (p Progress) RetryFailed(ctx context.Context) (int64, error) {
	now := time.Now()
	var retried int64
	err := p.submit(ctx, func(s *session) error {
		retried = 0
		for {
			failed, err := s.someFailed()
			if err != nil || len(failed) == 0 {
				return err
			}
			for _, e := range failed {
				if err := s.update(afterFailure(e), now); err != nil {
					return err
				}
			}
			retried += int64(len(failed))
			if err := s.touch(now); err != nil {
				return err
			}
		}
	})
	if err != nil {
		return 0, fmt.Errorf("retrying failed items: %w", err)
	}
	return retried, nil
}

// someFailed reads failed items, so many that memory stays flat.
func (s *session) someFailed() ([]Entry, error) {
	rows, err := s.query(`SELECT ` + progressColumns + ` FROM state INDEXED BY state_failed
		WHERE state = 'failed' LIMIT 1000`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var failed []Entry
	for rows.Next() {
		var e Entry
		if err := rows.Scan(e.progress()...); err != nil {
			return nil, classify(err)
		}
		failed = append(failed, e)
	}
	return failed, classify(rows.Err())
}
