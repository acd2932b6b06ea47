package checkpoint

import (
	"errors"
	"fmt"
	"sync"
	"testing"

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
	var more []planner.Item
	for _, item := range testItems(2000, planner.ActionCopy)[10:] {
		more = append(more, item)
	}
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

// Whatever Record answered without an error before or during Close is there
// afterwards; whatever came too late knows it.
func TestCloseDrains(t *testing.T) {
	const items = 200
	f := planned(t, items)
	var (
		group    sync.WaitGroup
		mutex    sync.Mutex
		recorded = map[int64]bool{}
	)
	half := make(chan struct{}, items)
	for id := int64(1); id <= items; id++ {
		group.Go(func() {
			err := f.Record(t.Context(), entry(id, StateDone))
			half <- struct{}{}
			if err != nil && !errors.Is(err, ErrClosed) {
				t.Error(err)
			}
			mutex.Lock()
			defer mutex.Unlock()
			recorded[id] = err == nil
		})
	}
	for range items / 2 {
		<-half
	}
	again := reopened(t, f)
	group.Wait()
	for e, err := range again.Entries(t.Context(), EntryFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if got := e.State == StateDone; got != recorded[e.ID] {
			t.Errorf("item %d: done %v, answered %v", e.ID, got, recorded[e.ID])
		}
	}
	err := f.Record(t.Context(), entry(1, StateDone))
	if !errors.Is(err, ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
	if err := f.Close(); err != nil {
		t.Error("closing again:", err)
	}
}
