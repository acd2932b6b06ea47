package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"synapse-migrate/planner"
)

// File is an open run file: the plan as it grows and as it was sealed, and how
// far the run has come. Its methods are safe for concurrent use; those that
// change anything return once that is on disk.
type File struct {
	*store
	Planning
	Progress

	closing sync.Once
	closed  error
	// runID is the run that Begin noted; 0 before.
	runID atomic.Int64
}

// Planning is the part of a run file that a planner works with: the plan's
// folders, items and findings. It is a planner.Store and a planner.Reviewer.
type Planning struct{ *store }

// Progress is the part that a run works with: where each item and each folder
// stands, and transfers under way.
type Progress struct{ *store }

var (
	_ planner.Store    = Planning{}
	_ planner.Reviewer = Planning{}
)

// fileOf is the File over its connections.
func fileOf(s *store) *File {
	return &File{store: s, Planning: Planning{s}, Progress: Progress{s}}
}

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
	s := &store{path: path, system: system}
	if err := s.connect(ctx); err != nil {
		// An empty run file that can't be worked with would only be in the
		// way of the next attempt.
		err = errors.Join(err, s.close(), remove(path, path+walSuffix, path+shmSuffix))
		held.release()
		return nil, fmt.Errorf("creating run file %s: %w", path, err)
	}
	s.lock = held
	return fileOf(s), nil
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
	s := &store{path: path, system: system, lock: held}
	if err := s.connect(ctx); err != nil {
		return nil, errors.Join(
			fmt.Errorf("opening run file %s: %w", path, err), s.close())
	}
	return fileOf(s), nil
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
	return fileOf(&store{path: path, place: at, reads: reads, leaves: idle}), nil
}

// Close commits what was handed in, closes the file and frees its lock.
// Methods that are called later fail. Closing again returns the same error.
func (f *File) Close() error {
	f.closing.Do(func() { f.closed = f.close() })
	return f.closed
}

// Discard deletes a run file in which nothing was planned yet, and closes
// it: what is left of a command that failed before it listed anything. A
// file that holds an item is left as it is, and open.
// ErrReadOnly for one that OpenReadOnly opened: another process may have it.
// ErrMoved where another file is at the path by now, which is left alone.
func (f *File) Discard(ctx context.Context) error {
	if f.lock == nil {
		return fmt.Errorf("discarding run file %s: %w", f.path, ErrReadOnly)
	}
	cursor, err := f.Cursor(ctx)
	if err != nil {
		return err
	}
	if cursor.LastItemID > 0 || cursor.Done {
		return fmt.Errorf("discarding run file %s: it holds a plan", f.path)
	}
	f.closing.Do(func() {
		held := f.lock
		f.lock = nil
		f.closed = f.close()
		err := f.place.check()
		if err == nil {
			err = remove(f.path, f.path+walSuffix, f.path+shmSuffix)
		}
		f.closed = errors.Join(f.closed, err)
		held.release()
	})
	return f.closed
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
