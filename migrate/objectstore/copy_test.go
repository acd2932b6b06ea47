package objectstore

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// request asks for an object to be brought to the key "k" and odd ones.
func request(o planner.Object, key string) transfer.Request {
	return transfer.Request{Source: o, Bucket: destBucket, Key: key}
}

func TestCopyKeepsEverythingAndMovesNoBytes(t *testing.T) {
	for _, key := range []string{"a/plain.txt", "odd +%20&=?#é\"'.txt", "a%2Fb"} {
		t.Run(key, func(t *testing.T) {
			f := newFixture(t, nil)
			data := noise(1000)
			o := f.put(t, sourceBucket, key, data, func(in *s3.PutObjectInput) {
				in.ContentType = aws.String("text/x-odd")
				in.CacheControl = aws.String("no-store")
				in.Metadata = map[string]string{"colour": "blue"}
			})
			var told int64
			req := request(o, "base/"+key)
			req.Progress = func(n int64) { told += n }
			res, err := f.mover.Copy(t.Context(), req)
			if err != nil {
				t.Fatal(err)
			}
			if got := f.get(t, destBucket, "base/"+key); !bytes.Equal(got, data) {
				t.Error("other bytes arrived")
			}
			if res.Object.ETag != o.ETag || res.Object.SizeBytes != 1000 || res.Found ||
				told != 1000 {
				t.Errorf("got %+v, told %d", res, told)
			}
			head, err := f.dest.head(t.Context(), destBucket, "base/"+key, nil)
			if err != nil {
				t.Fatal(err)
			}
			if aws.ToString(head.ContentType) != "text/x-odd" ||
				head.Metadata["colour"] != "blue" || aws.ToString(head.CacheControl) != "no-store" {
				t.Errorf("type %v, metadata %v, cache control %v",
					head.ContentType, head.Metadata, head.CacheControl)
			}
			for _, s := range []*Store{f.source, f.dest} {
				if c := s.Counters(); c.BytesRead != 0 || c.BytesWritten != 0 {
					t.Errorf("%d bytes read, %d written, want none", c.BytesRead, c.BytesWritten)
				}
			}
		})
	}
}

func TestCopyConditionsOnTheWire(t *testing.T) {
	for _, replace := range []bool{false, true} {
		t.Run(fmt.Sprint("replace=", replace), func(t *testing.T) {
			f := newFixture(t, nil)
			o := f.put(t, sourceBucket, "a b", noise(10), nil)
			req := request(o, "k")
			req.Replace = replace
			if _, err := f.mover.Copy(t.Context(), req); err != nil {
				t.Fatal(err)
			}
			sent := f.to.requests("PUT /", "x-id=CopyObject")
			if len(sent) == 0 {
				sent = f.to.requests("x-id=CopyObject")
			}
			if len(sent) != 1 {
				t.Fatalf("%d CopyObject requests, want 1", len(sent))
			}
			want := map[string]string{
				"X-Amz-Copy-Source":          "from/a%20b",
				"X-Amz-Copy-Source-If-Match": `"` + o.ETag + `"`,
				"If-None-Match":              "*",
			}
			if replace {
				want["If-None-Match"] = ""
			}
			for name, value := range want {
				if got := sent[0].Header.Get(name); got != value {
					t.Errorf("%s: got %q, want %q", name, got, value)
				}
			}
		})
	}
}

func TestCopyWhatIsAlreadyThere(t *testing.T) {
	data := noise(100)
	other := bytes.Clone(data)
	other[50]++
	tests := []struct {
		name    string
		there   []byte
		replace bool
		found   bool
		err     error
	}{
		{"the same", data, false, true, nil},
		{"other bytes", other, false, false, transfer.ErrExists},
		{"other size", data[:99], false, false, transfer.ErrExists},
		{"other bytes, replaced", other, true, false, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t, nil)
			o := f.put(t, sourceBucket, "k", data, nil)
			f.put(t, destBucket, "k", tt.there, nil)
			req := request(o, "k")
			req.Replace = tt.replace
			res, err := f.mover.Copy(t.Context(), req)
			if !errors.Is(err, tt.err) || res.Found != tt.found {
				t.Fatalf("got found %v, error %v; want %v, %v", res.Found, err, tt.found, tt.err)
			}
			want := data
			if tt.err != nil {
				want = tt.there
			}
			if got := f.get(t, destBucket, "k"); !bytes.Equal(got, want) {
				t.Error("the destination has other bytes than it should")
			}
		})
	}
}

