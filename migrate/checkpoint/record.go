package checkpoint

import (
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
func (f *File) Record(ctx context.Context, e Entry) error {
	now := time.Now()
	err := f.submit(ctx, func(s *session) error { return s.record(e, now) })
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

// stored reads the fields that Record may change.
func (s *session) stored(id int64) (Entry, error) {
	var e Entry
	e.ID = id
	err := s.row(`SELECT state, attempts, bucket, key, etag, md5,
		content_type, file_handle_id, entity_id FROM state WHERE id = ?`,
		[]any{id}, &e.State, &e.Attempts, &e.Bucket, &e.Key, &e.ETag,
		&e.Hash, &e.Type, &e.FileHandleID, &e.EntityID)
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
	for _, field := range []struct {
		into *string
		from string
	}{
		{&have.Bucket, e.Bucket}, {&have.Key, e.Key}, {&have.ETag, e.ETag},
		{&have.Hash, e.Hash}, {&have.Type, e.Type},
		{&have.FileHandleID, e.FileHandleID}, {&have.EntityID, e.EntityID},
	} {
		if field.from != "" {
			*field.into = field.from
		}
	}
	return have
}

func (s *session) update(e Entry, now time.Time) error {
	_, err := s.exec(`UPDATE state SET state = ?, attempts = ?, bucket = ?,
		key = ?, etag = ?, md5 = ?, content_type = ?, file_handle_id = ?,
		entity_id = ?, changed_on = ? WHERE id = ?`,
		string(e.State), e.Attempts, e.Bucket, e.Key, e.ETag, e.Hash, e.Type,
		e.FileHandleID, e.EntityID, now.UnixMicro(), e.ID)
	if err != nil || e.Failure == nil {
		return err
	}
	failure := e.Failure.cleaned()
	if failure.On.IsZero() {
		failure.On = now
	}
	_, err = s.exec(`UPDATE state SET failed_on = ?, failed_side = ?,
		failed_operation = ?, failed_cause = ? WHERE id = ?`,
		failure.On.UnixMicro(), storedSide(failure), failure.Operation,
		failure.Cause, e.ID)
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
func (f *File) RetryFailed(ctx context.Context) (int64, error) {
	now := time.Now()
	var retried int64
	err := f.submit(ctx, func(s *session) error {
		var err error
		retried, err = s.affected(`UPDATE state SET changed_on = ?, state = CASE
			WHEN file_handle_id <> '' THEN 'handled'
			WHEN bucket <> '' AND key <> '' AND md5 <> '' THEN 'transferred'
			ELSE 'planned' END
			WHERE state = 'failed'`, now.UnixMicro())
		if err != nil || retried == 0 {
			return err
		}
		return s.touch(now)
	})
	if err != nil {
		return 0, fmt.Errorf("taking up failed items: %w", err)
	}
	return retried, nil
}
