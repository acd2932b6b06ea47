package objectstore

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// cutting breaks off the first bodies after some bytes each.
func cutting(
	bodies int32, after int64,
) func(*http.Request, *http.Response) (*http.Response, error) {
	var seen atomic.Int32
	return func(r *http.Request, resp *http.Response) (*http.Response, error) {
		if r.Method == http.MethodGet && seen.Add(1) <= bodies {
			resp.Body = &cutBody{ReadCloser: resp.Body, left: after}
		}
		return resp, nil
	}
}

func TestOpenGoesOnAfterCuts(t *testing.T) {
	f := newFixture(t, nil)
	data := noise(10_000)
	o := f.put(t, sourceBucket, "k", data, nil)
	f.from.after = cutting(2, 1000)
	r, err := f.mover.Open(t.Context(), o, 100, 9000)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(got, data[100:9100]) {
		t.Fatalf("got %d bytes, %v", len(got), err)
	}
	var ranges []string
	for _, q := range f.from.requests("GET") {
		ranges = append(ranges, q.Header.Get("Range"))
		if q.Header.Get("If-Match") == "" {
			t.Error("a read was not pinned")
		}
	}
	want := []string{"bytes=100-9099", "bytes=1100-9099", "bytes=2100-9099"}
	if !slices.Equal(ranges, want) {
		t.Errorf("got %v, want %v", ranges, want)
	}
}

func TestReadingGivesUp(t *testing.T) {
	f := newFixture(t, nil)
	o := f.put(t, sourceBucket, "k", noise(10_000), nil)
	f.from.after = cutting(1000, 0)
	ctx := t.Context()
	s := f.source
	r, err := open(ctx, s, o, 0, o.SizeBytes, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.bodies = maxBodies
	if _, err := io.ReadAll(r); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v, want the broken body", err)
	}
}

func TestOpenOutside(t *testing.T) {
	f := newFixture(t, nil)
	o := f.put(t, sourceBucket, "k", noise(10), nil)
	for _, r := range [][2]int64{{-1, 5}, {0, 11}, {10, 1}, {0, -1}} {
		if _, err := f.mover.Open(t.Context(), o, r[0], r[1]); err == nil {
			t.Errorf("bytes %d+%d of 10 were opened", r[0], r[1])
		}
	}
	r, err := f.mover.Open(t.Context(), o, 10, 0)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := r.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("got %d, %v from nothing", n, err)
	}
}

func TestHash(t *testing.T) {
	for _, size := range []int{0, 10, wholeBytes + 12345} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			f := newFixture(t, nil)
			data := noise(size)
			o := f.put(t, sourceBucket, "k", data, nil)
			f.from.after = cutting(2, 1000)
			var told atomic.Int64
			got, err := f.mover.Hash(t.Context(), o, func(n int64) { told.Add(n) })
			if err != nil || got != md5Of(data) || told.Load() != int64(size) {
				t.Errorf("got %s, %v, told %d; want %s", got, err, told.Load(), md5Of(data))
			}
			if c := f.source.Counters(); c.BytesRead > int64(size) {
				t.Errorf("%d bytes read of %d", c.BytesRead, size)
			}
		})
	}
}

func TestHashOfAChangedSource(t *testing.T) {
	f := newFixture(t, nil)
	o := f.put(t, sourceBucket, "k", noise(10), nil)
	f.put(t, sourceBucket, "k", noise(11), nil)
	if _, err := f.mover.Hash(t.Context(), o, nil); !errors.Is(err, transfer.ErrChanged) {
		t.Errorf("got %v, want %v", err, transfer.ErrChanged)
	}
}

func TestAbort(t *testing.T) {
	f := newFixture(t, streamOptions)
	o := f.put(t, sourceBucket, "k", noise(2*minPartBytes), nil)
	req := request(o, "k")
	u := interrupted(t, f.mover.Stream, req, 2)
	for _, name := range []string{"there", "gone"} {
		t.Run(name, func(t *testing.T) {
			if err := f.mover.Abort(t.Context(), destBucket, "k", u); err != nil {
				t.Error(err)
			}
		})
	}
	req.Resume = u
	if res, err := f.mover.Stream(t.Context(), req); err != nil || res.BytesRead != o.SizeBytes {
		t.Errorf("after an abort all is sent again: got %+v, %v", res, err)
	}
}

// collect gathers a listing.
func collect(t *testing.T, list iter.Seq2[[]planner.Object, error]) (keys []string, pages int) {
	t.Helper()
	for page, err := range list {
		if err != nil {
			t.Fatal(err)
		}
		pages++
		for _, o := range page {
			keys = append(keys, o.Key)
		}
	}
	return keys, pages
}

func TestList(t *testing.T) {
	f := newFixture(t, nil)
	odd := []string{
		"p/", "p/ blank", "p/%41", "p/+", "p/a b+c%20d", "p/a&b=c?d#e", "p/line\nend",
		"p/z<>\"'", "p/é", "p/\U0001F600",
	}
	for _, key := range append([]string{"o", "q"}, odd...) {
		f.put(t, sourceBucket, key, []byte(key), nil)
	}
	slices.Sort(odd)
	keys, _ := collect(t, f.source.List(t.Context(), sourceBucket, "p/", ""))
	if !slices.Equal(keys, odd) {
		t.Errorf("got %q, want %q", keys, odd)
	}
	keys, _ = collect(t, f.source.List(t.Context(), sourceBucket, "p/", odd[3]))
	if !slices.Equal(keys, odd[4:]) {
		t.Errorf("after %q: got %q, want %q", odd[3], keys, odd[4:])
	}
	for page, err := range f.source.List(t.Context(), sourceBucket, "q", "") {
		if err != nil || len(page) != 1 || page[0].ETag != md5Of([]byte("q")) ||
			page[0].SizeBytes != 1 || page[0].Bucket != sourceBucket || page[0].StorageClass != "" {
			t.Errorf("got %+v, %v", page, err)
		}
	}
}

