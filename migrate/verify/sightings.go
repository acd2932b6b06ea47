package verify

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"sync"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// sightings remember which objects files refer to, and which files there are,
// in a database of SQLite's that is in memory while it is small, and otherwise in a
// file of mode 0600 without a name, which goes with the process
// (https://www.sqlite.org/inmemorydb.html, "Temporary Databases", read November
// 2026). Memory doesn't grow with them.
type sightings struct {
	to planner.Destination
	db *sql.DB
	// using is held while a statement uses conn, the only connection: another
	// one would have another database.
	using sync.Mutex
	conn  *sql.Conn
}

// sightingsTables: known are the objects that a file handle refers to, or that
// the plan names, by the first half of their keys' SHA-256; found are those that
// were listed and not known then. Of a file, current is its version number,
// 0 where it isn't known.
const sightingsTables = `
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -8000;
CREATE TABLE known (hash BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE found (key BLOB PRIMARY KEY, size INTEGER, etag TEXT) WITHOUT ROWID;
CREATE TABLE files (id TEXT PRIMARY KEY, current INTEGER) WITHOUT ROWID;
CREATE TABLE versions (id TEXT, number INTEGER, PRIMARY KEY (id, number)) WITHOUT ROWID;
CREATE TABLE folders (id TEXT PRIMARY KEY, listed INTEGER) WITHOUT ROWID;`

