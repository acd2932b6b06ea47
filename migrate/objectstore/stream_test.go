package objectstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"

	"synapse-migrate/migrate/transfer"
)

var errStop = errors.New("stopped here")

// interrupted runs a transfer until its state was saved the given number of
// times and returns the last state that was kept.
func interrupted(t *testing.T, run func(context.Context, transfer.Request) (transfer.Result, error),
	req transfer.Request, stop int,
) transfer.Upload {
	t.Helper()
	var last transfer.Upload
	saves := 0
	req.Save = func(_ context.Context, u transfer.Upload) error {
		last = u
		if saves++; saves == stop {
			return errStop
		}
		return nil
	}
	if _, err := run(t.Context(), req); !errors.Is(err, errStop) {
		t.Fatalf("got %v after %d saves, want the stop", err, saves)
	}
	return last
}

func TestStreamSmall(t *testing.T) {
	for _, size := range []int{0, 1, 100_000} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			f := newFixture(t, nil)
			data := noise(size)
			o := f.put(t, sourceBucket, "k", data, func(in *s3.PutObjectInput) {
				in.ContentType = aws.String("text/x-odd")
				in.ContentEncoding = aws.String("gzip")
				in.CacheControl = aws.String("no-store")
				in.ContentDisposition = aws.String("attachment")
				in.Metadata = map[string]string{"colour": "blue"}
			})
			res, err := f.mover.Stream(t.Context(), request(o, "k"))
			if err != nil {
				t.Fatal(err)
			}
			if got := f.get(t, destBucket, "k"); !bytes.Equal(got, data) {
				t.Error("other bytes arrived")
			}
			want := transfer.Result{
				MD5: md5Of(data), ContentType: "text/x-odd",
				BytesRead: int64(size), BytesWritten: int64(size),
			}
			want.Object.Bucket, want.Object.Key = destBucket, "k"
			want.Object.ETag, want.Object.SizeBytes = md5Of(data), int64(size)
			if res != want {
				t.Errorf("got %+v, want %+v", res, want)
			}
			head, err := f.dest.head(t.Context(), destBucket, "k", nil)
			if err != nil {
				t.Fatal(err)
			}
			if head.Metadata["colour"] != "blue" || aws.ToString(head.ContentEncoding) != "gzip" ||
				aws.ToString(head.CacheControl) != "no-store" ||
				aws.ToString(head.ContentDisposition) != "attachment" {
				t.Errorf("headers lost: %+v", head)
			}
			reads, writes := f.from.requests("GET"), f.to.requests("PUT")
			if len(reads) != 1 || reads[0].Header.Get("If-Match") != `"`+o.ETag+`"` {
				t.Errorf("reads not pinned: %v", reads)
			}
			if len(writes) != 1 || writes[0].Header.Get("If-None-Match") != "*" ||
				writes[0].Header.Get("Content-Md5") == "" ||
				writes[0].Header.Get("X-Amz-Checksum-Crc64nvme") == "" {
				t.Errorf("write not guarded: %v", writes)
			}
		})
	}
}

func TestStreamOntoWhatIsThere(t *testing.T) {
	data := noise(1000)
	other := bytes.Clone(data)
	other[1]++
	tests := []struct {
		name  string
		there []byte
		found bool
		err   error
	}{
		{"the same", data, true, nil},
		{"other bytes", other, false, transfer.ErrExists},
		{"other size", data[:9], false, transfer.ErrExists},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t, nil)
			o := f.put(t, sourceBucket, "k", data, nil)
			f.put(t, destBucket, "k", tt.there, nil)
			res, err := f.mover.Stream(t.Context(), request(o, "k"))
			if !errors.Is(err, tt.err) || res.Found != tt.found {
				t.Fatalf("got %+v, %v", res, err)
			}
			if tt.found && res.MD5 != md5Of(data) {
				t.Errorf("MD5 %q", res.MD5)
			}
			if got := f.get(t, destBucket, "k"); !bytes.Equal(got, tt.there) {
				t.Error("the destination was overwritten")
			}
		})
	}
}

// The server wrote the object, the answer was lost, and the attempt after
// that is refused: what is there is our own.
func TestStreamAfterALostReply(t *testing.T) {
	f := newFixture(t, nil)
	data := noise(1000)
	o := f.put(t, sourceBucket, "k", data, nil)
	f.to.after = func(r *http.Request, resp *http.Response) (*http.Response, error) {
		if r.Method == http.MethodPut && resp.StatusCode == http.StatusOK {
			return lose(resp)
		}
		return resp, nil
	}
	res, err := f.mover.Stream(t.Context(), request(o, "k"))
	if err != nil || !res.Found || res.MD5 != md5Of(data) {
		t.Fatalf("got %+v, %v", res, err)
	}
	if got := len(f.to.requests("PUT")); got != 2 {
		t.Errorf("%d writes, want 2", got)
	}
}

