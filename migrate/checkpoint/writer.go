package checkpoint

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
)

// maxGroup bounds the changes of one commit, and so the time that the first
// of them waits for the others.
const maxGroup = 512

// change is one step of the writer: all of it is stored, or nothing.
type change func(*session) error

// job is a change and where its outcome is awaited.
type job struct {
	do   change
	done chan error
}

// writer makes all changes to a run file, in groups.
type writer struct {
	session *session
	jobs    chan job
	// finished is closed when the goroutine has ended.
	finished chan struct{}

	mutex  sync.Mutex
	closed bool
	// inside counts those between enter and their answer.
	inside sync.WaitGroup
}

// startWriter starts the goroutine that stop ends.
func startWriter(conn *sql.Conn, at place) *writer {
	w := &writer{
		session: &session{
			conn: conn, place: at, stmts: map[string]*sql.Stmt{},
		},
		jobs:     make(chan job),
		finished: make(chan struct{}),
	}
	go w.run()
	return w
}

// submit hands in a change and waits for its commit. A context that ends
// before the writer has taken the change withdraws it; after that the
// context no longer matters, since the change is as good as made.
func (w *writer) submit(ctx context.Context, do change) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !w.enter() {
		return ErrClosed
	}
	defer w.inside.Done()
	j := job{do: do, done: make(chan error, 1)}
	select {
	case w.jobs <- j:
		return <-j.done
	case <-ctx.Done():
		return ctx.Err()
	}
}

// enter reports whether changes are still taken, and if so, counts one in.
func (w *writer) enter() bool {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if !w.closed {
		w.inside.Add(1)
	}
	return !w.closed
}

// stop lets nobody else in, commits what was handed in, and ends the
// goroutine. It must be called once.
func (w *writer) stop() {
	w.mutex.Lock()
	w.closed = true
	w.mutex.Unlock()
	w.inside.Wait()
	close(w.jobs)
	<-w.finished
}

// run commits groups until stop.
func (w *writer) run() {
	defer close(w.finished)
	defer w.session.close()
	for j := range w.jobs {
		w.commit(w.gather(j))
	}
}

// gather adds what is waiting right now to a group. While a commit is under
// way others queue up, so groups grow with the time that a commit takes. The
// channel can't be closed meanwhile, since the first job is unanswered.
func (w *writer) gather(first job) []job {
	group := []job{first}
	for len(group) < maxGroup {
		select {
		case j := <-w.jobs:
			group = append(group, j)
		default:
			return group
		}
	}
	return group
}

// commit makes the changes of a group in one transaction and answers each.
func (w *writer) commit(group []job) {
	outcomes, err := w.session.transact(group)
	for i, j := range group {
		if err != nil {
			j.done <- err
			continue
		}
		j.done <- outcomes[i]
	}
}

// session is the connection that writes, with its prepared statements. Only
// the writer's goroutine uses it.
type session struct {
	conn  *sql.Conn
	place place
	stmts map[string]*sql.Stmt

	// runID is the run that has begun, soFar what it has done up to now, nil
	// for none, and counted what was stored of that last.
	runID   int64
	soFar   func() RunCounts
	counted RunCounts
}

// transact makes all changes in one transaction. A change that fails leaves
// nothing behind and is answered with its own error; an error for the whole
// group means that nothing of it was stored: ErrMoved where that would be in
// a file that nobody finds again.
func (s *session) transact(group []job) ([]error, error) {
	if _, err := s.exec("BEGIN IMMEDIATE"); err != nil {
		return nil, err
	}
	outcomes := make([]error, len(group))
	for i, j := range group {
		outcomes[i] = s.apply(j.do)
		if spoils(outcomes[i]) {
			s.rollback()
			return nil, outcomes[i]
		}
	}
	err := s.countRun()
	if err == nil {
		err = s.place.check()
	}
	if err == nil {
		_, err = s.exec("COMMIT")
	}
	if err != nil {
		s.rollback()
		return nil, err
	}
	return outcomes, nil
}

// apply makes one change under a savepoint.
func (s *session) apply(do change) error {
	if _, err := s.exec("SAVEPOINT one"); err != nil {
		return err
	}
	if err := do(s); err != nil {
		if spoils(err) {
			return err
		}
		if _, undo := s.exec("ROLLBACK TO one"); undo != nil {
			return undo
		}
		_, undo := s.exec("RELEASE one")
		if undo != nil {
			return undo
		}
		return err
	}
	_, err := s.exec("RELEASE one")
	return err
}

// rollback ends a transaction that failed. SQLite may have ended it already,
// which is the one error that this can meet.
func (s *session) rollback() {
	_, _ = s.conn.ExecContext(context.Background(), "ROLLBACK")
}

// exec runs a statement, which is one of this package's constants.
func (s *session) exec(query string, args ...any) (sql.Result, error) {
	stmt, err := s.prepare(query)
	if err != nil {
		return nil, err
	}
	result, err := stmt.ExecContext(context.Background(), args...)
	if err != nil {
		return nil, classify(err)
	}
	return result, nil
}

// row reads one row into dest; sql.ErrNoRows when there is none.
func (s *session) row(query string, args []any, dest ...any) error {
	stmt, err := s.prepare(query)
	if err != nil {
		return err
	}
	row := stmt.QueryRowContext(context.Background(), args...)
	return classify(row.Scan(dest...))
}

// query runs a query whose rows the caller closes.
func (s *session) query(query string, args ...any) (*sql.Rows, error) {
	stmt, err := s.prepare(query)
	if err != nil {
		return nil, err
	}
	rows, err := stmt.QueryContext(context.Background(), args...)
	if err != nil {
		return nil, classify(err)
	}
	return rows, nil
}

// affected runs a statement and counts the rows that it changed.
func (s *session) affected(query string, args ...any) (int64, error) {
	result, err := s.exec(query, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// prepare keeps statements, one for each text.
func (s *session) prepare(query string) (*sql.Stmt, error) {
	if stmt, ok := s.stmts[query]; ok {
		return stmt, nil
	}
	stmt, err := s.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, fmt.Errorf("preparing a statement: %w", classify(err))
	}
	s.stmts[query] = stmt
	return stmt, nil
}

// close gives the statements and the connection back to their pool, which
// reports what goes wrong with them.
func (s *session) close() {
	for _, stmt := range s.stmts {
		_ = stmt.Close()
	}
	_ = s.conn.Close()
}
