package migrate

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/transfer"
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
	s := fakeSynapse{p.world}
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
		Checkpoint: runFile{w}, Copier: mover{w}, Reader: mover{w}, Synapse: fakeSynapse{w},
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

func TestRunMixedPlan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := mixed()
		s := w.run(t, mixedOptions)

		if s.End != EndDone || s.Counts.Done != 8 || s.Counts.Failed != 0 || s.Counts.Folders != 2 {
			t.Errorf("summary %+v, want 8 done and 2 folders", s)
		}
		for id, e := range w.entries {
			if e.State != checkpoint.StateDone || e.Attempts != 1 {
				t.Errorf("item %d is %s after %d attempts: %+v", id, e.State, e.Attempts, e.Failure)
			}
		}
		got := slices.Sorted(maps.Keys(w.children))
		if len(got) != 10 {
			t.Errorf("entities %q, want 8 files and 2 folders", got)
		}
		streamed := w.entries[6]
		wantAnnotations := map[string]synapse.AnnotationValue{
			"originalKey": {Type: synapse.AnnotationString, Value: []string{"streamed?"}},
		}
		if diff := cmp.Diff(wantAnnotations, w.annotations[streamed.EntityID].Annotations); diff != "" {
			t.Errorf("annotations (-want +got):\n%s", diff)
		}
		replaced := w.entities[w.entries[8].EntityID]
		if w.annotations[replaced.ID].Annotations["originalKey"].Value[0] != "replaced?" {
			t.Errorf("annotations of the replaced entity: %v", w.annotations[replaced.ID])
		}
		if replaced.VersionNumber != 2 || w.path(replaced.ID) != "/replaced" {
			t.Errorf("replaced entity %+v, want version 2", replaced)
		}
		if len(w.saved) != 0 {
			t.Errorf("transfers left behind: %v", w.saved)
		}
	})
}

// TestSynapseCalls counts what each action asks of Synapse.
func TestSynapseCalls(t *testing.T) {
	tests := []struct {
		name   string
		action planner.Action
		change func(*planner.Item)
		want   []string
	}{
		{"register", planner.ActionRegister, known, []string{"register base/x", "create x"}},
		{"register read", planner.ActionRegister, unknown, []string{"register base/x", "create x"}},
		{"copy", planner.ActionCopy, known, []string{"register base/x", "create x"}},
		{"stream", planner.ActionStream, nil, []string{"register base/x", "create x"}},
		{"annotated", planner.ActionRegister, func(i *planner.Item) {
			known(i)
			i.Annotations = map[string]string{"k": "v"}
		}, []string{"register base/x", "create bundle x"}},
		{"upload", planner.ActionUpload, known, []string{
			"start x", "part urls x", "add part 1 of x", "complete x", "create x",
		}},
		{"folder", planner.ActionRegister, in(1, known), []string{
			"register base/x", "create f", "create x",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld()
			plan{w}.folder(0, "f")
			plan{w}.item(test.action, "x", "bytes", test.change)
			s := w.run(t, Options{})
			var got []string
			for _, e := range w.effects {
				first, _, _ := strings.Cut(e, " ")
				switch first {
				case "register", "create", "start", "part", "add", "complete", "get", "child":
					got = append(got, e)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
			if s.SynapseCalls != int64(len(test.want)) {
				t.Errorf("counted %d calls, want %d", s.SynapseCalls, len(test.want))
			}
		})
	}
}

// TestStatesAreRecordedBetweenEffects shows the order that makes a run safe
// to interrupt: each effect's outcome is recorded before the next effect.
func TestStatesAreRecordedBetweenEffects(t *testing.T) {
	tests := []struct {
		name   string
		action planner.Action
		change func(*planner.Item)
		want   []string
	}{
		{"register", planner.ActionRegister, known, []string{
			"register base/x", "record x handled", "create x", "record x done",
		}},
		{"register read", planner.ActionRegister, unknown, []string{
			"hash base/x", "record x transferred", "register base/x", "record x handled",
			"create x", "record x done",
		}},
		{"copy read", planner.ActionCopy, unknown, []string{
			"hash x", "save upload 1", "copy base/x", "record x transferred",
			"register base/x", "record x handled", "create x", "record x done",
		}},
		{"upload", planner.ActionUpload, known, []string{
			"start x", "part urls x", "open x at 0", "put part 1 of x", "add part 1 of x",
			"complete x", "record x handled", "create x", "record x done",
		}},
		{"folder", planner.ActionRegister, in(1, known), []string{
			"register base/x", "record x handled", "create f", "record folder 1",
			"create x", "record x done",
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld()
			plan{w}.folder(0, "f")
			plan{w}.item(test.action, "x", "bytes", test.change)
			w.run(t, Options{})
			if diff := cmp.Diff(test.want, w.effects); diff != "" {
				t.Errorf("effects (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFoldersAreMadeOnceParentsFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		p := plan{w}
		var leaf int64
		for _, name := range []string{"one", "two", "three"} {
			leaf = p.folder(leaf, name)
		}
		for i := range 100 {
			p.item(planner.ActionRegister, fmt.Sprintf("x%d", i), "bytes", in(leaf, known))
		}
		w.run(t, Options{})
		var got []string
		for _, e := range w.effects {
			if strings.HasPrefix(e, "create ") && !strings.HasPrefix(e, "create x") {
				got = append(got, e)
			}
		}
		want := []string{"create one", "create two", "create three"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("folders (-want +got):\n%s", diff)
		}
	})
}

func TestNoPreviews(t *testing.T) {
	w := newWorld()
	p := plan{w}
	p.item(planner.ActionRegister, "x", "bytes", func(i *planner.Item) {
		known(i)
		i.ContentType = "text/csv"
	})
	p.item(planner.ActionUpload, "y", "bytes", known)
	w.run(t, Options{NoPreviews: true})
	if got := w.handles[w.entries[1].FileHandleID].ContentType; got != neutralType {
		t.Errorf("registered as %q, want %q", got, neutralType)
	}
	for _, u := range w.uploads {
		if u.GeneratePreview == nil || *u.GeneratePreview {
			t.Errorf("upload asks for a preview: %s", u.request)
		}
	}
}

// TestOrderOfPlanNeverIdlesSynapse has a plan of slow transfers before items
// that are ready: these are done while the transfers wait.
func TestOrderOfPlanNeverIdlesSynapse(t *testing.T) {
	w := newWorld()
	p := plan{w}
	for i := range 100 {
		p.item(planner.ActionCopy, fmt.Sprintf("slow%d", i), "bytes", known)
	}
	for i := range 100 {
		p.item(planner.ActionRegister, fmt.Sprintf("ready%d", i), "bytes", known)
	}
	d := w.deps()
	ready := make(chan struct{})
	d.Copier = waitingCopier{mover{w}, ready}
	var done int
	d.Observer = &observer{finished: func(o Outcome) {
		if done++; done == 100 {
			close(ready)
		}
	}}
	s, err := Run(t.Context(), Options{Workers: 2}, d)
	if err != nil || s.Counts.Done != 200 {
		t.Errorf("Run: %+v, %v", s, err)
	}
}

// waitingCopier doesn't begin before a channel is closed.
type waitingCopier struct {
	mover
	until <-chan struct{}
}

func (c waitingCopier) Copy(ctx context.Context, r transfer.Request) (transfer.Result, error) {
	select {
	case <-c.until:
		return c.mover.Copy(ctx, r)
	case <-ctx.Done():
		return transfer.Result{}, ctx.Err()
	}
}