func TestStreamThatArrivesBroken(t *testing.T) {
	f := newFixture(t, nil)
	o := f.put(t, sourceBucket, "k", noise(1000), nil)
	f.to.after = func(r *http.Request, resp *http.Response) (*http.Response, error) {
		if r.Method == http.MethodPut {
			resp.Header.Del("X-Amz-Checksum-Crc64nvme")
			resp.Header.Set("Etag", `"`+md5Of(nil)+`"`)
			f.put(t, destBucket, "k", noise(999), nil)
		}
		return resp, nil
	}
	_, err := f.mover.Stream(t.Context(), request(o, "k"))
	if !errors.Is(err, transfer.ErrMismatch) {
		t.Fatalf("got %v, want %v", err, transfer.ErrMismatch)
	}
}

// A tag count in the head makes the tags worth a request; where they may not
// be written, the object goes without.
func TestStreamOfTags(t *testing.T) {
	for _, allowed := range []bool{true, false} {
		t.Run(fmt.Sprint("allowed=", allowed), func(t *testing.T) {
			f := newFixture(t, nil)
			o := f.put(t, sourceBucket, "k", noise(10), nil)
			f.from.after = func(r *http.Request, resp *http.Response) (*http.Response, error) {
				if r.URL.Query().Has("tagging") {
					tags := `<Tagging><TagSet><Tag><Key>a b</Key><Value>c&amp;d</Value></Tag></TagSet></Tagging>`
					resp = reply(r, http.StatusOK, "")
					resp.Body = io.NopCloser(strings.NewReader(tags))
				}
				resp.Header.Set("X-Amz-Tagging-Count", "1")
				return resp, nil
			}
			var got []string
			f.to.before = func(r *http.Request) (*http.Response, error) {
				got = append(got, r.Header.Get("X-Amz-Tagging"))
				if got[len(got)-1] != "" && !allowed {
					return reply(r, http.StatusForbidden, "AccessDenied"), nil
				}
				return nil, nil
			}
			if _, err := f.mover.Stream(t.Context(), request(o, "k")); err != nil {
				t.Fatal(err)
			}
			want := []string{"a+b=c%26d"}
			if !allowed {
				want = append(want, "")
			}
			if !slices.Equal(got, want) {
				t.Errorf("got tags %q, want %q", got, want)
			}
		})
	}
}

// streamOptions make parts as small as S3 allows.
func streamOptions(o *Options) { o.PartSizeBytes = minPartBytes }

// What is there has the source's ETag, which under KMS proves nothing: both are
// read.
func TestStreamOntoTheSameWithoutAProvenMD5(t *testing.T) {
	f := newFixture(t, streamOptions)
	data := noise(2 * minPartBytes)
	o := f.put(t, sourceBucket, "k", data, nil)
	f.put(t, destBucket, "k", data, nil)
	kms := func(_ *http.Request, resp *http.Response) (*http.Response, error) {
		resp.Header.Set("X-Amz-Server-Side-Encryption", "aws:kms")
		return resp, nil
	}
	f.from.after, f.to.after = kms, kms
	res, err := f.mover.Stream(t.Context(), request(o, "k"))
	if err != nil || !res.Found || res.MD5 != md5Of(data) || res.BytesRead != 2*o.SizeBytes {
		t.Fatalf("got %+v, %v", res, err)
	}
}

