package transfer

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/planner"
)

// TestRequestsTravel: whoever moves bytes elsewhere is told all, and tells all.
func TestRequestsTravel(t *testing.T) {
	request := Request{
		Source: planner.Object{Bucket: "b", Key: "a\nb", ETag: "e", SizeBytes: 7}, Bucket: "to", Key: "k",
		MD5: "m", RecordOrigin: true, WantMD5: "w", Replace: true,
		Resume: Upload{UploadID: "u", PartSizeBytes: 5, Parts: []Part{{Number: 1, ETag: "p", SizeBytes: 5}},
			MD5State: []byte{0, 255}, HashedBytes: 5},
	}
	travels(t, request)
	travels(t, Result{Object: request.Source, MD5: "m", ContentType: "t", BytesRead: 1, BytesWritten: 2, Found: true})
}

func travels[T any](t *testing.T, sent T) {
	t.Helper()
	text, err := json.Marshal(sent)
	if err != nil {
		t.Fatal(err)
	}
	var got T
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sent, got); diff != "" {
		t.Errorf("arrived (-sent +got):\n%s", diff)
	}
}
