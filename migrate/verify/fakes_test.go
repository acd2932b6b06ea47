package verify_test

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"synapse-migrate/migrate/verify"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

const (
	folderID   = "syn1"
	locationID = int64(77)
	bucket     = "lab"
	baseKey    = "base"
)

var started = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func sum(content string) string {
	s := md5.Sum([]byte(content))
	return hex.EncodeToString(s[:])
}

// world is a destination with its plan, each in memory.
type world struct {
	header  planner.Header
	items   []planner.Item
	folders []planner.Folder

	// entities are by ID, versions oldest first.
	entities map[string]*entity
	objects  map[string]*object
	// refused answers for the object of a key, forbidden for an entity, hidden
	// for what made its versions.
	refused   map[string]error
	forbidden map[string]error
	hidden    map[string]error
	// strange are folders that hold what Synapse doesn't list.
	strange map[string]bool
	// lists is true where the bucket's objects are listed; else it has none.
	lists bool
	// denied is true where the first page of the listing is refused already.
	denied bool
	// source reads the source's files; nil for none.
	source verify.SourceFiles

	mu    sync.Mutex
	calls map[string]int
}

type entity struct {
	synapse.EntityHeader
	parent   string
	versions []entityVersion
}

type entityVersion struct {
	entity      synapse.Entity
	annotations map[string]synapse.AnnotationValue
	handle      *synapse.FileHandle
	preview     *synapse.FileHandle
	// activity made it; nil for nothing.
	activity *synapse.Activity
}

type object struct {
	planner.Detail
	content string
}

func newWorld() *world {
	return &world{
		header: planner.Header{
			Source: planner.Source{Bucket: "source", Prefix: "raw/"},
			Destination: planner.Destination{
				FolderID: folderID, StorageLocationID: locationID, Bucket: bucket, BaseKey: baseKey,
			},
		},
		entities: map[string]*entity{}, objects: map[string]*object{}, refused: map[string]error{},
		forbidden: map[string]error{}, hidden: map[string]error{}, calls: map[string]int{},
	}
}

// count counts a call.
func (w *world) count(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls[name]++
}

// Items and Subfolders are the plan.
func (w *world) Items(_ context.Context, f planner.Filter) iter.Seq2[planner.Item, error] {
	return func(yield func(planner.Item, error) bool) {
		n := 0
		for _, i := range w.items {
			if i.ID <= f.AfterID || f.FolderID != nil && i.FolderID != *f.FolderID ||
				len(f.Actions) > 0 && !slices.Contains(f.Actions, i.Action) {
				continue
			}
			if n++; f.Limit > 0 && n > f.Limit || !yield(i, nil) {
				return
			}
		}
	}
}

func (w *world) Subfolders(_ context.Context, id int64) iter.Seq2[planner.Folder, error] {
	return func(yield func(planner.Folder, error) bool) {
		for _, f := range w.folders {
			if f.ParentID == id && !yield(f, nil) {
				return
			}
		}
	}
}

// ChildrenPage pages by two, so that every listing has to go on.
func (w *world) ChildrenPage(
	_ context.Context, r synapse.ChildrenRequest,
) (synapse.ChildrenPage, error) {
	w.count("children")
	var all []synapse.EntityHeader
	for _, e := range w.entities {
		isOther := e.Type == synapse.TypeRecordSet
		if e.parent == r.ParentID && (!isOther || slices.Contains(r.IncludeTypes, "recordset")) {
			all = append(all, e.EntityHeader)
		}
	}
	slices.SortFunc(all, func(a, b synapse.EntityHeader) int { return strings.Compare(a.Name, b.Name) })
	offset := 0
	if r.NextPageToken != "" {
		_, _ = fmt.Sscanf(r.NextPageToken, "%d", &offset)
	}
	page := synapse.ChildrenPage{Page: all[offset:min(offset+2, len(all))]}
	if offset+2 < len(all) {
		page.NextPageToken = fmt.Sprint(offset + 2)
	}
	return page, nil
}

func (w *world) Bundle(
	ctx context.Context, id string, r synapse.BundleRequest,
) (synapse.Bundle, error) {
	if r.IncludeHasChildren {
		w.count("has children")
		has := w.strange[id]
		return synapse.Bundle{HasChildren: &has}, w.forbidden[id]
	}
	return w.VersionBundle(ctx, id, int64(len(w.entities[id].versions)), r)
}

func (w *world) VersionBundle(
	_ context.Context, id string, version int64, r synapse.BundleRequest,
) (synapse.Bundle, error) {
	w.count("bundle")
	if err := w.forbidden[id]; err != nil {
		return synapse.Bundle{}, err
	}
	e := w.entities[id]
	if version < 1 || version > int64(len(e.versions)) {
		return synapse.Bundle{}, synapse.ErrNotFound
	}
	v := e.versions[version-1]
	b := synapse.Bundle{
		Entity: &v.entity, Annotations: &synapse.Annotations{Annotations: v.annotations},
		FileHandles: []synapse.FileHandle{{ID: "preview"}},
	}
	if v.preview != nil {
		b.FileHandles[0] = *v.preview
	}
	if r.IncludeActivity { // of the current version, whichever was asked for
		b.Activity = e.last().activity
	}
	if v.handle != nil {
		b.FileHandles = append(b.FileHandles, *v.handle)
	}
	return b, nil
}

func (w *world) AllVersions(_ context.Context, id string) ([]synapse.VersionInfo, error) {
	w.count("versions")
	var all []synapse.VersionInfo
	for _, v := range slices.Backward(w.entities[id].versions) {
		all = append(all, synapse.VersionInfo{
			ID: id, VersionNumber: v.entity.VersionNumber, VersionLabel: v.entity.VersionLabel,
		})
	}
	return all, nil
}