func TestListInPages(t *testing.T) {
	f := newFixture(t, nil)
	for i := range 1005 {
		f.put(t, sourceBucket, fmt.Sprintf("%04d", i), nil, nil)
	}
	keys, pages := collect(t, f.source.List(t.Context(), sourceBucket, "", ""))
	if len(keys) != 1005 || pages != 2 || !slices.IsSorted(keys) {
		t.Errorf("got %d keys in %d pages", len(keys), pages)
	}
	for _, r := range f.from.requests("list-type=2") {
		if r.URL.Query().Get("encoding-type") != "url" {
			t.Error("keys were not asked for encoded: XML has no control characters")
		}
	}
	for range f.source.List(t.Context(), sourceBucket, "", "") {
		break
	}
	if got := len(f.from.requests("list-type=2")); got != 3 {
		t.Errorf("%d requests, want 3: a listing that is left asks no further", got)
	}
}

func TestListOfAMissingBucket(t *testing.T) {
	f := newFixture(t, nil)
	n := 0
	for _, err := range f.source.List(t.Context(), "nowhere", "", "") {
		if n++; !errors.Is(err, transfer.ErrNotFound) {
			t.Errorf("got %v, want %v", err, transfer.ErrNotFound)
		}
	}
	if n != 1 {
		t.Errorf("%d steps, want one error", n)
	}
}

func TestRegion(t *testing.T) {
	tests := []struct {
		name   string
		status int
		region string
		err    error
	}{
		{"mine", 200, "eu-west-1", nil},
		{"elsewhere", 301, "eu-west-1", nil},
		{"not mine", 403, "eu-west-1", nil},
		{"silent", 200, "", nil},
		{"denied and silent", 403, "", transfer.ErrDenied},
		{"missing", 404, "", transfer.ErrNotFound},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t, nil)
			f.from.before = func(r *http.Request) (*http.Response, error) {
				resp := reply(r, tt.status, "")
				if tt.region != "" {
					resp.Header.Set("X-Amz-Bucket-Region", tt.region)
				}
				return resp, nil
			}
			got, err := f.source.Region(t.Context(), sourceBucket)
			if got != tt.region || !errors.Is(err, tt.err) {
				t.Errorf("got %q, %v; want %q, %v", got, err, tt.region, tt.err)
			}
		})
	}
}

// headers of a multipart object, as S3 gives them for a part and the whole.
func multipartHead(r *http.Request) (*http.Response, error) {
	resp := reply(r, http.StatusOK, "")
	resp.Header.Set("Etag", `"abc-3"`)
	resp.ContentLength = 250
	if r.URL.Query().Get("partNumber") == "1" {
		resp.StatusCode, resp.ContentLength = http.StatusPartialContent, 100
		resp.Header.Set("X-Amz-Mp-Parts-Count", "3")
		resp.Header.Set("Content-Range", "bytes 0-99/250")
	} else if strings.EqualFold(r.Header.Get("X-Amz-Checksum-Mode"), "ENABLED") {
		resp.Header.Set("X-Amz-Checksum-Crc64nvme", "AAAAAAAAAAA=")
		resp.Header.Set("X-Amz-Checksum-Type", "FULL_OBJECT")
	}
	resp.Header.Set("Content-Length", fmt.Sprint(resp.ContentLength))
	return resp, nil
}

func TestHeadOfAMultipartObject(t *testing.T) {
	f := newFixture(t, nil)
	f.from.before = multipartHead
	d, err := f.source.Head(t.Context(), sourceBucket, "k")
	if err != nil {
		t.Fatal(err)
	}
	if d.SizeBytes != 250 || d.PartsCount != 3 || d.Checksums["CRC64NVME"] != "AAAAAAAAAAA=" {
		t.Errorf("got %+v", d)
	}
	_, parts, err := f.source.examine(t.Context(), sourceBucket, "k")
	if err != nil || parts != (layout{count: 3, firstBytes: 100}) {
		t.Errorf("got %+v, %v", parts, err)
	}
}

func TestHeadOfAnEmptyObject(t *testing.T) {
	f := newFixture(t, nil)
	f.put(t, sourceBucket, "k", nil, nil)
	f.from.before = func(r *http.Request) (*http.Response, error) {
		if r.URL.Query().Get("partNumber") != "" {
			return reply(r, http.StatusRequestedRangeNotSatisfiable, ""), nil
		}
		return nil, nil
	}
	d, err := f.source.Head(t.Context(), sourceBucket, "k")
	if err != nil || d.PartsCount != 0 || d.ETag != md5Of(nil) {
		t.Errorf("got %+v, %v", d, err)
	}
}

func TestHeadOfAMissingObject(t *testing.T) {
	f := newFixture(t, nil)
	if _, err := f.source.Head(t.Context(), sourceBucket, "k"); !errors.Is(err, transfer.ErrNotFound) {
		t.Errorf("got %v, want %v", err, transfer.ErrNotFound)
	}
}
