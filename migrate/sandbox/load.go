package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	"golang.org/x/sync/errgroup"

	"synapse-migrate/migrate/sandbox/describe"
)

// Places that can be loaded.
const (
	// IntoOwned is the owner's source bucket.
	IntoOwned = "owned"
	// IntoForeign is the foreign bucket.
	IntoForeign = "foreign"
	// IntoExternal is the destination bucket, below the base key of the
	// external folder.
	IntoExternal = "external"
)

// Load fills a bucket with the files of a directory. A file's key is the
// prefix and its path in the directory, its content type that of its first
// bytes.
type Load struct {
	// Directory is walked whole. What isn't a regular file is reported,
	// not followed.
	Directory string
	// Into is IntoOwned, IntoForeign or IntoExternal; empty is IntoOwned.
	Into string
	// Prefix stands before every key as it is; a slash is not added.
	Prefix string
}

// loadAtOnce is how many files are stored at the same time.
const loadAtOnce = 8

// maxPutBytes is the largest object of one PutObject (S3 user guide,
// November 2026).
const maxPutBytes = 5 << 30

// resolve checks what was asked for, and makes the path absolute.
func (l *Load) resolve() (*Load, error) {
	if l == nil {
		return nil, nil
	}
	resolved := *l
	switch l.Into {
	case IntoOwned, IntoForeign, IntoExternal:
	case "":
		resolved.Into = IntoOwned
	default:
		return nil, fmt.Errorf("loading into %q: want %s, %s or %s",
			l.Into, IntoOwned, IntoForeign, IntoExternal)
	}
	path, err := filepath.Abs(l.Directory)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is not a directory", path)
	}
	resolved.Directory = path
	return &resolved, err
}

// place is the bucket and the prefix with what the place itself demands.
func (l *Load) place(d Description) (bucket, prefix string) {
	switch l.Into {
	case IntoForeign:
		return d.Foreign, l.Prefix
	case IntoExternal:
		return d.Destination, d.External.BaseKey + "/" + l.Prefix
	}
	return d.Source, l.Prefix
}

// loader stores files, and remembers those that S3 didn't take.
type loader struct {
	store  *s3.Client
	root   *os.Root
	mu     sync.Mutex
	result describe.Load
}

// into stores all files. A file that can't be stored is no error.
func (l *Load) into(ctx context.Context, store *s3.Client, d Description) (describe.Load, error) {
	root, err := os.OpenRoot(l.Directory)
	if err != nil {
		return describe.Load{}, err
	}
	defer func() { _ = root.Close() }()
	ld := &loader{store: store, root: root}
	ld.result.Bucket, ld.result.Prefix = l.place(d)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(loadAtOnce)
	err = fs.WalkDir(root.FS(), ".", func(path string, entry fs.DirEntry, err error) error {
		switch reason := ld.reason(path, entry, err); {
		case ctx.Err() != nil:
			return ctx.Err()
		case reason != "":
			ld.refuse(path, reason)
		case !entry.IsDir():
			group.Go(func() error { return ld.file(ctx, path) })
		}
		return nil
	})
	return ld.result, errors.Join(group.Wait(), err)
}

// reason says why something can't be stored; empty is a file or directory
// that can.
func (ld *loader) reason(path string, entry fs.DirEntry, err error) string {
	switch {
	case err != nil:
		return cause(err).Error()
	case entry.IsDir():
		return ""
	case !utf8.ValidString(path):
		return "name is not UTF-8"
	case entry.Type()&fs.ModeSymlink != 0:
		return "symbolic link"
	case !entry.Type().IsRegular():
		return "not a regular file"
	}
	return ""
}

// cause leaves the path out, which stands beside the reason.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

func (ld *loader) refuse(path, reason string) {
	ld.mu.Lock()
	defer ld.mu.Unlock()
	if ld.result.Refused == nil {
		ld.result.Refused = map[string]string{}
	}
	ld.result.Refused[path] = reason
}

// file stores one. What S3 refuses is reported; no answer at all is an
// error.
func (ld *loader) file(ctx context.Context, path string) error {
	size, err := ld.put(ctx, path)
	var refused smithy.APIError
	var unreadable *fs.PathError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &refused):
		ld.refuse(path, refused.ErrorCode())
		return nil
	case errors.As(err, &unreadable):
		ld.refuse(path, unreadable.Err.Error())
		return nil
	case err != nil:
		return fmt.Errorf("storing %q: %w", path, err)
	}
	ld.mu.Lock()
	defer ld.mu.Unlock()
	ld.result.Objects++
	ld.result.SizeBytes += size
	return nil
}

func (ld *loader) put(ctx context.Context, path string) (size int64, err error) {
	file, err := ld.root.Open(path)
	if err != nil {
		return 0, err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	if info.Size() > maxPutBytes {
		return 0, &fs.PathError{Op: "put", Path: path, Err: errors.New("larger than 5 GiB")}
	}
	contentType, err := sniff(file)
	if err != nil {
		return 0, err
	}
	key := ld.result.Prefix + path
	_, err = ld.store.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &ld.result.Bucket, Key: &key, Body: file, ContentType: &contentType,
	})
	return info.Size(), err
}

// sniff tells the content type by the first 512 bytes, and goes back.
func sniff(file io.ReadSeeker) (string, error) {
	head, err := io.ReadAll(io.LimitReader(file, 512))
	if err != nil {
		return "", err
	}
	_, err = file.Seek(0, io.SeekStart)
	return http.DetectContentType(head), err
}
