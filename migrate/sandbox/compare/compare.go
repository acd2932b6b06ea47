// Package compare looks at a migrated folder from outside: it walks the
// tree through Synapse's plain HTTP interface, fetches every file with the
// folder's own read-only credentials, and hashes it. It shares no code with
// the migration, so that what it finds is a second opinion.
package compare

import (
	"context"
	"fmt"
	"sort"
	"sync"

	"golang.org/x/sync/errgroup"
)

// File is one file entity as found, and the bytes behind it.
type File struct {
	EntityID string
	Versions int64
	// HandleMD5 and HandleSizeBytes are what Synapse's file handle says.
	HandleMD5       string
	HandleSizeBytes int64
	Bucket, Key     string
	// MD5 and SizeBytes are those of the bytes in S3.
	MD5       string
	SizeBytes int64
	// ContentType is the file handle's.
	ContentType string
}

// Tree is a walked folder: its files and its sub-folders by path, names
// joined with slashes.
type Tree struct {
	Files   map[string]File
	Folders map[string]string
}

type walker struct {
	*Client
	mu   sync.Mutex
	tree Tree
}

// Walk reads the whole tree and every object in it. A path that occurs
// twice is an error, since nothing must be there twice.
func Walk(ctx context.Context, o Options) (Tree, error) {
	w := &walker{Client: NewClient(o)}
	w.tree = Tree{Files: map[string]File{}, Folders: map[string]string{}}
	level := []Child{{ID: o.Folder}}
	for len(level) > 0 {
		next, err := w.level(ctx, level)
		if err != nil {
			return Tree{}, err
		}
		level = next
	}
	return w.tree, nil
}

// level visits the folders of one depth and returns those below.
func (w *walker) level(ctx context.Context, folders []Child) ([]Child, error) {
	var next []Child
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(InFlight)
	for _, f := range folders {
		group.Go(func() error {
			below, err := w.visit(ctx, f)
			w.mu.Lock()
			defer w.mu.Unlock()
			next = append(next, below...)
			return err
		})
	}
	return next, group.Wait()
}

func (w *walker) visit(ctx context.Context, folder Child) ([]Child, error) {
	children, err := w.Children(ctx, folder)
	if err != nil {
		return nil, err
	}
	var below []Child
	for _, c := range children {
		if c.Type == TypeFolder {
			below = append(below, c)
		}
		if err := w.add(ctx, c); err != nil {
			return nil, err
		}
	}
	return below, nil
}

func (w *walker) add(ctx context.Context, c Child) error {
	if c.Type == TypeFolder {
		return w.keep(c.Path, func() { w.tree.Folders[c.Path] = c.ID })
	}
	file, err := w.file(ctx, c)
	if err != nil {
		return fmt.Errorf("%s (%q): %w", c.ID, c.Path, err)
	}
	return w.keep(c.Path, func() { w.tree.Files[c.Path] = file })
}

func (w *walker) keep(path string, add func()) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, file := w.tree.Files[path]
	_, dir := w.tree.Folders[path]
	if file || dir {
		return fmt.Errorf("%q is there twice", path)
	}
	add()
	return nil
}

// file looks at one file entity and reads its object.
func (w *walker) file(ctx context.Context, c Child) (File, error) {
	var bundle struct {
		FileHandles []struct {
			BucketName, Key, ContentMd5, ContentType string
			ContentSize                              int64
			IsPreview                                bool
		}
	}
	err := w.Post(ctx, "/repo/v1/entity/"+c.ID+"/bundle2",
		map[string]any{"includeFileHandles": true}, &bundle)
	if err != nil {
		return File{}, err
	}
	file := File{EntityID: c.ID, Versions: c.VersionNumber}
	for _, h := range bundle.FileHandles {
		if h.IsPreview {
			continue
		}
		file.Bucket, file.Key, file.ContentType = h.BucketName, h.Key, h.ContentType
		file.HandleMD5, file.HandleSizeBytes = h.ContentMd5, h.ContentSize
	}
	if file.Key == "" {
		return File{}, fmt.Errorf("no file handle")
	}
	err = w.Read(ctx, &file)
	return file, err
}

// Want is what a file should be.
type Want struct {
	MD5       string
	SizeBytes int64
}

// Diff names every difference between what should be there and what is,
// sorted by path; an empty list means that the tree is right.
func Diff(want map[string]Want, got Tree) []string {
	var diff []string
	say := func(format string, args ...any) { diff = append(diff, fmt.Sprintf(format, args...)) }
	for path, w := range want {
		g, there := got.Files[path]
		switch {
		case !there:
			say("%q: missing", path)
		case g.MD5 != w.MD5 || g.SizeBytes != w.SizeBytes:
			say("%q: bytes differ: %s (%d bytes), want %s (%d bytes)",
				path, g.MD5, g.SizeBytes, w.MD5, w.SizeBytes)
		case g.HandleMD5 != w.MD5 || g.HandleSizeBytes != w.SizeBytes:
			say("%q: file handle differs: %s (%d bytes), want %s (%d bytes)",
				path, g.HandleMD5, g.HandleSizeBytes, w.MD5, w.SizeBytes)
		case g.Versions != 1:
			say("%q: %d versions, want 1", path, g.Versions)
		}
	}
	for path, g := range got.Files {
		if _, wanted := want[path]; !wanted {
			say("%q: not wanted (%s)", path, g.EntityID)
		}
	}
	sort.Strings(diff)
	return diff
}
