package objectstore

import (
	"context"
	"errors"
	"strings"
	"testing"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

func TestTakeBack(t *testing.T) {
	tests := []struct {
		name    string
		replace bool
		wrote   func(etag string) string
		gone    bool
	}{
		{"ours", false, func(etag string) string { return etag }, true},
		{"ours, over something else", true, func(etag string) string { return etag }, false},
		{"not known to be ours", false, func(string) string { return "" }, false},
		{"written again since", false, func(string) string { return md5Of([]byte("before")) }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t, nil)
			o := f.put(t, destBucket, "k", []byte("other"), nil)
			req := transfer.Request{
				Source: planner.Object{SizeBytes: 9}, Bucket: destBucket, Key: "k", Replace: tt.replace,
			}
			err := f.mover.takeBack(t.Context(), req, planner.Detail{Object: o}, tt.wrote(o.ETag))
			if !errors.Is(err, transfer.ErrMismatch) {
				t.Errorf("got %v, want %v", err, transfer.ErrMismatch)
			}
			if said := strings.Contains(err.Error(), "in place of what was replaced"); said != tt.replace {
				t.Errorf("got %v; it says that something was replaced: %t", err, tt.replace)
			}
			_, err = f.dest.Head(t.Context(), destBucket, "k")
			if gone := errors.Is(err, transfer.ErrNotFound); gone != tt.gone {
				t.Errorf("gone: %t (%v), want %t", gone, err, tt.gone)
			}
		})
	}
}

// TestBytesOfAnotherMD5AreNotWritten streams what the plan's MD5 doesn't stand
// for, in one request and in parts.
func TestBytesOfAnotherMD5AreNotWritten(t *testing.T) {
	for name, size := range map[string]int{"whole": 10, "in parts": 2*minPartBytes + 1} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, func(o *Options) { o.PartSizeBytes = minPartBytes })
			data := noise(size)
			req := transfer.Request{
				Source: f.put(t, sourceBucket, "k", data, nil), Bucket: destBucket, Key: "k",
				WantMD5: md5Of([]byte("else")),
				Save:    func(context.Context, transfer.Upload) error { return nil },
			}
			if _, err := f.mover.Stream(t.Context(), req); !errors.Is(err, transfer.ErrMD5) {
				t.Errorf("got %v, want %v", err, transfer.ErrMD5)
			}
			if _, err := f.dest.Head(t.Context(), destBucket, "k"); !errors.Is(err, transfer.ErrNotFound) {
				t.Errorf("something was written: %v", err)
			}
			if begun, ended := len(f.to.requests("POST", "uploads")), len(f.to.requests("DELETE", "uploadId")); begun != ended {
				t.Errorf("%d uploads begun, %d aborted", begun, ended)
			}
			req.WantMD5 = md5Of(data)
			if _, err := f.mover.Stream(t.Context(), req); err != nil {
				t.Errorf("the planned bytes: %v", err)
			}
		})
	}
}
