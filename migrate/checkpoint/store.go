package checkpoint

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
)

// store is an open run file as the parts of a File share it.
type store struct {
	path  string
	place place
	// system is the VFS that SQLite reaches the file through; empty is
	// systemName.
	system string
	// reads serves queries; each has a snapshot of its own.
	reads *sql.DB
	// writes holds the one connection of writer; both are nil in a file
	// that was opened for reading only, as is lock.
	writes *sql.DB
	writer *writer
	lock   *lock
	// leaves is true where reading made SQLite put files beside the run
	// file, which close removes.
	leaves bool
}

// connect checks the file through a connection that can't change it, and
// only then opens the one that writes.
func (s *store) connect(ctx context.Context) (err error) {
	if s.place, err = placeOf(s.path); err != nil {
		return err
	}
	s.place.vfs = s.system
	if s.reads, err = openReads(ctx, s.place); err != nil {
		return err
	}
	if s.writes, err = openDatabase(s.place, readWrite()); err != nil {
		return err
	}
	conn, err := s.writes.Conn(ctx)
	if err != nil {
		return classify(err)
	}
	s.writer = startWriter(conn, s.place)
	return s.writer.submit(ctx, func(s *session) error {
		// A file that may not be written opens all the same.
		_, err := s.exec("DELETE FROM upload WHERE 0")
		return err
	})
}

// close commits what was handed in, closes the connections and frees the lock.
func (s *store) close() error {
	var errs []error
	if s.writer != nil {
		s.writer.stop()
	}
	for _, db := range []*sql.DB{s.reads, s.writes} {
		if db != nil {
			errs = append(errs, classify(db.Close()))
		}
	}
	if s.leaves {
		tidy(s.place)
	}
	if s.lock != nil {
		s.lock.release()
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("closing run file %s: %w", s.path, err)
	}
	return nil
}

// submit hands a change to the writer.
func (s *store) submit(ctx context.Context, do change) error {
	if s.writer == nil {
		return ErrReadOnly
	}
	return s.writer.submit(ctx, do)
}

// The names in the table meta.
const (
	metaHeader = "header"
	metaCursor = "cursor"
	metaPlan   = "plan"
)

// meta reads a document, and reports whether it was there.
func (s *store) meta(ctx context.Context, name string, into any) (bool, error) {
	var text []byte
	err := s.reads.QueryRowContext(ctx,
		`SELECT value FROM meta WHERE name = ?`, name).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, classify(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return false, fmt.Errorf("%w: damaged (%s): %w", ErrFormat, damagedHint, err)
	}
	return true, nil
}

// isSealed reports whether the plan is finished.
func (s *store) isSealed(ctx context.Context) (bool, error) {
	var sealed bool
	err := s.reads.QueryRowContext(ctx,
		`SELECT EXISTS (SELECT 1 FROM meta WHERE name = ?)`, metaPlan).
		Scan(&sealed)
	return sealed, classify(err)
}

// putMeta stores a document.
func (s *session) putMeta(name string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	_, err = s.exec(`INSERT INTO meta (name, value) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, text)
	return err
}