// A server that keeps the condition answers 412 when the object is there:
// after a reply was lost, that is our own copy.
func TestCopyAfterALostReply(t *testing.T) {
	f := newFixture(t, nil)
	o := f.put(t, sourceBucket, "k", noise(100), nil)
	copies := 0
	f.to.before = func(r *http.Request) (*http.Response, error) {
		if r.Header.Get("X-Amz-Copy-Source") == "" {
			return nil, nil
		}
		if copies++; copies > 1 {
			return reply(r, http.StatusPreconditionFailed, "PreconditionFailed"), nil
		}
		return nil, nil
	}
	f.to.after = func(r *http.Request, resp *http.Response) (*http.Response, error) {
		if r.Header.Get("X-Amz-Copy-Source") != "" {
			return lose(resp)
		}
		return resp, nil
	}
	res, err := f.mover.Copy(t.Context(), request(o, "k"))
	if err != nil || !res.Found || copies != 2 {
		t.Fatalf("got %+v, %v after %d copies", res, err, copies)
	}
}

func TestCopyOfAChangedSource(t *testing.T) {
	for _, limit := range []int64{0, 1} {
		t.Run(fmt.Sprint("limit=", limit), func(t *testing.T) {
			f := newFixture(t, func(o *Options) { o.CopyLimitBytes = limit })
			o := f.put(t, sourceBucket, "k", noise(100), nil)
			f.put(t, sourceBucket, "k", noise(101), nil)
			_, err := f.mover.Copy(t.Context(), request(o, "k"))
			if !errors.Is(err, transfer.ErrChanged) {
				t.Fatalf("got %v, want %v", err, transfer.ErrChanged)
			}
		})
	}
}

func TestCopyOfAMissingSource(t *testing.T) {
	f := newFixture(t, nil)
	o := planner.Object{Bucket: sourceBucket, Key: "gone", ETag: md5Of(nil), SizeBytes: 3}
	_, err := f.mover.Copy(t.Context(), request(o, "k"))
	if !errors.Is(err, transfer.ErrNotFound) {
		t.Fatalf("got %v, want %v", err, transfer.ErrNotFound)
	}
	if !strings.Contains(err.Error(), "CopyObject") || !strings.Contains(err.Error(), "NoSuchKey") {
		t.Errorf("operation or code missing in %q", err)
	}
}

// copyAnswer is what a server says of a copy, with an ETag or without.
func copyAnswer(r *http.Request, etag string) *http.Response {
	resp := reply(r, http.StatusOK, "")
	if etag != "" {
		etag = "<ETag>&quot;" + etag + "&quot;</ETag>"
	}
	resp.Body = io.NopCloser(strings.NewReader(
		"<CopyObjectResult>" + etag + "</CopyObjectResult>"))
	resp.ContentLength = -1
	return resp
}

// The ETag in the answer tells whether the copy must be looked at, as a copy
// that arrived broken.
func TestCopyIsComparedWithItsSource(t *testing.T) {
	data := noise(100)
	tests := []struct {
		name    string
		source  []byte
		arrives []byte
		answer  string
		looks   int
		err     error
	}{
		{"the source's ETag", data, data, md5Of(data), 0, nil},
		{"no ETag", data, data, "", 1, nil},
		{"no ETag, other size", data, data[:99], "", 1, transfer.ErrMismatch},
		{"other ETag, other size", data, data[:99], md5Of(data[:99]), 2, transfer.ErrMismatch},
		{"other ETag for nothing", nil, data, md5Of(data), 2, transfer.ErrMismatch},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t, nil)
			o := f.put(t, sourceBucket, "k", tt.source, nil)
			before := 0
			f.to.before = func(r *http.Request) (*http.Response, error) {
				if r.Header.Get("X-Amz-Copy-Source") == "" {
					return nil, nil
				}
				before = len(f.to.requests("HEAD"))
				f.put(t, destBucket, "k", tt.arrives, nil)
				return copyAnswer(r, tt.answer), nil
			}
			res, err := f.mover.Copy(t.Context(), request(o, "k"))
			if !errors.Is(err, tt.err) {
				t.Fatalf("got %v, want %v", err, tt.err)
			}
			if err == nil && (res.Object.ETag != o.ETag || res.Object.SizeBytes != o.SizeBytes) {
				t.Errorf("got %+v, want the source's ETag and size", res.Object)
			}
			if looks := len(f.to.requests("HEAD")) - before; looks != tt.looks {
				t.Errorf("looked %d times at the copy, want %d", looks, tt.looks)
			}
		})
	}
}

