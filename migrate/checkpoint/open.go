package checkpoint

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"synapse-migrate/planner"
)

// File is an open run file. Its methods are safe for concurrent use.
type File struct {
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
	// file, which Close removes.
	leaves bool

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
// at path, ErrLocked when another process is creating it, ErrFileSystem where
// it would not be safe.
func Create(ctx context.Context, path string, h planner.Header) (*File, error) {
	return createIn(ctx, systemName, path, h)
}

// createIn is Create by way of a VFS.
func createIn(
	ctx context.Context, system, path string, h planner.Header,
) (*File, error) {
	path, err := resolve(path)
	if err != nil {
		return nil, fmt.Errorf("creating run file %s: %w", path, err)
	}
	held, err := acquire(path)
	if err != nil {
		return nil, fmt.Errorf("creating run file %s: %w", path, err)
	}
	if err := create(ctx, osDisk{}, system, path, h); err != nil {
		held.release()
		return nil, fmt.Errorf("creating run file %s: %w", path, err)
	}
	f := &File{path: path, system: system}
	if err := f.connect(ctx); err != nil {
		// An empty run file that can't be worked with would only be in the
		// way of the next attempt.
		err = errors.Join(err, f.close(), remove(path, path+walSuffix, path+shmSuffix))
		held.release()
		return nil, fmt.Errorf("creating run file %s: %w", path, err)
	}
	f.lock = held
	return f, nil
}

// Open opens a run file for a run, locked. ErrNotFound, ErrLocked, ErrFormat,
// ErrFileSystem and ErrReadOnly say why that is not possible; the file is then untouched.
func Open(ctx context.Context, path string) (*File, error) {
	return openIn(ctx, systemName, path)
}

// openIn is Open by way of a VFS.
func openIn(ctx context.Context, system, path string) (*File, error) {
	path, err := find(path)
	if err != nil {
		return nil, fmt.Errorf("opening run file %s: %w", path, err)
	}
	held, err := acquire(path)
	if err != nil {
		return nil, fmt.Errorf("opening run file %s: %w", path, err)
	}
	f := &File{path: path, system: system, lock: held}
	if err := f.connect(ctx); err != nil {
		return nil, errors.Join(
			fmt.Errorf("opening run file %s: %w", path, err), f.Close())
	}
	return f, nil
}

// OpenReadOnly opens a run file for looking at it, whether or not a process
// works with it. It takes no lock and changes nothing in the file; methods
// that would, fail with ErrReadOnly. ErrNotFound, ErrFormat and ErrFileSystem
// as for Open.
func OpenReadOnly(ctx context.Context, path string) (*File, error) {
	path, err := find(path)
	if err != nil {
		return nil, fmt.Errorf("opening run file %s: %w", path, err)
	}
	if err := checkFileSystem(path, fileSystem); err != nil {
		return nil, fmt.Errorf("opening run file %s: %w", path, err)
	}
	at, err := placeOf(path)
	if err != nil {
		return nil, fmt.Errorf("opening run file %s: %w", path, err)
	}
	idle := !exists(path + walSuffix)
	reads, err := openReads(ctx, at)
	if err != nil {
		return nil, fmt.Errorf("opening run file %s: %w", path, err)
	}
	return &File{path: path, place: at, reads: reads, leaves: idle}, nil
}

// connect checks the file through a connection that can't change it, and
// only then opens the one that writes.
func (f *File) connect(ctx context.Context) (err error) {
	if f.place, err = placeOf(f.path); err != nil {
		return err
	}
	f.place.vfs = f.system
	if f.reads, err = openReads(ctx, f.place); err != nil {
		return err
	}
	if f.writes, err = openDatabase(f.place, readWrite()); err != nil {
		return err
	}
	conn, err := f.writes.Conn(ctx)
	if err != nil {
		return classify(err)
	}
	f.writer = startWriter(conn, f.place)
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
	if f.leaves {
		tidy(f.place)
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

// walSuffix names SQLite's log beside the run file. It is there as long as
// a process works with the file, and after one was killed.
const walSuffix = "-wal"

// exists reports whether there is something at path.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
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
