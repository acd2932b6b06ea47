package checkpoint

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

func TestUploads(t *testing.T) {
	f := planned(t, 2)
	upload := transfer.Upload{
		UploadID: "u1", PartSizeBytes: 128 << 20, HashedBytes: 5,
		MD5State: []byte{0, 255}, MD5: "9e107d9d372bb6826bd81d3542a419d6",
		Parts: []transfer.Part{{Number: 1, ETag: "e", SizeBytes: 9, Checksum: "c"}},
	}
	load := func(want transfer.Upload, there bool) {
		t.Helper()
		got, found, err := f.Upload(t.Context(), 1)
		if err != nil || found != there {
			t.Errorf("found %v, %v", found, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	save := func(u transfer.Upload) {
		t.Helper()
		if err := f.SaveUpload(t.Context(), 1, u); err != nil {
			t.Fatal(err)
		}
	}
	load(transfer.Upload{}, false)
	save(transfer.Upload{UploadID: "u0"})
	save(upload)
	record(t, f, entry(1, StateFailed))
	f = reopened(t, f)
	load(upload, true)
	if err := f.DropUpload(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	load(transfer.Upload{}, false)
	if err := f.DropUpload(t.Context(), 1); err != nil {
		t.Error("nothing to drop:", err)
	}
	if _, err := f.RetryFailed(t.Context()); err != nil {
		t.Fatal(err)
	}
	save(upload)
	record(t, f, entry(1, StateTransferred))
	load(transfer.Upload{}, false)
	for name, stays := range map[string]transfer.Upload{
		"left behind":  {UploadID: "u1", Left: true},
		"not answered": {UploadID: "u1", Asked: time.Date(2026, 11, 28, 20, 0, 0, 0, time.UTC)},
	} {
		t.Run(name, func(t *testing.T) {
			save(stays)
			record(t, f, entry(1, StateTransferred))
			load(stays, true)
		})
	}
	err := f.SaveUpload(t.Context(), 3, upload)
	if !errors.Is(err, ErrNotInPlan) {
		t.Errorf("unknown item: %v", err)
	}
}

func TestUploadsAreThoseThatAreNotForgotten(t *testing.T) {
	f := planned(t, 4)
	for _, id := range []int64{4, 2, 3} {
		u := transfer.Upload{UploadID: strings.Repeat("u", int(id)), PartSizeBytes: 5}
		if err := f.SaveUpload(t.Context(), id, u); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.DropUpload(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	got := all(t, f.Uploads(t.Context()))
	if len(got) != 2 || got[0].Item.ID != 2 || got[1].Item.ID != 4 {
		t.Fatalf("got %+v, want those of the items 2 and 4", got)
	}
	if diff := cmp.Diff(testItem(2, planner.ActionRegister), got[0].Item); diff != "" {
		t.Errorf("item (-want +got):\n%s", diff)
	}
	if got[1].Upload.UploadID != "uuuu" || got[1].Upload.PartSizeBytes != 5 {
		t.Errorf("got %+v, want what was saved", got[1].Upload)
	}
}