func TestStreamLarge(t *testing.T) {
	f := newFixture(t, streamOptions)
	data := noise(4*minPartBytes + 4321)
	o := f.put(t, sourceBucket, "k", data, func(in *s3.PutObjectInput) {
		in.ContentType = aws.String("text/x-odd")
		in.Metadata = map[string]string{"colour": "blue"}
	})
	var told atomic.Int64
	req := request(o, "k")
	req.Progress = func(n int64) { told.Add(n) }
	res, err := f.mover.Stream(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if got := f.get(t, destBucket, "k"); !bytes.Equal(got, data) {
		t.Error("other bytes arrived")
	}
	size := int64(len(data))
	if res.MD5 != md5Of(data) || res.ContentType != "text/x-odd" || res.Found ||
		res.BytesRead != size || res.BytesWritten != size || told.Load() != size {
		t.Errorf("got %+v, told %d", res, told.Load())
	}
	if c := f.source.Counters(); c.BytesRead != size {
		t.Errorf("%d bytes read on the wire, want %d", c.BytesRead, size)
	}
	if c := f.dest.Counters(); c.BytesWritten != size {
		t.Errorf("%d bytes written on the wire, want %d", c.BytesWritten, size)
	}
	for _, r := range f.from.requests("GET") {
		if r.Header.Get("If-Match") != `"`+o.ETag+`"` || r.Header.Get("Range") == "" {
			t.Errorf("a read was not pinned or not ranged: %v", r.Header)
		}
	}
}

// With one part at a time, the checkpoint holds every finished part and the
// MD5 over all of them: nothing is read or written twice.
func TestStreamGoesOnAtEveryPart(t *testing.T) {
	data := noise(3*minPartBytes + 4321)
	for stop := 1; stop <= 5; stop++ {
		t.Run(fmt.Sprint("after save ", stop), func(t *testing.T) {
			f := newFixture(t, func(o *Options) { streamOptions(o); o.PartConcurrency = 1 })
			o := f.put(t, sourceBucket, "k", data, nil)
			req := request(o, "k")
			req.Resume = interrupted(t, f.mover.Stream, req, stop)
			if want := min(int64(stop-1)*minPartBytes, o.SizeBytes); req.Resume.HashedBytes != want {
				t.Errorf("%d bytes hashed, want %d", req.Resume.HashedBytes, want)
			}
			var told atomic.Int64
			req.Progress = func(n int64) { told.Add(n) }
			res, err := f.mover.Stream(t.Context(), req)
			if err != nil {
				t.Fatal(err)
			}
			if got := f.get(t, destBucket, "k"); !bytes.Equal(got, data) || res.MD5 != md5Of(data) {
				t.Errorf("other bytes arrived, or another MD5: %s", res.MD5)
			}
			left := o.SizeBytes - req.Resume.HashedBytes
			if res.BytesRead != left || res.BytesWritten != left || told.Load() != o.SizeBytes {
				t.Errorf("read %d, wrote %d, want %d; told %d",
					res.BytesRead, res.BytesWritten, left, told.Load())
			}
		})
	}
}

// With several parts at a time, some arrive before earlier ones. What is
// over the first gap is read again for the MD5, but not sent again.
func TestStreamGoesOnOverAGap(t *testing.T) {
	f := newFixture(t, streamOptions)
	data := noise(4 * minPartBytes)
	o := f.put(t, sourceBucket, "k", data, nil)
	req := request(o, "k")
	others := make(chan struct{})
	var arrived atomic.Int32
	f.to.before = func(r *http.Request) (*http.Response, error) {
		if r.URL.Query().Get("partNumber") == "2" {
			<-others
			return nil, errStop
		}
		return nil, nil
	}
	req.Save = func(_ context.Context, u transfer.Upload) error {
		req.Resume = u
		if arrived.Add(1); len(u.Parts) == 3 {
			close(others)
		}
		return nil
	}
	if _, err := f.mover.Stream(t.Context(), req); !errors.Is(err, errStop) {
		t.Fatalf("got %v, want the stop", err)
	}
	if len(req.Resume.Parts) != 3 || req.Resume.HashedBytes != minPartBytes {
		t.Fatalf("%d parts, %d bytes hashed", len(req.Resume.Parts), req.Resume.HashedBytes)
	}
	f.to.before = nil
	req.Save = nil
	res, err := f.mover.Stream(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if res.MD5 != md5Of(data) || res.BytesRead != 3*minPartBytes || res.BytesWritten != minPartBytes {
		t.Errorf("got %+v", res)
	}
}

// Parts behind one that takes its time are read as far as the window goes: all
// of them would be read again after a crash.
func TestStreamReadsNoFurtherThanAWindow(t *testing.T) {
	f := newFixture(t, streamOptions)
	data := noise(8 * minPartBytes)
	o := f.put(t, sourceBucket, "k", data, nil)
	req := request(o, "k")
	others := make(chan struct{})
	var first atomic.Bool // has arrived
	f.to.before = func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPut && r.URL.Query().Get("partNumber") == "1" {
			<-others
			first.Store(true)
		}
		return nil, nil
	}
	f.from.before = func(r *http.Request) (*http.Response, error) {
		var from int64
		if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from); err == nil &&
			from >= defaultPartConcurrency*minPartBytes && !first.Load() {
			t.Errorf("byte %d was read before part 1 had arrived", from)
		}
		return nil, nil
	}
	req.Save = func(_ context.Context, u transfer.Upload) error {
		if len(u.Parts) == defaultPartConcurrency-1 && u.HashedBytes == 0 {
			close(others)
		}
		return nil
	}
	res, err := f.mover.Stream(t.Context(), req)
	if err != nil || res.MD5 != md5Of(data) || res.BytesRead != o.SizeBytes {
		t.Fatalf("got %+v, %v", res, err)
	}
}

