package migrate

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"hash"
	"io"
	"net/http"
	"runtime"
	"testing"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// endless is a source whose objects are all zeros.
type endless struct{ mover }

func (endless) Open(
	_ context.Context, _ planner.Object, _, length int64,
) (io.ReadCloser, error) {
	return io.NopCloser(io.LimitReader(zeros{}, length)), nil
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// sink is S3 and Synapse for parts that nobody keeps: it takes those whose
// MD5 is announced as it arrived.
type sink struct {
	fakeSynapse
	parts []int64 // sizes
	sum   hash.Hash
}

func (s *sink) RoundTrip(r *http.Request) (*http.Response, error) {
	s.sum = md5.New()
	n, err := io.Copy(s.sum, r.Body)
	s.parts = append(s.parts, n)
	return &http.Response{StatusCode: http.StatusOK, Request: r, Body: http.NoBody}, err
}

func (s *sink) AddPart(
	_ context.Context, uploadID string, n int64, sum string,
) (synapse.AddPartResult, error) {
	state := synapse.AddFailed
	if sum == hex.EncodeToString(s.sum.Sum(nil)) {
		state = synapse.AddSuccess
		s.uploads[uploadID].added[n] = []byte{}
	}
	return synapse.AddPartResult{AddPartState: state}, nil
}

// TestDefaultUploadParts: an object over the default size goes in two parts,
// and neither is ever held in memory.
func TestDefaultUploadParts(t *testing.T) {
	const partBytes, restBytes = 128 << 20, 5
	w := newWorld()
	plan{w}.item(planner.ActionUpload, "x", "", func(i *planner.Item) {
		known(i)
		i.Source.SizeBytes = partBytes + restBytes
	})
	s := &sink{fakeSynapse: fakeSynapse{w}}
	d := w.deps()
	d.Source, d.Synapse, d.PartClient = endless{mover{w}}, s, &http.Client{Transport: s}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	summary, err := Run(t.Context(), Options{PartConcurrency: 1}, d)
	runtime.ReadMemStats(&after)
	if err != nil || summary.Counts.Done != 1 {
		t.Fatalf("Run: %+v, %v; %+v", summary, err, w.entries[1].Failure)
	}
	if len(s.parts) != 2 || s.parts[0] != partBytes || s.parts[1] != restBytes {
		t.Errorf("parts of %v bytes, want %d and %d", s.parts, partBytes, restBytes)
	}
	const most = 8 << 20
	if got := after.TotalAlloc - before.TotalAlloc; got > most {
		t.Errorf("%d bytes were allocated for %d, want %d at most", got, partBytes, most)
	}
}
