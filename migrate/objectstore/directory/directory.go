// Package directory is a source of objects: the files below a directory of
// this machine. Dir is an objectstore.Source, List lists and examines for the
// planner.
package directory

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// Dir reads the files below a directory. An object's key is the
// slash-joined path from there, its bucket empty, its ETag made of size and
// modification time. Symbolic links are followed as far as they stay below
// the directory. It is safe for concurrent use.
type Dir struct{ root *os.Root }

var _ objectstore.Source = (*Dir)(nil)

// ranges is how many ranges of one file are read at once, as of other sources.
const ranges = 4

// Open opens a directory, which Close closes.
func Open(path string) (*Dir, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("source directory: %w", err)
	}
	return &Dir{root}, nil
}

// Close closes the directory. Files that are being read go on.
func (d *Dir) Close() error { return d.root.Close() }

// Object is a file as a plan has it. The error wraps transfer.ErrNotFound or
// transfer.ErrDenied where that is the case.
func (d *Dir) Object(key string) (planner.Object, error) {
	info, err := d.stat(key)
	if err != nil {
		return planner.Object{}, fmt.Errorf("looking at %q: %w", key, err)
	}
	return planner.Object{
		Key: key, ETag: fileETag(info), SizeBytes: info.Size(), LastModified: info.ModTime(),
	}, nil
}

// fileETag changes whenever a file's size or modification time does.
func fileETag(info fs.FileInfo) string {
	return fmt.Sprintf("file-%d-%d", info.Size(), info.ModTime().UnixNano())
}

// errIrregular: a directory, a device, a pipe.
var errIrregular = errors.New("not a regular file")

// stat looks at a regular file.
func (d *Dir) stat(key string) (fs.FileInfo, error) {
	info, err := d.root.Stat(filepath.FromSlash(key))
	if err != nil {
		return nil, fileFailure(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errIrregular
	}
	return info, nil
}

// fileFailure sorts an error of the file system.
func fileFailure(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: %w", transfer.ErrNotFound, err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: %w", transfer.ErrDenied, err)
	}
	return err
}

// Begin opens the file and goes to the offset.
func (d *Dir) Begin(
	ctx context.Context, o planner.Object, first, length int64,
) (*objectstore.Answer, error) {
	body, err := d.openFile(ctx, o, first, length)
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", o.Key, err)
	}
	return &objectstore.Answer{Body: body}, nil
}

// openFile looks before it opens: opening a pipe would wait for a writer.
func (d *Dir) openFile(
	ctx context.Context, o planner.Object, first, length int64,
) (*fileBody, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if _, err := d.stat(o.Key); err != nil {
		return nil, err
	}
	file, err := d.root.Open(filepath.FromSlash(o.Key))
	if err != nil {
		return nil, fileFailure(err)
	}
	body := &fileBody{
		ended: ctx.Err, file: file, etag: o.ETag, from: io.NewSectionReader(file, first, length),
	}
	if err := body.check(); err != nil {
		_ = file.Close()
		return nil, err
	}
	return body, nil
}

// Describe stats the file.
func (d *Dir) Describe(ctx context.Context, o planner.Object) (objectstore.Description, error) {
	if err := ctx.Err(); err != nil {
		return objectstore.Description{}, err
	}
	now, err := d.Object(o.Key)
	if err != nil {
		return objectstore.Description{}, err
	}
	return objectstore.Description{Detail: detail(now)}, objectstore.Unchanged(o, now)
}

// detail is what is known of a file.
func detail(o planner.Object) planner.Detail { return planner.Detail{Object: o, PartsCount: -1} }

// Ranges is a constant.
func (d *Dir) Ranges() int { return ranges }

// fileBody is a range of a file. At its end the file must still be what it
// was planned as. Ended tells when the read that it serves was cancelled.
type fileBody struct {
	ended func() error
	file  *os.File
	etag  string
	from  *io.SectionReader
}

// Read reads on.
func (b *fileBody) Read(p []byte) (int, error) {
	if err := b.ended(); err != nil {
		return 0, err
	}
	n, err := b.from.Read(p)
	if n > 0 || err == nil {
		return n, nil
	}
	if err != io.EOF {
		return 0, fileFailure(err)
	}
	if err := b.check(); err != nil {
		return 0, err
	}
	return 0, io.EOF
}

// check compares the open file with its plan.
func (b *fileBody) check() error {
	info, err := b.file.Stat()
	if err != nil {
		return fileFailure(err)
	}
	if now := fileETag(info); now != b.etag {
		return fmt.Errorf("%w: %s, planned %s", transfer.ErrChanged, now, b.etag)
	}
	return nil
}

// Close closes the file.
func (b *fileBody) Close() error { return b.file.Close() }
