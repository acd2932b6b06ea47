package migrate

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// destination is where all plans here go to.
var destination = planner.Destination{
	FolderID: destinationFolder, StorageLocationID: 54321, OwnedByCaller: true,
	Bucket: "dest", BaseKey: "base",
}

// plan adds items and folders to a world.
type plan struct{ *world }

// item adds an item whose object holds data; change may alter it.
func (p plan) item(
	action planner.Action, name string, data string, change func(*planner.Item),
) int64 {
	object := fakeObject{data: []byte(data), typ: "text/plain"}
	i := planner.Item{
		ID:     int64(len(p.entries) + 1),
		Name:   name,
		Action: action,
		Source: planner.Object{
			Bucket: "src", Key: name, ETag: md5Hex(object.data), SizeBytes: int64(len(data)),
		},
		DestKey: "base/" + name,
	}
	if action == planner.ActionRegister {
		i.Source.Bucket, i.Source.Key = "dest", "base/"+name
	}
	if change != nil {
		change(&i)
	}
	p.objects[i.Source.Bucket+"/"+i.Source.Key] = object
	p.entries[i.ID] = checkpoint.Entry{Item: i, State: checkpoint.StatePlanned}
	return i.ID
}

// known gives an item the MD5 of its ETag.
func known(i *planner.Item) { i.MD5, i.MD5Source = i.Source.ETag, planner.MD5ETag }

// unknown leaves the MD5 to be read.
func unknown(i *planner.Item) { i.MD5Source = planner.MD5Read }

// in puts an item into a folder.
func in(folder int64, more func(*planner.Item)) func(*planner.Item) {
	return func(i *planner.Item) {
		i.FolderID = folder
		more(i)
	}
}

// folder adds a folder.
func (p plan) folder(parent int64, name string) int64 {
	id := int64(len(p.folders) + 1)
	p.folders[id] = planner.Folder{ID: id, ParentID: parent, Name: name}
	return id
}

// file adds a file entity that is there before the run.
func (p plan) file(parent, name, data string) string {
	s := fakeSynapse(p)
	size, location := int64(len(data)), destination.StorageLocationID
	h := synapse.FileHandle{
		ID: p.id(), ContentMD5: md5Hex([]byte(data)), ContentSize: &size,
		StorageLocationID: &location, BucketName: "dest", Key: "base/" + name,
	}
	p.handles[h.ID] = h
	made, err := s.create(synapse.Entity{
		ConcreteType: synapse.TypeFile, Name: name, ParentID: parent,
		DataFileHandleID: h.ID, VersionLabel: "first",
	})
	if err != nil {
		panic(err)
	}
	return made.ID
}

// deps are the dependencies of a run in that world.
func (w *world) deps() Deps {
	d := Deps{
		Checkpoint: runFile{w}, Mover: mover{w}, Source: mover{w}, Synapse: fakeSynapse{w},
		PartClient: &http.Client{Transport: w},
	}
	d.Plan.Header.Destination = destination
	return d
}

// run runs in that world, in a bubble whose clock is free.
func (w *world) run(t *testing.T, o Options) Summary {
	t.Helper()
	s, err := Run(t.Context(), o, w.deps())
	if err != nil {
		t.Fatalf("Run: %v", err)
	}
	return s
}

// mixed is a plan with an item of every kind.
func mixed() *world {
	w := newWorld()
	p := plan{w}
	a := p.folder(0, "a")
	b := p.folder(a, "b")
	p.item(planner.ActionRegister, "known", "known bytes", known)
	p.item(planner.ActionRegister, "read", "read bytes", in(a, unknown))
	p.item(planner.ActionRegister, "empty", "", func(i *planner.Item) {
		i.MD5Source = planner.MD5Empty
	})
	p.item(planner.ActionCopy, "copied", "copied bytes", in(b, known))
	p.item(planner.ActionCopy, "large-read", "copied and read", in(b, unknown))
	p.item(planner.ActionStream, "streamed", "streamed bytes", in(b, func(i *planner.Item) {
		i.MD5Source = planner.MD5Passing
		i.Annotations = map[string]string{"originalKey": "streamed?"}
	}))
	p.item(planner.ActionUpload, "uploaded", "uploaded bytes", in(a, unknown))
	replaced := p.file(destinationFolder, "replaced", "old bytes")
	p.item(planner.ActionStream, "replaced", "new bytes", func(i *planner.Item) {
		i.MD5Source, i.ReplaceEntityID, i.ReplaceObject = planner.MD5Passing, replaced, true
		i.Annotations = map[string]string{"originalKey": "replaced?"}
	})
	return w
}

// mixedOptions make parts as small as they can be.
var mixedOptions = Options{UploadPartSizeBytes: synapse.MinPartSizeBytes}

// twoParts is a plan with an upload of two parts.
func twoParts() *world {
	w := newWorld()
	data := strings.Repeat("part", int(synapse.MinPartSizeBytes)/4) + "rest"
	plan{w}.item(planner.ActionUpload, "two", data, known)
	return w
}

// tree describes the destination and all that a run leaves behind: what must
// be the same however often it was interrupted.
func (w *world) tree() []string {
	var lines []string
	for _, e := range w.entities {
		if e.ID == destinationFolder {
			continue
		}
		h := w.handles[e.DataFileHandleID]
		h.Key, _, _ = strings.Cut(h.Key, "base/7/") // of uploads: random
		lines = append(lines, fmt.Sprintf("%s %s v%d %s %s/%s %s %v", w.path(e.ID), e.ConcreteType[30:],
			e.VersionNumber, h.ContentMD5, h.BucketName, h.Key, h.ContentType,
			w.annotations[e.ID].Annotations))
	}
	for _, e := range w.entries {
		lines = append(lines, fmt.Sprintf("item %d %s %v %v", e.ID, e.State,
			w.path(e.EntityID), w.entities[e.EntityID].DataFileHandleID == e.FileHandleID))
	}
	for key, n := range w.copies {
		lines = append(lines, fmt.Sprintf("copied %d: %s", n, key))
	}
	slices.Sort(lines)
	return lines
}

// path is the way of names from the destination to an entity.
func (w *world) path(id string) string {
	e, ok := w.entities[id]
	if !ok || id == destinationFolder {
		return ""
	}
	return w.path(e.ParentID) + "/" + e.Name
}

// count counts the effects whose name begins so; a line feed stands for the
// name's end.
func (w *world) count(prefix string) (n int) {
	for _, e := range w.effects {
		if strings.HasPrefix(e+"\n", prefix) {
			n++
		}
	}
	return n
}

// sleep waits, or returns the context's error.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// emptyMD5 is the MD5 of no bytes.
const emptyMD5 = "d41d8cd98f00b204e9800998ecf8427e"
