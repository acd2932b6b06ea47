package checkpoint

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // the database/sql driver "sqlite"
)

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
		"cache_size(-8192)",
	}, commonPragmas...)
	readPragmas = append([]string{
		"query_only(1)", "cache_size(-4096)",
	}, commonPragmas...)
)

// openReads opens and checks a database for reading. Where SQLite cannot
// make the files that it shares with a writer (a medium or folder that is
// read-only), there is no writer either, and it is told so.
func openReads(ctx context.Context, path string) (*sql.DB, error) {
	readOnly := url.Values{"mode": {"ro"}, "_pragma": readPragmas}
	idle := !exists(path + walSuffix)
	db, err := openChecked(ctx, path, readOnly)
	if !idle || !refusesFiles(err) {
		return db, err
	}
	readOnly.Set("immutable", "1")
	return openChecked(ctx, path, readOnly)
}

// openChecked opens a database and makes sure that it is a run file.
func openChecked(
	ctx context.Context, path string, query url.Values,
) (*sql.DB, error) {
	db, err := openDatabase(path, query)
	if err != nil {
		return nil, err
	}
	if err := checkFormat(ctx, db); err != nil {
		return nil, errors.Join(classify(err), db.Close())
	}
	return db, nil
}

// tidy has SQLite remove the empty log that a reader made, as it does when
// the last connection that could write is closed. Where somebody else uses
// the file by now, it leaves everything in place.
func tidy(path string) {
	db, err := openDatabase(path, readWrite())
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
// (https://www.sqlite.org/uri.html) and the driver's.
func openDatabase(path string, query url.Values) (*sql.DB, error) {
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
