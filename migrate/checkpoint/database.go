package checkpoint

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
)

// The settings of connections. FULL flushes the log at every commit, so that
// what was answered outlasts a power failure; the group shares the cost.
// fullfsync makes that true on macOS too. Cache sizes are in KiB;
// setting one reads the file, and so opens its log, too, before connector
// checks the place.
var (
	commonPragmas = []string{
		"busy_timeout(10000)", "trusted_schema(0)", "cell_size_check(1)",
	}
	writePragmas = append([]string{
		"synchronous(FULL)", "fullfsync(1)", "checkpoint_fullfsync(1)",
		"wal_autocheckpoint(4000)", "journal_size_limit(67108864)",
		"cache_size(-8192)",
	}, commonPragmas...)
	readPragmas = append([]string{
		"query_only(1)", "cache_size(-4096)",
	}, commonPragmas...)
)

// openReads opens and checks a database for reading. Where SQLite cannot
// make the files that it shares with a writer (a medium or folder that is
// read-only), there is no writer either, and it is told so.
func openReads(ctx context.Context, at place) (*sql.DB, error) {
	readOnly := url.Values{"mode": {"ro"}, "_pragma": readPragmas}
	idle := !exists(at.path + walSuffix)
	db, err := openChecked(ctx, at, readOnly)
	if !idle || !refusesFiles(err) {
		return db, err
	}
	readOnly.Set("immutable", "1")
	return openChecked(ctx, at, readOnly)
}

// openChecked opens a database and makes sure that it is a run file.
func openChecked(
	ctx context.Context, at place, query url.Values,
) (*sql.DB, error) {
	if err := checkFirst(at.path); err != nil {
		return nil, err
	}
	db, err := openDatabase(at, query)
	if err != nil {
		return nil, err
	}
	if err := checkSchema(ctx, db); err != nil {
		return nil, errors.Join(classify(err), db.Close())
	}
	return db, nil
}

// tidy has SQLite remove the empty log that a reader made, as it does when
// the last connection that could write is closed. Where somebody else uses
// the file by now, it leaves everything in place.
func tidy(at place) {
	db, err := openDatabase(at, readWrite())
	if err != nil {
		return
	}
	_, _ = db.Exec("PRAGMA schema_version")
	_ = db.Close()
}

// readWrite are the parameters of a connection that may write.
func readWrite() url.Values {
	return url.Values{"mode": {"rw"}, "_pragma": writePragmas}
}

// openDatabase makes a pool of connections with SQLite's URI parameters
// (https://www.sqlite.org/uri.html) and the driver's. ErrMoved is what a
// connection fails with once another file is at the place.
func openDatabase(at place, query url.Values) (*sql.DB, error) {
	name := filepath.ToSlash(at.path)
	if !strings.HasPrefix(name, "/") {
		name = "/" + name
	}
	if err := registered(); err != nil {
		return nil, err
	}
	query.Set("vfs", at.system())
	dsn := url.URL{Scheme: "file", Path: name, RawQuery: query.Encode()}
	inner, err := sqlite.NewConnector(dsn.String())
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector{inner, at})
	db.SetMaxIdleConns(4)
	return db, nil
}

// place is a run file as it was before its first connection. SQLite opens
// each further connection by name, and doesn't notice that another file has
// that name by now: the plan of another run, say.
type place struct {
	path string
	info os.FileInfo
	// vfs is what SQLite reaches the file through; empty is systemName.
	vfs string
}

// system is the VFS of the place.
func (p place) system() string { return cmp.Or(p.vfs, systemName) }

// placeOf looks at the file at path.
func placeOf(path string) (place, error) {
	info, err := os.Stat(path)
	if err != nil {
		return place{}, err
	}
	return place{path: path, info: info}, nil
}

// check returns ErrMoved when the file is no longer the one at its path.
func (p place) check() error {
	found, err := os.Stat(p.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("looking for the run file: %w", err)
	}
	if err != nil || !os.SameFile(p.info, found) {
		return fmt.Errorf("%w: %s", ErrMoved, p.path)
	}
	return nil
}

// connector makes connections to the file at its place, and to no other.
type connector struct {
	driver.Connector
	place place
}

// Connect opens a connection, then makes sure of what was opened.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	moved := c.place.check()
	switch {
	case moved == nil:
		return conn, err
	case err != nil:
		return nil, moved
	}
	return nil, errors.Join(moved, conn.Close())
}
