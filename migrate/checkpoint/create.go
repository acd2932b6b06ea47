package checkpoint

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"synapse-migrate/planner"
)

// newSuffix names the file that becomes the run file once it is complete.
const newSuffix = ".new"

// SQLite's other files beside a database.
const (
	shmSuffix     = "-shm"
	journalSuffix = "-journal"
)

// disk is what creating a run file does beside what SQLite does.
type disk interface {
	// open opens a file for writing, with further flags.
	open(path string, flags int) (diskFile, error)
	rename(from, to string) error
	// syncFolder makes the names in a folder outlast a power failure.
	syncFolder(path string) error
}

// diskFile is a file on it.
type diskFile interface {
	io.WriterAt
	Sync() error
	io.Closer
}

// osDisk is the system's.
type osDisk struct{}

func (osDisk) open(path string, flags int) (diskFile, error) {
	return os.OpenFile(path, os.O_RDWR|flags, 0o600)
}
func (osDisk) rename(from, to string) error { return os.Rename(from, to) }
func (osDisk) syncFolder(path string) error { return syncFolder(path) }

// create writes an empty run file beside path and gives it that name. The
// caller holds the lock, so nobody else does the same.
func create(ctx context.Context, d disk, system, path string, h planner.Header) error {
	if _, err := os.Lstat(path); err == nil {
		return ErrExists
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	draft := path + newSuffix
	// A log without its database, of a run file that somebody deleted, would
	// be taken for the log of the new one.
	if err := remove(draft, draft+walSuffix, draft+shmSuffix, draft+journalSuffix,
		path+walSuffix, path+shmSuffix, path+journalSuffix); err != nil {
		return err
	}
	err := writeDraft(ctx, d, system, draft, h)
	if err == nil {
		err = d.rename(draft, path)
	}
	if err != nil {
		return errors.Join(err, remove(draft, draft+walSuffix, draft+shmSuffix, draft+journalSuffix))
	}
	return d.syncFolder(filepath.Dir(path))
}

// remove deletes files, where they exist.
func remove(paths ...string) error {
	for _, path := range paths {
		err := os.Remove(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// writeDraft makes the tables in a file that is complete, and flushed to the
// disk, when it returns: nothing of it is in a log. A draft that fails is
// deleted, so it needs no journal.
func writeDraft(
	ctx context.Context, d disk, system, draft string, h planner.Header,
) error {
	header, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if err := writeFirst(d, draft, os.O_CREATE|os.O_EXCL, firstPage()); err != nil {
		return err
	}
	at, err := placeOf(draft)
	if err != nil {
		return err
	}
	at.vfs = system
	db, err := openDatabase(at, readWrite())
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	defer func() { _ = db.Close() }() // once more on the way out is no error
	statements := append([]string{
		"PRAGMA journal_mode = OFF", "BEGIN",
		fmt.Sprintf("PRAGMA application_id = %d", applicationID),
		fmt.Sprintf("PRAGMA user_version = %d", formatVersion),
	}, schema...)
	for _, statement := range statements {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return classify(err)
		}
	}
	if _, err := db.ExecContext(ctx, `INSERT INTO meta (name, value)
		VALUES (?, ?)`, metaHeader, header); err != nil {
		return classify(err)
	}
	if _, err := db.ExecContext(ctx, "COMMIT"); err != nil {
		return classify(err)
	}
	if err := db.Close(); err != nil {
		return classify(err)
	}
	return putInLogMode(d, draft)
}

// putInLogMode has the draft opened in WAL mode from now on.
func putInLogMode(d disk, draft string) error {
	file, err := os.Open(draft)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	page := make([]byte, pageBytes)
	if _, err := io.ReadFull(file, page); err != nil {
		return err
	}
	if !isIntact(page, 0) {
		return fmt.Errorf("%w: the draft was not written completely", ErrFormat)
	}
	useLog(page)
	return writeFirst(d, draft, 0, page)
}

// writeFirst writes page 1 of the draft, and flushes the draft. SQLite gives
// its log and its index the mode of the database.
func writeFirst(d disk, draft string, flags int, page []byte) error {
	file, err := d.open(draft, flags)
	if err != nil {
		return noSpace(err)
	}
	_, err = file.WriteAt(page, 0)
	if err == nil {
		err = file.Sync()
	}
	return noSpace(errors.Join(err, file.Close()))
}
