package checkpoint

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	_ "modernc.org/sqlite" // the database/sql driver "sqlite"

	"synapse-migrate/planner"
)

// File is an open run file. Its methods are safe for concurrent use.
type File struct {
	path string
	// reads serves queries; each has a snapshot of its own.
	reads *sql.DB
	// writes holds the one connection of writer; both are nil in a file
	// that was opened for reading only, as is lock.
	writes *sql.DB
	writer *writer
	lock   *lock

	closing sync.Once
	closed  error
	// runID is the run that Begin noted; 0 before.
	runID atomic.Int64
}

var (
	_ planner.Store    = (*File)(nil)
	_ planner.Reviewer = (*File)(nil)
)

// Create makes a run file with mode 0600 and opens it, locked. The file
// appears at path complete or not at all. ErrExists when there is something
// at path, ErrLocked when another process is creating it.
func Create(ctx context.Context, path string, h planner.Header) (*File, error) {
	path, err := resolve(path)
	if err != nil {
		return nil, fmt.Errorf("creating run file %s: %w", path, err)
	}
	held, err := acquire(path)
	if err != nil {
		return nil, fmt.Errorf("creating run file %s: %w", path, err)
	}
	if err := create(ctx, path, h); err != nil {
		held.release()
		return nil, fmt.Errorf("creating run file %s: %w", path, err)
	}
	return openHeld(ctx, path, held)
}

// Open opens a run file for a run, locked. ErrNotFound, ErrLocked, ErrFormat
// and ErrReadOnly say why that is not possible; the file is then untouched.
func Open(ctx context.Context, path string) (*File, error) {
	path, err := find(path)
	if err != nil {
		return nil, fmt.Errorf("opening run file %s: %w", path, err)
	}
	held, err := acquire(path)
	if err != nil {
		return nil, fmt.Errorf("opening run file %s: %w", path, err)
	}
	return openHeld(ctx, path, held)
}

// OpenReadOnly opens a run file for looking at it, whether or not a process
// works with it. It takes no lock and changes nothing in the file; methods
// that would, fail with ErrReadOnly. ErrNotFound and ErrFormat as for Open.
func OpenReadOnly(ctx context.Context, path string) (*File, error) {
	path, err := find(path)
	if err != nil {
		return nil, fmt.Errorf("opening run file %s: %w", path, err)
	}
	reads, err := openReads(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("opening run file %s: %w", path, err)
	}
	return &File{path: path, reads: reads}, nil
}

// openHeld opens the file under its lock, which it releases on an error.
func openHeld(ctx context.Context, path string, held *lock) (*File, error) {
	f := &File{path: path, lock: held}
	err := f.connect(ctx)
	if err != nil {
		return nil, errors.Join(
			fmt.Errorf("opening run file %s: %w", path, err), f.Close())
	}
	return f, nil
}

// connect checks the file through a connection that can't change it, and
// only then opens the one that writes.
func (f *File) connect(ctx context.Context) (err error) {
	if f.reads, err = openReads(ctx, f.path); err != nil {
		return err
	}
	if f.writes, err = openDatabase(f.path, "rw", writePragmas); err != nil {
		return err
	}
	conn, err := f.writes.Conn(ctx)
	if err != nil {
		return classify(err)
	}
	f.writer = startWriter(conn)
	return f.writer.submit(ctx, func(s *session) error {
		// A file that may not be written opens all the same.
		_, err := s.exec("DELETE FROM upload WHERE 0")
		return err
	})
}

// Close commits what was handed in, closes the file and frees its lock.
// Methods that are called later fail. Closing again returns the same error.
func (f *File) Close() error {
	f.closing.Do(func() { f.closed = f.close() })
	return f.closed
}

func (f *File) close() error {
	var errs []error
	if f.writer != nil {
		f.writer.stop()
	}
	for _, db := range []*sql.DB{f.reads, f.writes} {
		if db != nil {
			errs = append(errs, classify(db.Close()))
		}
	}
	if f.lock != nil {
		f.lock.release()
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("closing run file %s: %w", f.path, err)
	}
	return nil
}

// submit hands a change to the writer.
func (f *File) submit(ctx context.Context, do change) error {
	if f.writer == nil {
		return ErrReadOnly
	}
	return f.writer.submit(ctx, do)
}

// The settings of connections. FULL flushes the log at every commit, so that
// what was answered outlasts a power failure; the group shares the cost.
// fullfsync makes that true on macOS too. Cache sizes are in KiB.
var (
	commonPragmas = []string{
		"busy_timeout(10000)", "trusted_schema(0)", "cell_size_check(1)",
	}
	writePragmas = append([]string{
		"synchronous(FULL)", "fullfsync(1)", "checkpoint_fullfsync(1)",
		"wal_autocheckpoint(4000)", "journal_size_limit(67108864)",
		"cache_size(-16384)",
	}, commonPragmas...)
	readPragmas = append([]string{
		"query_only(1)", "cache_size(-4096)",
	}, commonPragmas...)
)

// openReads opens and checks a database for reading.
func openReads(ctx context.Context, path string) (*sql.DB, error) {
	db, err := openDatabase(path, "ro", readPragmas)
	if err != nil {
		return nil, err
	}
	if err := checkFormat(ctx, db); err != nil {
		return nil, errors.Join(classify(err), db.Close())
	}
	return db, nil
}

// openDatabase makes a pool of connections with SQLite's open mode.
func openDatabase(path, mode string, pragmas []string) (*sql.DB, error) {
	query := url.Values{"mode": {mode}, "_pragma": pragmas}
	name := filepath.ToSlash(path)
	if !strings.HasPrefix(name, "/") {
		name = "/" + name
	}
	dsn := url.URL{Scheme: "file", Path: name, RawQuery: query.Encode()}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxIdleConns(4)
	return db, nil
}

// resolve returns the path by which all processes know the file: absolute,
// with the links of its folder followed.
func resolve(path string) (string, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return path, err
	}
	folder, err := filepath.EvalSymlinks(filepath.Dir(absolute))
	if err != nil {
		return path, err
	}
	return filepath.Join(folder, filepath.Base(absolute)), nil
}

// find returns the path of a file that is there, links followed.
func find(path string) (string, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return path, err
	}
	found, err := filepath.EvalSymlinks(absolute)
	if errors.Is(err, fs.ErrNotExist) {
		return path, ErrNotFound
	}
	if err != nil {
		return path, err
	}
	info, err := os.Stat(found)
	if err != nil {
		return path, err
	}
	if !info.Mode().IsRegular() {
		return path, fmt.Errorf("%w: not a regular file", ErrFormat)
	}
	return found, nil
}

// Header is what Create was given.
func (f *File) Header(ctx context.Context) (planner.Header, error) {
	var h planner.Header
	found, err := f.meta(ctx, metaHeader, &h)
	if err == nil && !found {
		err = fmt.Errorf("%w: no header: %s", ErrFormat, damagedHint)
	}
	if err != nil {
		return planner.Header{}, fmt.Errorf("reading the plan's header: %w", err)
	}
	return h, nil
}

// The names in the table meta.
const (
	metaHeader = "header"
	metaCursor = "cursor"
	metaPlan   = "plan"
)

// meta reads a document, and reports whether it was there.
func (f *File) meta(ctx context.Context, name string, into any) (bool, error) {
	var text []byte
	err := f.reads.QueryRowContext(ctx,
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