func (w *world) VersionGeneratedBy(
	_ context.Context, id string, version int64,
) (synapse.Activity, error) {
	w.count("generatedBy")
	if err := w.hidden[id]; err != nil {
		return synapse.Activity{}, err
	}
	if a := w.entities[id].versions[version-1].activity; a != nil {
		return *a, nil
	}
	return synapse.Activity{}, synapse.ErrNotFound
}

func (w *world) Look(_ context.Context, b, key string) (planner.Detail, error) {
	w.count("head")
	if err := w.refused[key]; err != nil {
		return planner.Detail{}, err
	}
	o := w.objects[key]
	if o == nil || b != bucket {
		return planner.Detail{}, planner.ErrNotFound
	}
	return o.Detail, nil
}

// List lists the objects, if this world lists any, by two, so that every listing has to go on. An error
// that is refused for the key "list" comes after the first page.
func (w *world) List(_ context.Context, b, prefix, after string) iter.Seq2[[]planner.Object, error] {
	return func(yield func([]planner.Object, error) bool) {
		var all []planner.Object
		if !w.lists {
			return
		}
		for key, o := range w.objects {
			if b == bucket && strings.HasPrefix(key, prefix) && key > after {
				all = append(all, planner.Object{Bucket: b, Key: key, ETag: o.ETag, SizeBytes: int64(len(o.content))})
			}
		}
		slices.SortFunc(all, func(a, b planner.Object) int { return strings.Compare(a.Key, b.Key) })
		for page := range slices.Chunk(all, 2) {
			w.count("list")
			if !w.denied && !yield(page, nil) {
				return
			}
			if err := w.refused["list"]; err != nil {
				yield(nil, err)
				return
			}
		}
	}
}

func (w *world) Hash(_ context.Context, o planner.Object, progress func(int64)) (string, error) {
	w.count("read")
	content := w.objects[o.Key].content
	progress(int64(len(content)))
	return sum(content), nil
}

// folder makes a folder at the destination.
func (w *world) folder(id, parent, name string) *entity {
	e := &entity{
		EntityHeader: synapse.EntityHeader{ID: id, Name: name, Type: synapse.TypeFolder}, parent: parent,
		versions: []entityVersion{{entity: synapse.Entity{ID: id, Name: name, ConcreteType: synapse.TypeFolder}}},
	}
	w.entities[id] = e
	return e
}

// file makes a file at the destination with an object of one upload.
func (w *world) file(id, parent, name, key, content string) *entity {
	e := w.entities[id]
	if e == nil {
		e = &entity{
			EntityHeader: synapse.EntityHeader{ID: id, Name: name, Type: synapse.TypeFile}, parent: parent,
		}
		w.entities[id] = e
	}
	size, location, number := int64(len(content)), locationID, int64(len(e.versions)+1)
	handleID := fmt.Sprintf("%s.%d", id, number)
	e.versions = append(e.versions, entityVersion{
		entity: synapse.Entity{
			ID: id, Name: name, ConcreteType: synapse.TypeFile, DataFileHandleID: handleID,
			VersionNumber: number, VersionLabel: fmt.Sprint(number),
		},
		annotations: map[string]synapse.AnnotationValue{},
		handle: &synapse.FileHandle{
			ID: handleID, ConcreteType: synapse.TypeS3FileHandle, ContentMD5: sum(content),
			ContentSize: &size, StorageLocationID: &location, BucketName: bucket, Key: key,
			FileName: name, ContentType: "text/plain", CreatedOn: synapse.NewTime(started),
		},
	})
	w.objects[key] = &object{content: content, Detail: planner.Detail{ETagsAreMD5: true, Object: planner.Object{
		Bucket: bucket, Key: key, ETag: sum(content), SizeBytes: size, LastModified: started.Add(-time.Hour),
	}}}
	return e
}

// last is the current version of an entity.
func (e *entity) last() *entityVersion { return &e.versions[len(e.versions)-1] }

// copied plans a copy of an object, and makes it.
func (w *world) copied(name, content string) *entity {
	id := int64(len(w.items) + 1)
	key := baseKey + "/" + name
	w.items = append(w.items, planner.Item{
		ID: id, Name: name, Action: planner.ActionCopy, MD5: sum(content), MD5Source: planner.MD5ETag,
		DestKey: key, ContentType: "text/plain", Source: planner.Object{
			Bucket: "source", Key: "raw/" + name, ETag: sum(content), SizeBytes: int64(len(content)),
		},
	})
	return w.file(fmt.Sprintf("syn10%d", id), folderID, name, key, content)
}

// run verifies and returns all rows.
func (w *world) run(t *testing.T, o verify.Options) ([]verify.Row, verify.Summary) {
	t.Helper()
	var rows []verify.Row
	var active int64
	for _, i := range w.items {
		if i.Action != planner.ActionSkip && i.Action != planner.ActionBlock {
			active++
		}
	}
	summary, err := verify.Run(t.Context(), o, verify.Deps{
		Header: w.header, Active: active, Plan: w, Synapse: w, Objects: w, Source: w.source,
	}, func(r verify.Row) error {
		rows = append(rows, r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows, summary
}

// told are rows as verdict, path and the fields that differ; those that match
// are left out.
func told(rows []verify.Row) []string {
	var all []string
	for _, r := range rows {
		if r.Verdict == verify.VerdictMatch {
			continue
		}
		line := string(r.Verdict) + " " + r.Path
		for _, d := range r.Differences {
			line += ", " + d.Field
		}
		if r.Kind == verify.KindObject && r.Note != "" {
			line += ": " + r.Note
		}
		all = append(all, line)
	}
	return all
}
