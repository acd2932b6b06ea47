package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"synapse-migrate/planner"
)

// pragma changes a setting of the connection that writes. It can't be done
// in a transaction, so the writer must be at rest.
func pragma(t *testing.T, f *File, text string) {
	t.Helper()
	_, err := f.writer.session.conn.ExecContext(t.Context(), "PRAGMA "+text)
	if err != nil {
		t.Fatal(err)
	}
}

func TestFullDiskStoresNothingAndGoesOn(t *testing.T) {
	f := newFile(t)
	appendBatch(t, f, nil, testItems(10, planner.ActionCopy))
	pragma(t, f, "max_page_count = 1") // which SQLite raises to what there is
	more := testItems(2000, planner.ActionCopy)[10:]
	err := f.Append(t.Context(), planner.Batch{
		Items: more, Cursor: planner.Cursor{After: "z"},
	})
	if !errors.Is(err, ErrDiskFull) {
		t.Fatalf("got %v, want ErrDiskFull", err)
	}
	if n := len(all(t, f.Items(t.Context(), planner.Filter{}))); n != 10 {
		t.Errorf("%d items, want 10", n)
	}
	if c, err := f.Cursor(t.Context()); err != nil || c.After == "z" {
		t.Errorf("cursor %+v, %v", c, err)
	}
	pragma(t, f, "max_page_count = 1000000")
	appendBatch(t, f, nil, more)
	if n := len(all(t, f.Items(t.Context(), planner.Filter{}))); n != 2000 {
		t.Errorf("%d items, want 2000", n)
	}
}

func TestFileThatBecameReadOnly(t *testing.T) {
	f := planned(t, 1)
	pragma(t, f, "query_only = 1")
	err := f.Record(t.Context(), entry(1, StateDone))
	if !errors.Is(err, ErrReadOnly) {
		t.Errorf("got %v, want ErrReadOnly", err)
	}
	if !refusesFiles(err) { // as SQLite reports a folder of that kind
		t.Errorf("%v does not lead to reading without a log", err)
	}
}

// A failure of one change that may have ended the transaction must not let
// the others of its group pass for stored.
func TestGroupFailsAsAWhole(t *testing.T) {
	f := planned(t, 2)
	pragma(t, f, "query_only = 1")
	group := []job{
		{do: func(*session) error { return nil }},
		{do: func(s *session) error {
			_, err := s.exec("DELETE FROM state")
			return err
		}},
	}
	if _, err := f.writer.session.transact(group); !errors.Is(err, ErrReadOnly) {
		t.Errorf("got %v, want ErrReadOnly", err)
	}
	pragma(t, f, "query_only = 0")
	record(t, f, entry(1, StateDone))
}

func TestFailedChangeLeavesItsGroupAlone(t *testing.T) {
	f := planned(t, 3)
	own := errors.New("its own")
	change := func(id int64, err error) job {
		return job{do: func(s *session) error {
			_, execErr := s.exec(
				"UPDATE state SET state = 'done' WHERE id = ?", id)
			return errors.Join(execErr, err)
		}}
	}
	outcomes, err := f.writer.session.transact([]job{
		change(1, nil), change(2, own), change(3, nil),
	})
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(outcomes) != fmt.Sprint([]error{nil, own, nil}) {
		t.Errorf("got %v", outcomes)
	}
	pending, err := f.Pending(t.Context(), 0, 10)
	if err != nil || len(pending) != 1 || pending[0].ID != 2 {
		t.Errorf("got %+v, %v", pending, err)
	}
}

// Whoever handed a change in before Close gets it committed, however many
// wait; whoever comes later is told.
func TestCloseDrains(t *testing.T) {
	const items = maxGroup + 100
	path := runFile(t, items)
	synctest.Test(t, func(t *testing.T) {
		f, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		proceed := make(chan struct{})
		group.Go(func() {
			err := f.submit(t.Context(), func(*session) error {
				<-proceed
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		for id := int64(1); id <= items; id++ {
			group.Go(func() {
				if err := f.Record(t.Context(), entry(id, StateDone)); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		group.Go(func() {
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		err = f.Record(t.Context(), entry(1, StateDone))
		if !errors.Is(err, ErrClosed) {
			t.Errorf("got %v, want ErrClosed", err)
		}
		close(proceed)
		group.Wait()
		if err := f.Close(); err != nil {
			t.Error("closing again:", err)
		}
	})
	f, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	pending, err := f.Pending(t.Context(), 0, items)
	if err != nil || len(pending) != 0 {
		t.Errorf("%d pending, %v", len(pending), err)
	}
}

// A change that waits behind others is withdrawn with its context.
func TestCancelledWhileWaiting(t *testing.T) {
	path := runFile(t, 1)
	synctest.Test(t, func(t *testing.T) {
		f, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		proceed := make(chan struct{})
		var group sync.WaitGroup
		group.Go(func() {
			_ = f.submit(t.Context(), func(*session) error {
				<-proceed
				return nil
			})
		})
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		group.Go(func() {
			err := f.Record(ctx, entry(1, StateDone))
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want %v", err, context.Canceled)
			}
		})
		synctest.Wait()
		cancel()
		synctest.Wait()
		close(proceed)
		group.Wait()
		pending, err := f.Pending(context.WithoutCancel(ctx), 0, 1)
		if err != nil || len(pending) != 1 {
			t.Errorf("%d pending, %v", len(pending), err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
}
