package verify_test

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"testing"

	"synapse-migrate/migrate/verify"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// endless is a destination of so many folders with filesPerFolder files each,
// and its plan: nothing of it is stored.
type endless struct {
	*world
	folderCount int64
}

const filesPerFolder = 50

func (e endless) Subfolders(_ context.Context, id int64) iter.Seq2[planner.Folder, error] {
	return func(yield func(planner.Folder, error) bool) {
		// A chain of folders: each holds the next one.
		if id < e.folderCount {
			yield(planner.Folder{ID: id + 1, ParentID: id, Name: "next"}, nil)
		}
	}
}

func (e endless) item(folder, n int64) planner.Item {
	name := fmt.Sprintf("file-%d", n)
	return planner.Item{
		ID: folder*filesPerFolder + n + 1, FolderID: folder, Name: name, Action: planner.ActionCopy,
		MD5: sum(""), DestKey: baseKey + "/" + name,
	}
}

func (e endless) Items(_ context.Context, f planner.Filter) iter.Seq2[planner.Item, error] {
	return func(yield func(planner.Item, error) bool) {
		if f.FolderID == nil {
			return
		}
		for n := range int64(filesPerFolder) {
			if i := e.item(*f.FolderID, n); i.ID > f.AfterID && !yield(i, nil) {
				return
			}
		}
	}
}

func (e endless) ChildrenPage(
	_ context.Context, r synapse.ChildrenRequest,
) (synapse.ChildrenPage, error) {
	var page synapse.ChildrenPage
	var depth int64
	_, _ = fmt.Sscanf(r.ParentID, "syn%d", &depth)
	if depth <= e.folderCount {
		page.Page = append(page.Page, synapse.EntityHeader{
			ID: fmt.Sprintf("syn%d", depth+1), Name: "next", Type: synapse.TypeFolder,
		})
	}
	for n := range int64(filesPerFolder) {
		page.Page = append(page.Page, synapse.EntityHeader{
			ID: fmt.Sprintf("f%d", n), Name: fmt.Sprintf("file-%d", n), Type: synapse.TypeFile,
		})
	}
	return page, nil
}

func (e endless) Bundle(
	_ context.Context, id string, _ synapse.BundleRequest,
) (synapse.Bundle, error) {
	var none int64
	location := locationID
	return synapse.Bundle{
		Entity: &synapse.Entity{ID: id, DataFileHandleID: "h", ConcreteType: synapse.TypeFile},
		FileHandles: []synapse.FileHandle{{
			ID: "h", ConcreteType: synapse.TypeS3FileHandle, ContentMD5: sum(""), ContentSize: &none,
			StorageLocationID: &location, BucketName: bucket, Key: baseKey + "/file-" + id[1:],
			FileName: "file-" + id[1:],
		}},
	}, nil
}

func (e endless) Look(_ context.Context, b, key string) (planner.Detail, error) {
	return planner.Detail{ETagsAreMD5: true, Object: planner.Object{Bucket: b, Key: key, ETag: sum("")}}, nil
}

// peak is the largest heap, in bytes, that was in use every 1,000 rows.
func peak(t *testing.T, folders int64) (largest uint64) {
	t.Helper()
	e := endless{newWorld(), folders}
	rows := 0
	summary, err := verify.Run(t.Context(), verify.Options{}, verify.Deps{
		Header: e.header, Active: (folders + 1) * filesPerFolder, Plan: e, Synapse: e, Objects: e,
	}, func(verify.Row) error {
		if rows++; rows%1000 == 0 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			largest = max(largest, m.HeapAlloc)
		}
		return nil
	})
	if err != nil || summary.Verdicts[verify.VerdictMatch] != int64(rows) {
		t.Fatalf("%v: %v of %d rows", err, summary.Verdicts, rows)
	}
	return largest
}

func TestMemoryIsFlat(t *testing.T) {
	small, large := peak(t, 100), peak(t, 1000)
	t.Logf("heap in use: %d bytes for 5,000 files, %d for 50,000", small, large)
	const slack = 4 << 20 // paths grow with the chain of folders
	if large > small+slack {
		t.Errorf("ten times the files took %d bytes more, want at most %d", large-small, slack)
	}
}
