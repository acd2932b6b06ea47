package faults

import (
	"fmt"

	"synapse-migrate/planner"
	"synapse-migrate/synapse/emulator"
)

// scenario is one kind of migration.
type scenario struct {
	name    string
	managed bool
	// bucket is the source of a bucket's migration, empty for a project's.
	bucket  string
	project planner.ProjectOptions
	fill    func(w *world)
	// actions are those that the plan must have, with the number of items.
	actions map[planner.Action]int64
	// versions is how many of them are older versions of files.
	versions int
}

// items are those that the plan has something to do with.
func (s scenario) items() (n int) {
	for _, items := range s.actions {
		n += int(items)
	}
	return n
}

func scenarios() []scenario {
	return []scenario{
		{
			name: "bucket", bucket: bucketLab, fill: fillLab,
			actions: map[planner.Action]int64{planner.ActionRegister: 2, planner.ActionCopy: 2},
		},
		{
			name: "bucket, stream", bucket: bucketPartner, fill: fillPartner,
			actions: map[planner.Action]int64{planner.ActionStream: 3},
		},
		{
			name: "bucket, managed", bucket: bucketPartner, managed: true, fill: fillPartner,
			actions: map[planner.Action]int64{planner.ActionUpload: 3},
		},
		{
			name: "project",
			project: planner.ProjectOptions{
				Versions: planner.VersionsAll, Provenance: planner.ProvenanceLink, Layout: planner.LayoutMirrored,
			},
			fill: fillProject, versions: 2,
			actions: map[planner.Action]int64{
				planner.ActionReuse: 2, planner.ActionRegister: 1, planner.ActionCopy: 3,
				planner.ActionSynapseCopy: 5, planner.ActionStream: 3,
			},
		},
		{
			name:    "project, move",
			project: planner.ProjectOptions{Mode: planner.ModeMove},
			fill:    fillMove, versions: 2,
			actions: map[planner.Action]int64{
				planner.ActionReuse: 1, planner.ActionRegister: 1, planner.ActionCopy: 3,
				planner.ActionSynapseCopy: 5,
			},
		},
		{
			name: "project, managed", managed: true, fill: fillFar, versions: 1,
			project: planner.ProjectOptions{Versions: planner.VersionsAll},
			actions: map[planner.Action]int64{planner.ActionSynapseCopy: 4, planner.ActionUpload: 3},
		},
	}
}

// fillLab has objects below the base key and beside it.
func fillLab(w *world) {
	w.amazon.put(w.t, bucketLab, "data/here/one.txt", []byte("one"))
	w.amazon.put(w.t, bucketLab, "data/here/two.txt", []byte("two"))
	w.amazon.put(w.t, bucketLab, "raw/three.txt", []byte("three"))
	w.amazon.put(w.t, bucketLab, "raw/large.bin", large(1))
}

// fillPartner has objects in somebody else's bucket.
func fillPartner(w *world) {
	w.amazon.put(w.t, bucketPartner, "raw/one.txt", []byte("one"))
	w.amazon.put(w.t, bucketPartner, "raw/deep/two.txt", []byte("two"))
	w.amazon.put(w.t, bucketPartner, "raw/large.bin", large(2))
}

// file adds a file with its versions to the source.
func (w *world) file(parent, name string, handles ...string) string {
	w.t.Helper()
	id := w.must(w.AddFile(w.owner, parent, name, handles[0]))
	w.check(w.SetAnnotations(id, 1, tags(name)))
	for n, handle := range handles[1:] {
		_, err := w.AddVersion(id, emulator.Version{
			FileHandleID: handle, Label: fmt.Sprint("label ", n+2), Comment: "c", Annotations: tags(fmt.Sprint(name, n)),
		})
		w.check(err)
	}
	return id
}

// fillProject has files of each action, versions, and a handle of two files.
func fillProject(w *world) {
	deep := w.fillMixed()
	w.file(w.source, "streamed.txt", w.handle(w.partner, bucketPartner, "s.txt", []byte("streamed"), false))
	w.file(deep, "streamed.bin", w.handle(w.partner, bucketPartner, "s.bin", large(3), false))
	w.file(deep, "downloaded.txt", w.handle(w.far, bucketFar, "d.txt", []byte("downloaded"), false))
	w.file(deep, "there.txt", w.handle(w.to, bucketLab, "data/there/there.txt", []byte("there"), true))
}

// fillMove is what can be moved.
func fillMove(w *world) { w.fillMixed() }

// fillMixed adds what both have, and returns the sub-folder.
func (w *world) fillMixed() string {
	w.t.Helper()
	deep := w.must(w.AddFolder(w.owner, w.source, "raw"))
	w.check(w.SetAnnotations(deep, 1, tags("raw")))
	w.check(w.DescribeVersion(deep, 0, "what raw is", "", ""))
	w.file(w.source, "registered.txt",
		w.handle(w.beside, bucketLab, "data/there/registered.txt", []byte("registered"), true))
	w.file(w.source, "copied.txt", w.handle(w.own, bucketOwn, "c.txt", []byte("copied"), true))
	w.file(deep, "copied.bin", w.handle(w.own, bucketOwn, "c.bin", large(4), true))
	shared := w.handle(w.partner, bucketPartner, "shared.txt", []byte("shared"), true)
	w.file(w.source, "shared.txt", shared)
	w.file(deep, "shared too.txt", shared)
	w.file(deep, "synapse.txt", w.handle(w.partner, bucketPartner, "y.txt", []byte("synapse"), true))
	w.file(deep, "synapse.bin", w.handle(w.partner, bucketPartner, "y.bin", large(7), true))
	w.file(deep, "versions.txt",
		w.handle(w.partner, bucketPartner, "v1.txt", []byte("version 1"), true),
		w.handle(w.own, bucketOwn, "v2.txt", []byte("version 2"), true),
		w.handle(w.to, bucketLab, "data/there/v3.txt", []byte("version 3"), true))
	return deep
}

// fillFar has files that Synapse copies, and some whose bytes must pass here.
func fillFar(w *world) {
	deep := w.must(w.AddFolder(w.owner, w.source, "raw"))
	w.file(w.source, "synapse.txt", w.handle(w.partner, bucketPartner, "y.txt", []byte("synapse"), true))
	w.file(deep, "synapse.bin", w.handle(w.partner, bucketPartner, "y.bin", large(8), true))
	w.file(deep, "versions.txt",
		w.handle(w.partner, bucketPartner, "v1.txt", []byte("version 1"), true),
		w.handle(w.partner, bucketPartner, "v2.txt", []byte("version 2"), true))
	w.file(w.source, "read.txt", w.handle(w.partner, bucketPartner, "r.txt", []byte("read"), false))
	w.file(deep, "downloaded.txt", w.handle(w.far, bucketFar, "d.txt", []byte("downloaded"), false))
	w.file(deep, "downloaded.bin", w.handle(w.far, bucketFar, "d.bin", large(5), false))
}
