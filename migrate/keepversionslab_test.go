package migrate

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// replaced is a lab in which an item replaces a file of the destination whose
// object lies at the item's own key.
type replaced struct {
	*lab
	fileID string
}

// Content of the file that is replaced, and of its new version.
const (
	wasThere  = "what was there"
	wasBefore = "and before"
	comesNew  = "what comes"
)

// newReplaced has a file x: its first two versions are of one file handle,
// the third has another for the same object, and one lies elsewhere.
func newReplaced(t *testing.T, project bool, versions ...version) replaced {
	l := newLab(t, planner.ModeCopy)
	last := len(versions)
	key := fmt.Sprint("base/x-", last)
	l.objects["dest/"+key] = fakeObject{data: []byte(wasThere), typ: "text/html"}
	l.objects["dest/base/other"] = fakeObject{data: []byte(wasBefore)}
	first, again := l.taken(key, wasThere, "one"), l.taken(key, wasThere, "two")
	id := l.must(l.AddFile(l.owner, l.to.FolderID, "x", first))(t)
	for _, handle := range []string{first, l.taken("base/other", wasBefore, "three"), again} {
		_, err := l.AddVersion(id, emulator.Version{FileHandleID: handle})
		check(t, err)
	}
	versions[last-1].data = comesNew
	l.file(t, 0, "x", versions...)
	e := l.entries[1]
	e.ReplaceEntityID = id
	l.entries[1] = e
	e = l.entries[int64(last)]
	e.ReplaceObject = true
	e.Kept = &planner.Kept{
		EntityID: id, Key: "base/.versions/x/" + id + ".4",
		ETag: md5Hex([]byte(wasThere)), SizeBytes: int64(len(wasThere)),
		Versions: []planner.KeptVersion{{Number: 1, FileHandleID: first},
			{Number: 2, FileHandleID: first}, {Number: 4, FileHandleID: again}},
	}
	if !project {
		e.Origin = nil
	}
	l.entries[int64(last)] = e
	return replaced{l, id}
}

// taken is a file handle in the destination, made by somebody else.
func (l *lab) taken(key, data, name string) string {
	size := int64(len(data))
	return l.AddFileHandle(synapse.FileHandle{
		CreatedBy: fmt.Sprint(l.owner + 1000), BucketName: "dest", Key: key,
		StorageLocationID: &l.to.StorageLocationID, ContentMD5: strings.ToUpper(md5Hex([]byte(data))),
		ContentSize: &size, ContentType: "text/" + name, FileName: name + ".txt",
	})
}

// plan is the plan of a project, or of a bucket.
func (r replaced) deps(project bool) Deps {
	d := r.lab.deps()
	if !project {
		d.Plan.Header.Source.Project = nil
	}
	return d
}

// downloads are what each version of the file would be downloaded as.
func (r replaced) downloads(t *testing.T) (all []string) {
	t.Helper()
	for _, v := range r.Snapshot().Tree(r.to.FolderID)["x"].Versions {
		object := r.objects[v.Bucket+"/"+v.Key]
		if !strings.EqualFold(md5Hex(object.data), v.MD5) {
			t.Errorf("version %d at %s is %q, which isn't of its MD5", v.Number, v.Key, object.data)
		}
		all = append(all, fmt.Sprintf("%d %s %s %s %q", v.Number, v.Key, v.FileName, v.ContentType, object.data))
	}
	return all
}

// want is what is to be seen in the end.
func (r replaced) want(name, contentType string) []string {
	aside := "base/.versions/x/" + r.fileID + ".4"
	return []string{
		fmt.Sprintf("1 %s one.txt text/one %q", aside, wasThere),
		fmt.Sprintf("2 %s one.txt text/one %q", aside, wasThere),
		fmt.Sprintf("3 base/other three.txt text/three %q", wasBefore),
		fmt.Sprintf("4 %s two.txt text/two %q", aside, wasThere),
		fmt.Sprintf("5 base/x-1 %s %s %q", name, contentType, comesNew),
	}
}

// check compares what the versions of the file are.
func (r replaced) check(t *testing.T, project bool) {
	t.Helper()
	r.done(t)
	want := r.want("x", "text/html")
	if project {
		want = r.want("orig-x", "text/plain")
	}
	if diff := cmp.Diff(want, r.downloads(t)); diff != "" {
		t.Errorf("versions (-want +got):\n%s", diff)
	}
}
