package action

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/effect"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

func TestCheckMade(t *testing.T) {
	size := int64(5)
	e := checkpoint.Entry{Item: planner.Item{
		Source: planner.Object{SizeBytes: 5}, Origin: &planner.Origin{Mirror: "base/x"},
	}}
	tests := []struct {
		name string
		h    synapse.FileHandle
		want string
	}{
		{"made", synapse.FileHandle{BucketName: "dest", Key: "base/7/u/x", ContentSize: &size}, ""},
		{"other bucket", synapse.FileHandle{BucketName: "b", Key: "k", ContentSize: &size}, "where Synapse"},
		{"no key", synapse.FileHandle{BucketName: "dest", ContentSize: &size}, "where Synapse"},
		{"the mirror itself", synapse.FileHandle{BucketName: "dest", Key: "base/x", ContentSize: &size},
			"where Synapse"},
		{"no size", synapse.FileHandle{BucketName: "dest", Key: "k"}, "another size"},
		{"other size", synapse.FileHandle{BucketName: "dest", Key: "k", ContentSize: new(int64)},
			"another size"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := fmt.Sprint(checkMade(test.h, e, planner.Destination{Bucket: "dest"}))
			if test.want == "" && got != "<nil>" || !strings.Contains(got, test.want) {
				t.Errorf("got %s, want %q", got, test.want)
			}
		})
	}
}

// savingMover copies, and saves one state of its upload on the way.
type savingMover struct {
	Mover
	saves transfer.Upload
}

func (m savingMover) Copy(ctx context.Context, r transfer.Request) (transfer.Result, error) {
	return transfer.Result{Found: true}, r.Save(ctx, m.saves)
}

// oneUpload remembers an upload.
type oneUpload struct {
	Records
	saved transfer.Upload
}

func (o *oneUpload) Upload(context.Context, int64) (transfer.Upload, error) { return o.saved, nil }

func (o *oneUpload) SaveUpload(_ context.Context, _ int64, u transfer.Upload) error {
	o.saved = u
	return nil
}

// TestCopyInsideRemembersWhatIsLeft: the item's own transfer must not take up the upload of a copy that was made, and
// whoever cleans up must know of the one that S3 may still have.
func TestCopyInsideRemembersWhatIsLeft(t *testing.T) {
	asked := time.Date(2026, 11, 28, 20, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct{ saves, want transfer.Upload }{
		"completed":    {transfer.Upload{UploadID: "u", PartSizeBytes: 5}, transfer.Upload{}},
		"left behind":  {transfer.Upload{UploadID: "u", Left: true}, transfer.Upload{UploadID: "u", Left: true}},
		"not answered": {transfer.Upload{UploadID: "u", Asked: asked}, transfer.Upload{Asked: asked}},
	} {
		t.Run(name, func(t *testing.T) {
			records := &oneUpload{}
			d := Deps{
				Effects: effect.New("dest", 4, silent{}, effect.NewDrain(t.Context()), zerolog.Nop()),
				Records: records, Mover: savingMover{saves: tt.saves},
			}
			_, err := Inside(d).CopyInside(t.Context(), opMirror, 1, planner.Object{}, "base/x", false)
			if diff := cmp.Diff(tt.want, records.saved); diff != "" || err != nil {
				t.Errorf("remembered (-want +got):\n%s%v", diff, err)
			}
		})
	}
}