func TestCopyWithoutTheRightToTags(t *testing.T) {
	f := newFixture(t, nil)
	o := f.put(t, sourceBucket, "k", noise(100), nil)
	f.to.before = func(r *http.Request) (*http.Response, error) {
		if r.Header.Get("X-Amz-Copy-Source") != "" && r.Header.Get("X-Amz-Tagging-Directive") != "REPLACE" {
			return reply(r, http.StatusForbidden, "AccessDenied"), nil
		}
		return nil, nil
	}
	if _, err := f.mover.Copy(t.Context(), request(o, "k")); err != nil {
		t.Fatal(err)
	}
}

func TestMultipartCopy(t *testing.T) {
	f := newFixture(t, func(o *Options) {
		o.CopyLimitBytes, o.PartSizeBytes = 1<<20, minPartBytes
	})
	data := noise(2*minPartBytes + 1000)
	o := f.put(t, sourceBucket, "k", data, func(in *s3.PutObjectInput) {
		in.ContentType = aws.String("text/x-odd")
		in.Metadata = map[string]string{"colour": "blue"}
	})
	req := request(o, "k")
	res, err := f.mover.Copy(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if got := f.get(t, destBucket, "k"); !bytes.Equal(got, data) {
		t.Error("other bytes arrived")
	}
	if res.ContentType != "text/x-odd" || res.Object.SizeBytes != int64(len(data)) {
		t.Errorf("got %+v", res)
	}
	ranges := map[string]bool{}
	for _, r := range f.to.requests("PUT", "partNumber=") {
		ranges[r.Header.Get("X-Amz-Copy-Source-Range")] = true
		if got := r.Header.Get("X-Amz-Copy-Source-If-Match"); got != `"`+o.ETag+`"` {
			t.Errorf("part pinned to %q", got)
		}
	}
	for _, want := range []string{
		"bytes=0-5242879", "bytes=5242880-10485759", "bytes=10485760-10486759",
	} {
		if !ranges[want] {
			t.Errorf("no part with %s in %v", want, ranges)
		}
	}
	for _, r := range f.to.requests("POST", "uploads=") {
		if r.Header.Get("X-Amz-Checksum-Algorithm") != "" {
			t.Error("a checksum was asked for")
		}
	}
	for _, r := range f.to.requests("POST", "uploadId=") {
		if r.Header.Get("If-None-Match") != "*" {
			t.Error("completed without a condition")
		}
	}
	if c := f.dest.Counters(); c.BytesWritten != 0 || f.source.Counters().BytesRead != 0 {
		t.Error("bytes went through this process")
	}
}

func TestMultipartCopyGoesOnAtEveryPart(t *testing.T) {
	edit := func(o *Options) {
		o.CopyLimitBytes, o.PartSizeBytes, o.PartConcurrency = 1<<20, minPartBytes, 1
	}
	data := noise(2*minPartBytes + 1000)
	for stop := 1; stop <= 4; stop++ {
		t.Run(fmt.Sprint("after save ", stop), func(t *testing.T) {
			f := newFixture(t, edit)
			o := f.put(t, sourceBucket, "k", data, nil)
			req := request(o, "k")
			req.Resume = interrupted(t, f.mover.Copy, req, stop)
			copied := len(f.to.requests("PUT", "partNumber="))
			if _, err := f.mover.Copy(t.Context(), req); err != nil {
				t.Fatal(err)
			}
			if got := f.get(t, destBucket, "k"); !bytes.Equal(got, data) {
				t.Error("other bytes arrived")
			}
			if got := len(f.to.requests("PUT", "partNumber=")); got != 3 {
				t.Errorf("%d parts copied, %d before the stop; want 3 in all", got, copied)
			}
		})
	}
}
