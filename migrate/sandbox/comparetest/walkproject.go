package comparetest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"synapse-migrate/migrate/sandbox/compare"
	"synapse-migrate/migrate/sandbox/describe"
)

// projectTree is what a walk has found, by path.
type projectTree struct {
	files   map[string]projectFile
	folders map[string]projectVersion
	others  []string
}

// projectFile is a file entity with its versions, oldest first.
type projectFile struct {
	ID       string
	versions []projectVersion
}

// projectVersion is one version as Synapse shows it, and its bytes.
type projectVersion struct {
	Entity struct {
		VersionNumber                             int64
		VersionLabel, VersionComment, Description string
		DataFileHandleID                          string `json:"dataFileHandleId"`
	}
	Annotations struct {
		Annotations map[string]describe.SampleValue
	}
	FileHandles []projectHandle
	Activity    *activity

	md5       string
	sizeBytes int64
	// unread says why the bytes could not be read.
	unread string
}

type projectHandle struct {
	ID, BucketName, Key, ContentMd5 string
	ContentType, FileName           string
	ContentSize                     int64
}

type activity struct {
	ID, Name string
	Used     []used
}

type used struct {
	WasExecuted bool
	Reference   struct {
		TargetID            string `json:"targetId"`
		TargetVersionNumber int64
	}
}

// handle is the version's own file handle, not the preview's.
func (v projectVersion) handle() projectHandle {
	for _, h := range v.FileHandles {
		if h.ID == v.Entity.DataFileHandleID {
			return h
		}
	}
	return projectHandle{}
}

// projectWalker walks the tree of a destination.
type projectWalker struct {
	*compare.Client
	mu   sync.Mutex
	tree projectTree
}

func walkProject(ctx context.Context, o compare.Options) (projectTree, error) {
	w := &projectWalker{Client: compare.NewClient(o)}
	w.tree = projectTree{files: map[string]projectFile{}, folders: map[string]projectVersion{}}
	level := []compare.Child{{ID: o.Folder}}
	for len(level) > 0 {
		var children []compare.Child
		for _, folder := range level {
			found, err := w.Children(ctx, folder)
			if err != nil {
				return projectTree{}, err
			}
			children = append(children, found...)
		}
		var err error
		if level, err = w.visitAll(ctx, children); err != nil {
			return projectTree{}, err
		}
	}
	return w.tree, nil
}

// visitAll looks at some entities, and returns the folders among them.
func (w *projectWalker) visitAll(ctx context.Context, children []compare.Child) ([]compare.Child, error) {
	var below []compare.Child
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(compare.InFlight)
	for _, c := range children {
		switch c.Type {
		case compare.TypeFolder:
			below = append(below, c)
			group.Go(func() error { return w.folder(ctx, c) })
		case "org.sagebionetworks.repo.model.FileEntity":
			group.Go(func() error { return w.projectFile(ctx, c) })
		default:
			w.tree.others = append(w.tree.others, c.Path)
		}
	}
	return below, group.Wait()
}

// parts are what a walk asks of a bundle.
var parts = map[string]any{
	"includeEntity": true, "includeAnnotations": true, "includeFileHandles": true,
	"includeActivity": true,
}

func (w *projectWalker) folder(ctx context.Context, c compare.Child) error {
	var v projectVersion
	if err := w.Post(ctx, "/repo/v1/entity/"+c.ID+"/bundle2", parts, &v); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tree.folders[c.Path] = v
	return nil
}

func (w *projectWalker) projectFile(ctx context.Context, c compare.Child) error {
	var current projectVersion
	if err := w.Post(ctx, "/repo/v1/entity/"+c.ID+"/bundle2", parts, &current); err != nil {
		return err
	}
	file := projectFile{ID: c.ID}
	if current.Entity.VersionNumber > 1 {
		older, err := w.older(ctx, c.ID, current.Entity.VersionNumber)
		if err != nil {
			return fmt.Errorf("%s (%q): %w", c.ID, c.Path, err)
		}
		file.versions = older
	}
	file.versions = append(file.versions, current)
	for i := range file.versions {
		w.readVersion(ctx, &file.versions[i])
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tree.files[c.Path] = file
	return ctx.Err()
}

// versionsPerPage is how many versions one call lists.
const versionsPerPage = 50

// older are all versions but the current one, oldest first.
func (w *projectWalker) older(ctx context.Context, id string, current int64) ([]projectVersion, error) {
	var all []projectVersion
	for offset := 0; ; offset += versionsPerPage {
		var page struct {
			Results []struct{ VersionNumber int64 }
		}
		path := fmt.Sprintf("/repo/v1/entity/%s/version?limit=%d&offset=%d", id, versionsPerPage, offset)
		if err := w.Call(ctx, http.MethodGet, path, nil, &page); err != nil {
			return nil, err
		}
		for _, r := range page.Results {
			if r.VersionNumber == current {
				continue
			}
			v, err := w.version(ctx, id, r.VersionNumber)
			if err != nil {
				return nil, err
			}
			all = append(all, v)
		}
		if len(page.Results) < versionsPerPage {
			break
		}
	}
	slices.Reverse(all)
	return all, nil
}

// version is one older version, with the activity that is its own.
func (w *projectWalker) version(ctx context.Context, id string, number int64) (projectVersion, error) {
	var v projectVersion
	path := fmt.Sprintf("/repo/v1/entity/%s/version/%d", id, number)
	if err := w.Post(ctx, path+"/bundle2", parts, &v); err != nil {
		return v, err
	}
	v.Activity = nil // that of the current version
	var own activity
	err := w.Call(ctx, http.MethodGet, path+"/generatedBy", nil, &own)
	switch {
	case err == nil:
		v.Activity = &own
	case !strings.Contains(err.Error(), "404 "):
		return v, err
	}
	return v, nil
}

// readVersion hashes the bytes behind a version.
func (w *projectWalker) readVersion(ctx context.Context, v *projectVersion) {
	h := v.handle()
	file := compare.File{Bucket: h.BucketName, Key: h.Key}
	if err := w.Read(ctx, &file); err != nil {
		v.unread = err.Error()
		return
	}
	v.md5, v.sizeBytes = file.MD5, file.SizeBytes
}
