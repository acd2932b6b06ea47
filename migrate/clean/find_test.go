package clean_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/clean"
	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// bucket is an S3 that holds multipart uploads: their keys by ID. Those of
// stuck can't be aborted.
type bucket struct {
	uploads map[string]string
	began   time.Time
	stuck   string
}

func (b *bucket) Do(r *http.Request) (*http.Response, error) {
	status, body := http.StatusNotFound, `<Error><Code>NoSuchUpload</Code></Error>`
	id, key := r.URL.Query().Get("uploadId"), strings.TrimPrefix(r.URL.Path, "/dest/")
	switch {
	case r.URL.Query().Has("uploads"):
		status, body = http.StatusOK, b.list()
	case id == "" || b.uploads[id] != key:
	case r.Method == http.MethodGet:
		status, body = http.StatusOK, `<ListPartsResult></ListPartsResult>`
	case id == b.stuck:
		status, body = http.StatusForbidden, `<Error><Code>AccessDenied</Code></Error>`
	default:
		delete(b.uploads, id)
		status, body = http.StatusNoContent, ""
	}
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/xml"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(body)),
	}, nil
}

func (b *bucket) list() string {
	var list strings.Builder
	for _, id := range slices.Sorted(maps.Keys(b.uploads)) {
		_, _ = fmt.Fprintf(&list, "<Upload><Key>%s</Key><UploadId>%s</UploadId><Initiated>%s</Initiated></Upload>",
			b.uploads[id], id, b.began.Format(time.RFC3339))
	}
	return "<ListMultipartUploadsResult>" + list.String() + "</ListMultipartUploadsResult>"
}

// remembered is a run file with one upload, until that is forgotten.
type remembered struct {
	saved checkpoint.SavedUpload
	gone  bool
}

func (r *remembered) Uploads(context.Context) iter.Seq2[checkpoint.SavedUpload, error] {
	return func(yield func(checkpoint.SavedUpload, error) bool) {
		if !r.gone {
			yield(r.saved, nil)
		}
	}
}

func (r *remembered) DropUpload(context.Context, int64) error {
	r.gone = true
	return nil
}

// The run file forgets what it knows of an item's uploads with the last of
// them, and not before: it alone tells whose the others are.
func TestTheRunFileForgetsLast(t *testing.T) {
	now := time.Now()
	item := planner.Item{ID: 1, Action: planner.ActionCopy, DestKey: "base/a"}
	keeping := item
	keeping.Kept = &planner.Kept{Key: "base/a.kept"}
	asked := transfer.Upload{UploadID: "known", Asked: now}
	both := map[string]string{"known": "base/a", "lost": "base/a"}
	tests := []struct {
		name       string
		item       planner.Item
		saved      transfer.Upload
		there      map[string]string
		stuck      string
		unanswered bool
		left       []string
		gone       bool
	}{
		{"its only one", item, transfer.Upload{UploadID: "known"}, map[string]string{"known": "base/a"}, "", false, nil, true},
		{"one that is kept for being young", item, asked, both, "", false, []string{"lost"}, false},
		{"both", item, asked, both, "", true, nil, true},
		{"one that can't be aborted", item, asked, both, "known", true, []string{"known"}, false},
		{"one that can't be seen yet", item, asked, map[string]string{"known": "base/a"}, "", true, nil, false},
		{"of an earlier version", keeping, transfer.Upload{UploadID: "known"},
			map[string]string{"known": "base/a.kept"}, "", false, nil, true},
		{"lost, of an earlier version", keeping, transfer.Upload{Asked: now},
			map[string]string{"lost": "base/a.kept"}, "", true, nil, true},
		{"a stranger's, begun earlier", item, transfer.Upload{Asked: now.Add(time.Hour)},
			map[string]string{"lost": "base/a"}, "", true, []string{"lost"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s3 := &bucket{uploads: maps.Clone(tt.there), began: now, stuck: tt.stuck}
			store, err := objectstore.New(objectstore.Options{
				Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""), HTTPClient: s3,
				Endpoint: "https://s3.example.org", PathStyle: true,
			})
			if err != nil {
				t.Fatal(err)
			}
			file := &remembered{saved: checkpoint.SavedUpload{Item: tt.item, Upload: tt.saved}}
			f := clean.Finder{
				RunFile: file, Store: store, Unanswered: tt.unanswered, Before: now.Add(-24 * time.Hour),
				Destination: planner.Destination{Bucket: "dest", BaseKey: "base"},
			}
			found, err := f.Find(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			err = f.Abort(t.Context(), found.Uploads, func(err error) {
				if tt.stuck == "" || !errors.Is(err, transfer.ErrDenied) {
					t.Error(err)
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.left, slices.Sorted(maps.Keys(s3.uploads))); diff != "" || file.gone != tt.gone {
				t.Errorf("forgotten: %t, want %t; left (-want +got):\n%s", file.gone, tt.gone, diff)
			}
		})
	}
}