// completes reports whether a request is a CompleteMultipartUpload.
func completes(r *http.Request) bool {
	return r.Method == http.MethodPost && strings.Contains(r.URL.RawQuery, "uploadId=")
}

func TestStreamAfterALostCompletion(t *testing.T) {
	for _, again := range []bool{false, true} {
		t.Run(fmt.Sprint("in another attempt=", again), func(t *testing.T) {
			f := newFixture(t, streamOptions)
			data := noise(2 * minPartBytes)
			o := f.put(t, sourceBucket, "k", data, nil)
			req := request(o, "k")
			req.Save = func(_ context.Context, u transfer.Upload) error {
				req.Resume = u
				return nil
			}
			completions := 0
			f.to.before = func(r *http.Request) (*http.Response, error) {
				if completions > 0 && !again && completes(r) {
					return reply(r, http.StatusNotFound, "NoSuchUpload"), nil
				}
				return nil, nil
			}
			f.to.after = func(r *http.Request, resp *http.Response) (*http.Response, error) {
				if completes(r) {
					completions++
					return lose(resp)
				}
				// The server under test leaves out what S3 adds to the ETag.
				if r.Method == http.MethodHead && resp.StatusCode == http.StatusOK {
					resp.Header.Set("Etag", `"`+multipartETag(req.Resume.Parts)+`"`)
				}
				return resp, nil
			}
			res, err := f.mover.Stream(t.Context(), req)
			if again {
				if err == nil {
					t.Fatal("no error although every reply was lost")
				}
				read := f.source.Counters().BytesRead
				res, err = f.mover.Stream(t.Context(), req)
				if f.source.Counters().BytesRead != read {
					t.Error("the source was read again")
				}
			}
			if err != nil || !res.Found || res.MD5 != md5Of(data) {
				t.Fatalf("got %+v, %v", res, err)
			}
		})
	}
}

// TestStreamThatFailsHasRead: what crossed this machine in vain did cross it.
func TestStreamThatFailsHasRead(t *testing.T) {
	for name, tt := range map[string]struct {
		size, written int64
		options       func(*Options)
	}{
		"whole": {100, 0, nil},
		"parts": {2 * minPartBytes, 2 * minPartBytes, streamOptions},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, tt.options)
			o := f.put(t, sourceBucket, "k", noise(int(tt.size)), nil)
			f.to.before = func(r *http.Request) (*http.Response, error) {
				if r.Method == http.MethodPut && !r.URL.Query().Has("partNumber") || completes(r) {
					return reply(r, http.StatusForbidden, "AccessDenied"), nil
				}
				return nil, nil
			}
			got, err := f.mover.Stream(t.Context(), request(o, "k"))
			want := transfer.Result{BytesRead: tt.size, BytesWritten: tt.written}
			if diff := cmp.Diff(want, got); diff != "" || !errors.Is(err, transfer.ErrDenied) {
				t.Errorf("got %v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestStreamOfAChangedSource(t *testing.T) {
	f := newFixture(t, streamOptions)
	o := f.put(t, sourceBucket, "k", noise(2*minPartBytes), nil)
	req := request(o, "k")
	req.Save = func(context.Context, transfer.Upload) error { return nil }
	f.from.before = func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodGet {
			return reply(r, http.StatusPreconditionFailed, "PreconditionFailed"), nil
		}
		return nil, nil
	}
	_, err := f.mover.Stream(t.Context(), req)
	if !errors.Is(err, transfer.ErrChanged) {
		t.Fatalf("got %v, want %v", err, transfer.ErrChanged)
	}
	if got := len(f.to.requests("DELETE", "uploadId=")); got != 1 {
		t.Errorf("%d aborts, want 1: the upload is of no use any more", got)
	}
}

func TestStreamHoldsAFewPartsOnly(t *testing.T) {
	f := newFixture(t, func(o *Options) { streamOptions(o); o.PartConcurrency = 2 })
	o := f.put(t, sourceBucket, "k", noise(6*minPartBytes), nil)
	var held, most atomic.Int64
	f.from.before = func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodGet {
			most.Store(max(most.Load(), held.Add(1)))
		}
		return nil, nil
	}
	req := request(o, "k")
	req.Progress = func(int64) { held.Add(-1) }
	if _, err := f.mover.Stream(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	if got := most.Load(); got > 2 {
		t.Errorf("%d parts at once, want 2 at most", got)
	}
}
