package checkpoint

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

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