func newSightings(ctx context.Context, to planner.Destination) (*sightings, error) {
	db, err := sql.Open("sqlite", "")
	if err != nil {
		return nil, fmt.Errorf("opening a temporary database: %w", err)
	}
	s := &sightings{to: to, db: db}
	if s.conn, err = db.Conn(ctx); err == nil {
		err = s.do(ctx, sightingsTables)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *sightings) close() {
	if s.conn != nil {
		_ = s.conn.Close()
	}
	_ = s.db.Close()
}

// do carries out a statement.
func (s *sightings) do(ctx context.Context, statement string, values ...any) error {
	s.using.Lock()
	defer s.using.Unlock()
	if _, err := s.conn.ExecContext(ctx, statement, values...); err != nil {
		return fmt.Errorf("the temporary database (in the directory for temporary files, TMPDIR): %w", err)
	}
	return nil
}

// hashOf stands for a key: a collision can't be made on purpose.
func hashOf(key string) []byte {
	sum := sha256.Sum256([]byte(key))
	return sum[:sha256.Size/2]
}

// know notes an object of the destination's bucket that isn't unregistered.
func (s *sightings) know(ctx context.Context, key string) error {
	if key == "" || !underBase(s.to, key) {
		return nil
	}
	if err := s.do(ctx, "INSERT OR IGNORE INTO known VALUES (?)", hashOf(key)); err != nil {
		return err
	}
	return s.do(ctx, "DELETE FROM found WHERE key = ?", []byte(key))
}

// plans notes the objects that an item is to have: its row says what is wrong
// with them; and the one that a project's file, its source, refers to. Of a
// bucket's object below the base key that the plan leaves out, no file is known.
func (s *sightings) plans(ctx context.Context, item planner.Item) error {
	err := s.know(ctx, plannedKey(item))
	if err == nil && item.Kept != nil {
		err = s.know(ctx, item.Kept.Key)
	}
	if err == nil && item.Origin != nil && item.Source.Bucket == s.to.Bucket {
		err = s.know(ctx, item.Source.Key)
	}
	return err
}

// see notes a version with its file handles, those of its preview among them.
// One whose own file handle is hidden counts as not seen.
func (s *sightings) see(ctx context.Context, id string, b synapse.Bundle) error {
	if b.Entity == nil || handleOf(b) == nil {
		return nil
	}
	for _, h := range b.FileHandles {
		if h.BucketName != s.to.Bucket {
			continue
		}
		if err := s.know(ctx, h.Key); err != nil {
			return err
		}
	}
	return s.do(ctx, "INSERT OR IGNORE INTO versions VALUES (?, ?)", id, b.Entity.VersionNumber)
}

// list notes a child of a folder.
func (s *sightings) list(ctx context.Context, h synapse.EntityHeader) error {
	switch h.Type {
	case synapse.TypeFile:
		return s.do(ctx, "INSERT OR REPLACE INTO files VALUES (?, ?)", h.ID, h.VersionNumber)
	case synapse.TypeFolder:
		return s.do(ctx, "INSERT OR IGNORE INTO folders VALUES (?, 0)", h.ID)
	}
	return nil
}

// listed notes that a folder's children were all noted.
func (s *sightings) listed(ctx context.Context, id string) error {
	return s.do(ctx, "INSERT OR REPLACE INTO folders VALUES (?, 1)", id)
}

// find notes an object that was listed, unless it is known.
func (s *sightings) find(ctx context.Context, o planner.Object) error {
	known, err := s.count(ctx, "SELECT count(*) FROM known WHERE hash = ?", hashOf(o.Key))
	if err != nil || known > 0 {
		return err
	}
	return s.do(ctx, "INSERT OR IGNORE INTO found VALUES (?, ?, ?)", []byte(o.Key), o.SizeBytes, o.ETag)
}

// count is the number that a statement answers.
func (s *sightings) count(ctx context.Context, statement string, values ...any) (n int64, err error) {
	s.using.Lock()
	defer s.using.Unlock()
	if err := s.conn.QueryRowContext(ctx, statement, values...).Scan(&n); err != nil {
		return 0, fmt.Errorf("the temporary database: %w", err)
	}
	return n, nil
}

// anyFound reports whether there are objects that no file is known to refer to.
func (s *sightings) anyFound(ctx context.Context) (bool, error) {
	n, err := s.count(ctx, "SELECT EXISTS (SELECT 1 FROM found)")
	return n > 0, err
}

// foundPage are such objects behind a key, in the order of their keys.
func (s *sightings) foundPage(ctx context.Context, after string) ([]planner.Object, error) {
	return page(ctx, s, func(r *sql.Rows) (planner.Object, error) {
		var key []byte
		o := planner.Object{Bucket: s.to.Bucket}
		err := r.Scan(&key, &o.SizeBytes, &o.ETag)
		o.Key = string(key)
		return o, err
	}, "SELECT key, size, etag FROM found WHERE key > ? ORDER BY key LIMIT ?", []byte(after), itemsPage)
}

// unlisted are folders whose children are not known.
func (s *sightings) unlisted(ctx context.Context) ([]string, error) {
	return page(ctx, s, func(r *sql.Rows) (id string, err error) { return id, r.Scan(&id) },
		"SELECT id FROM folders WHERE listed = 0 ORDER BY id LIMIT ?", itemsPage)
}

// partlySeen is a file with versions that have not been read.
type partlySeen struct {
	id      string
	current int64
}

// partlySeen are such files behind an ID.
func (s *sightings) partlySeen(ctx context.Context, after string) ([]partlySeen, error) {
	return page(ctx, s, func(r *sql.Rows) (f partlySeen, err error) { return f, r.Scan(&f.id, &f.current) },
		`SELECT id, current FROM files AS f WHERE id > ? AND (current < 1 OR current >
		(SELECT count(*) FROM versions AS v WHERE v.id = f.id AND number <= current)) ORDER BY id LIMIT ?`, after, itemsPage)
}

// hasSeen reports whether a version was looked at.
func (s *sightings) hasSeen(ctx context.Context, id string, number int64) (bool, error) {
	n, err := s.count(ctx, "SELECT count(*) FROM versions WHERE id = ? AND number = ?", id, number)
	return n > 0, err
}

// page reads the rows that a statement answers.
func page[T any](
	ctx context.Context, s *sightings, read func(*sql.Rows) (T, error), statement string, values ...any,
) (all []T, err error) {
	s.using.Lock()
	defer s.using.Unlock()
	rows, err := s.conn.QueryContext(ctx, statement, values...)
	if err != nil {
		return nil, fmt.Errorf("the temporary database: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		one, err := read(rows)
		if err != nil {
			return nil, fmt.Errorf("the temporary database: %w", err)
		}
		all = append(all, one)
	}
	return all, rows.Err()
}
