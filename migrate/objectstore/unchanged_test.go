package objectstore

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"synapse-migrate/migrate/transfer"
)

func TestUnchanged(t *testing.T) {
	data := noise(1000)
	other := noise(1001)[1:]
	tests := []struct {
		name string
		now  []byte // nil for gone
		// deaf is a server that ignores the condition.
		deaf bool
		want error
	}{
		{"same", data, false, nil},
		{"other content", other, false, transfer.ErrChanged},
		{"other size", data[:999], false, transfer.ErrChanged},
		{"gone", nil, false, transfer.ErrNotFound},
		{"other content, condition ignored", other, true, transfer.ErrChanged},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t, nil)
			planned := f.put(t, sourceBucket, "odd +%20&=é", data, nil)
			now := planned
			if test.now == nil {
				planned.Key = "gone"
			} else {
				now = f.put(t, sourceBucket, planned.Key, test.now, nil)
			}
			if test.deaf {
				f.from.before = func(r *http.Request) (*http.Response, error) {
					resp := reply(r, http.StatusOK, "")
					resp.Header.Set("ETag", `"`+now.ETag+`"`)
					resp.Header.Set("Content-Length", "1000")
					resp.ContentLength = 1000
					return resp, nil
				}
			}
			if err := f.mover.Unchanged(t.Context(), planned); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
			heads := f.from.requests("HEAD")
			if len(heads) != 1 || len(f.from.sent) != 1 {
				t.Fatalf("%d requests, want one HEAD", len(f.from.sent))
			}
			if got := heads[0].Header.Get("If-Match"); got != `"`+planned.ETag+`"` {
				t.Errorf("condition %s, want the planned ETag", got)
			}
			if c := f.source.Counters(); c.BytesRead != 0 {
				t.Errorf("%d bytes were read", c.BytesRead)
			}
		})
	}
}

// TestUnchangedSizeIsCompared, whatever the ETag says.
func TestUnchangedSizeIsCompared(t *testing.T) {
	f := newFixture(t, nil)
	o := f.put(t, sourceBucket, "k", noise(1000), nil)
	o.SizeBytes++
	if err := f.mover.Unchanged(t.Context(), o); !errors.Is(err, transfer.ErrChanged) {
		t.Errorf("got %v, want %v", err, transfer.ErrChanged)
	}
}

// TestUnchangedGoesBesideTransfers: every place is taken by a body that is
// still being read.
func TestUnchangedGoesBesideTransfers(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Concurrency = 1 })
	o := f.put(t, sourceBucket, "k", noise(1000), nil)
	body, err := f.mover.Open(t.Context(), o, 0, o.SizeBytes)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for range 2 * asideConcurrency { // places are given back
		if err := f.mover.Unchanged(ctx, o); err != nil {
			t.Fatal(err)
		}
	}
	if n := f.source.aside.limiter.inUse; n != 0 {
		t.Errorf("%d places were not given back", n)
	}
}
