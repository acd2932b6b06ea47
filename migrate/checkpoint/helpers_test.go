package checkpoint

import (
	"context"
	"fmt"
	"iter"
	"path/filepath"
	"testing"
	"time"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// created is when the plans of these tests were made.
var created = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func testHeader() planner.Header {
	return planner.Header{
		Arguments: map[string]string{"to": "syn1", "if-exists": "fail"},
		Source: planner.Source{
			Bucket: "lab", Prefix: "raw/", Credentials: "profile lab",
		},
		Destination: planner.Destination{
			FolderID: "syn1", FolderName: "data", StorageLocationID: 7,
			Bucket: "shared", BaseKey: "base", Depth: 3,
		},
		Caller:    planner.Caller{UserID: "3350396", UserName: "ab"},
		CreatedOn: created,
	}
}

// testItem is an item with a value in every field.
func testItem(id int64, a planner.Action) planner.Item {
	name := fmt.Sprintf("file-%07d.txt", id)
	return planner.Item{
		ID: id, Name: name, Action: a,
		Source: planner.Object{
			Bucket: "lab", Key: "raw/" + name, SizeBytes: 10 * id,
			ETag:         "9e107d9d372bb6826bd81d3542a419d6",
			LastModified: created.Add(time.Duration(id) * time.Millisecond),
			StorageClass: "STANDARD_IA",
		},
		MD5: "9e107d9d372bb6826bd81d3542a419d6", MD5Source: planner.MD5ETag,
		DestKey: "base/" + name, ContentType: "text/plain",
		Annotations: map[string]string{"originalKey": "raw/" + name},
	}
}

// testKept is what an item keeps, with a value in every field.
func testKept() *planner.Kept {
	return &planner.Kept{
		EntityID: "syn3", Key: "base/.versions/a/syn3.2", ETag: "e2", SizeBytes: 5,
		Versions: []planner.KeptVersion{{Number: 1, FileHandleID: "8"}, {Number: 2, FileHandleID: "9"}},
	}
}

// versionsOfFile is how many versions each file of testVersion has.
const versionsOfFile = 5

// testVersion is an item of a project with a value in every field: a version
// of a file, oldest first.
func testVersion(id int64) planner.Item {
	file := (id - 1) / versionsOfFile
	item := testItem(id, planner.ActionReuse)
	item.Name = fmt.Sprintf("file-%07d.txt", file)
	item.MD5Source = planner.MD5Handle
	item.Source.Download = &planner.Download{
		FileHandleID: fmt.Sprint(id), EntityID: fmt.Sprint("syn", file),
	}
	item.Origin = &planner.Origin{
		EntityID: fmt.Sprint("syn", file), ParentID: "syn7",
		EntityType: "type", Version: (id-1)%versionsOfFile + 1, Current: true,
		Etag: "e1", VersionLabel: "v", VersionComment: "a \"comment\"",
		Description: "a description", ActivityID: "99",
		Annotations: map[string]synapse.AnnotationValue{
			"n": {Type: synapse.AnnotationLong, Value: []string{"1", "2"}},
		},
		FileHandleID: fmt.Sprint(id), HandleType: synapse.TypeS3FileHandle,
		FileName: item.Name, StorageLocationID: 9, Mirror: "base/" + item.Name,
	}
	if item.Origin.Version > 1 {
		item.Follows = id - 1
		item.Shares = id - 1
	}
	return item
}

// testItems are n items from ID 1, all with the same action.
func testItems(n int64, a planner.Action) []planner.Item {
	var items []planner.Item
	for id := int64(1); id <= n; id++ {
		items = append(items, testItem(id, a))
	}
	return items
}

// newFile creates a run file that the test closes.
func newFile(t testing.TB) *File {
	t.Helper()
	f, err := Create(t.Context(), filepath.Join(t.TempDir(), "a.run"), testHeader())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// reopened closes a file and opens it again.
func reopened(t *testing.T, f *File) *File {
	t.Helper()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(t.Context(), f.path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { again.Close() })
	return again
}

// appendBatch stores folders and items.
func appendBatch(t testing.TB, f *File, folders []planner.Folder, items []planner.Item) {
	t.Helper()
	b := planner.Batch{Folders: folders, Items: items}
	if n := len(items); n > 0 {
		b.Cursor = planner.Cursor{
			After: items[n-1].Source.Key, LastItemID: items[n-1].ID,
		}
	}
	if err := f.Append(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}

// seal finishes the plan.
func seal(t testing.TB, f *File) planner.Plan {
	t.Helper()
	p, err := f.Seal(t.Context(), planner.Plan{Findings: []planner.Finding{{
		Rule: "limits/key", Severity: planner.SeverityBlock, Message: "too long",
		Count: 1, Examples: []string{"raw/x"},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// planned is a file with a sealed plan of n items to register, begun.
func planned(t testing.TB, n int64) *File {
	t.Helper()
	f := newFile(t)
	appendBatch(t, f, nil, testItems(n, planner.ActionRegister))
	if err := f.Begin(t.Context(), seal(t, f).Digest, nil); err != nil {
		t.Fatal(err)
	}
	return f
}

// all collects a sequence, which must not fail.
func all[T any](t testing.TB, values iter.Seq2[T, error]) []T {
	t.Helper()
	var got []T
	for v, err := range values {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, v)
	}
	return got
}

// record stores an entry, which must succeed.
func record(t testing.TB, f *File, e Entry) {
	t.Helper()
	if err := f.Record(context.WithoutCancel(t.Context()), e); err != nil {
		t.Fatal(err)
	}
}

// entry is one that has what its state asks for.
func entry(id int64, s State) Entry {
	e := Entry{State: s, Attempts: 1}
	e.ID = id
	switch s {
	case StateFailed:
		e.Failure = &Failure{
			Side: SideDestination, Class: ClassPermission, Operation: "create entity",
			Cause: "denied", On: created,
		}
	case StateDone:
		e.EntityID = fmt.Sprintf("syn%d", 1000+id)
		fallthrough
	case StateHandled:
		e.FileHandleID = fmt.Sprint(5000 + id)
		fallthrough
	case StateTransferred:
		e.Object = Object{
			Bucket: "shared", Key: fmt.Sprintf("base/%d", id), ETag: "e1",
			MD5: "9e107d9d372bb6826bd81d3542a419d6", ContentType: "text/plain",
		}
	}
	return e
}
