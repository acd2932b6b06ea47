package objectstore

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/synapse/paging"
)

// answering answers requests in a server's place.
func answering(status int, h http.Header, body func() io.Reader) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		if r.Body != nil {
			_, _ = io.Copy(io.Discard, r.Body)
		}
		return &http.Response{
			StatusCode: status, Header: h.Clone(), Request: r, ContentLength: -1,
			Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Body: io.NopCloser(body()),
		}, nil
	}
}

// endless is a beginning and then the same for ever; it counts what is read.
type endless struct {
	begin io.Reader
	again string
	read  *int64
}

func (e *endless) Read(p []byte) (int, error) {
	n, err := e.begin.Read(p)
	if err != nil {
		for n = 0; n+len(e.again) <= len(p); n += len(e.again) {
			copy(p[n:], e.again)
		}
		if n == 0 {
			n = copy(p, e.again)
		}
	}
	*e.read += int64(n)
	return n, nil
}

// An answer that doesn't end is broken off long before it fills the memory.
func TestEndlessAnswers(t *testing.T) {
	tests := []struct {
		name, begin, again string
		status             int
		call               func(t *testing.T, s *Store) error
	}{
		{"document", "", strings.Repeat(" ", 1000), 200, func(t *testing.T, s *Store) error {
			_, err := s.BucketPolicy(t.Context(), sourceBucket)
			return err
		}},
		{"refusal", "<Error><Code>AccessDenied</Code><Message>", strings.Repeat("m", 1000), 403, list},
		{"refusal to read", "<Error><Code>AccessDenied</Code><Message>", strings.Repeat("m", 1000), 403,
			func(t *testing.T, s *Store) error {
				_, err := s.ReadSmall(t.Context(), sourceBucket, "k", 10)
				return err
			}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t, nil)
			var read, answers int64
			f.from.before = answering(tt.status, http.Header{}, func() io.Reader {
				answers++
				return &endless{strings.NewReader(tt.begin), tt.again, &read}
			})
			if err := tt.call(t, f.source); err == nil {
				t.Fatal("was taken for an answer")
			}
			if answers != 1 {
				t.Errorf("was asked for %d times: it would be as long again", answers)
			}
			if read > answers*(maxDocumentBytes+1<<20) {
				t.Errorf("%d bytes of %d answers were read", read, answers)
			}
		})
	}
}

func list(t *testing.T, s *Store) error {
	for _, err := range s.List(t.Context(), sourceBucket, "", "") {
		if err != nil {
			return err
		}
	}
	return nil
}

// circle is a server whose pages all lead to the same one; it ends after a
// few, for a test of what would go on for ever.
func circle(page string) func(*http.Request) (*http.Response, error) {
	pages := 0
	return answering(200, http.Header{}, func() io.Reader {
		if pages++; pages > 5 {
			return strings.NewReader("<End/>")
		}
		return strings.NewReader(page)
	})
}

// A listing that leads back to where it was is no listing.
func TestListingInACircle(t *testing.T) {
	f := newFixture(t, nil)
	f.from.before = circle("<ListBucketResult><IsTruncated>true</IsTruncated>" +
		"<NextContinuationToken>again</NextContinuationToken></ListBucketResult>")
	if err := list(t, f.source); !errors.Is(err, paging.ErrCircle) {
		t.Errorf("got %v, want %v", err, paging.ErrCircle)
	}
	if n := len(f.from.requests("list-type")); n != 2 {
		t.Errorf("%d pages were asked for, want 2", n)
	}
}

func TestPartsInACircle(t *testing.T) {
	f := newFixture(t, nil)
	f.from.before = circle("<ListPartsResult><IsTruncated>true</IsTruncated>" +
		"<Part><PartNumber>7</PartNumber><Size>5</Size></Part></ListPartsResult>")
	_, err := f.source.listParts(t.Context(), transfer.Request{
		Bucket: destBucket, Key: "k", Resume: transfer.Upload{UploadID: "u"},
	})
	if !errors.Is(err, paging.ErrCircle) {
		t.Errorf("got %v, want %v", err, paging.ErrCircle)
	}
	if n := len(f.from.requests("uploadId")); n != 2 {
		t.Errorf("%d pages were asked for, want 2", n)
	}
}

func TestLeftUploadsInACircle(t *testing.T) {
	f := newFixture(t, nil)
	f.from.before = circle("<ListMultipartUploadsResult><IsTruncated>true</IsTruncated>" +
		"<NextKeyMarker>k</NextKeyMarker></ListMultipartUploadsResult>")
	var last error
	for _, err := range f.source.LeftUploads(t.Context(), destBucket, "") {
		last = err
	}
	if n := len(f.from.requests("uploads")); !errors.Is(last, paging.ErrCircle) || n != 2 {
		t.Errorf("got %v after %d pages, want %v after 2", last, n, paging.ErrCircle)
	}
}

// Credentials and what is written go to the host that was named, wherever it
// says that it has moved to.
func TestS3RedirectsAreNotFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			f := newFixture(t, nil)
			// The client is the one that stores have by default.
			client := newHTTPClient(1, nil)
			client.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
				if !strings.HasPrefix(f.url, "http://"+r.URL.Host) {
					t.Errorf("a request went to %s", r.URL.Host)
					return nil, errors.New("no")
				}
				return answering(status, http.Header{"Location": {"https://elsewhere.example/k"}},
					func() io.Reader { return strings.NewReader("") })(r)
			})
			s := f.store(t, f.from, func(o *Options) { o.HTTPClient = client })
			if _, err := s.Head(t.Context(), sourceBucket, "k"); err == nil {
				t.Error("HeadObject succeeded")
			}
			if _, err := s.PutNew(t.Context(), sourceBucket, "k", "text"); err == nil {
				t.Error("PutObject succeeded")
			}
		})
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// What a server says of an error is one line of text.
func TestRefusalsAreQuoted(t *testing.T) {
	f := newFixture(t, nil)
	f.from.before = answering(403, http.Header{}, func() io.Reader {
		return strings.NewReader("<Error><Code>Ac\x7f&#x9b;&#x202e;</Code><Message>no&#10;hint: yes&#x9b;2J</Message></Error>")
	})
	_, err := f.source.Head(t.Context(), sourceBucket, "a\x1b[2J\nb")
	if err == nil {
		err = list(t, f.source)
	}
	for _, err := range []error{err, list(t, f.source)} {
		if err == nil || strings.ContainsAny(err.Error(), "\x1b\n\u009b\u202e\x7f") {
			t.Errorf("got %q", err)
		}
	}
}

// Whatever stands in S3's answers, calls end, with a result or an error, and
// nothing of a made-up size or number comes out.
func FuzzS3Answers(f *testing.F) {
	for _, seed := range []string{
		"<ListBucketResult><Contents><Key>a%2</Key><Size>-1</Size></Contents></ListBucketResult>",
		"<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken>" +
			"<EncodingType>url</EncodingType><Contents><Key>a%00</Key><LastModified>2026-01-01T00:00:00Z</LastModified></Contents></ListBucketResult>",
		"<Error><Code>SlowDown</Code><Message>m</Message></Error>", "<CopyPartResult><ETag>\"e\"</ETag></CopyPartResult>",
		"<CopyObjectResult><ETag>e</ETag><ChecksumCRC64NVME>AAAAAAAAAAA=</ChecksumCRC64NVME></CopyObjectResult>",
		"<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>",
		"<ListPartsResult><Part><PartNumber>-5</PartNumber><Size>1</Size></Part><IsTruncated>true</IsTruncated>" +
			"<NextPartNumberMarker>0</NextPartNumberMarker></ListPartsResult>",
		"<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>",
		"", "<", "<a/>", "\xff", "{}",
	} {
		f.Add(200, []byte(seed), "5")
		f.Add(404, []byte(seed), "bytes 0-0/5")
	}
	f.Fuzz(func(t *testing.T, status int, body []byte, value string) {
		if status < 200 || status > 499 || status == 429 || status == 408 {
			return // retried, which the tests of retries are for
		}
		h := http.Header{}
		for _, name := range []string{
			"Content-Length", "Content-Range", "ETag", "Last-Modified", "X-Amz-Bucket-Region", "X-Amz-Mp-Parts-Count",
			"X-Amz-Checksum-Crc64nvme", "X-Amz-Restore", "X-Amz-Meta-" + value, "X-Amz-Tagging-Count", "X-Amz-Version-Id",
		} {
			h.Set(name, value)
		}
		w := &wire{before: answering(status, h, func() io.Reader { return bytes.NewReader(body) })}
		s, err := New(Options{Credentials: static, Endpoint: "http://127.0.0.1:1", PathStyle: true, HTTPClient: w,
			MaxRetryDelay: time.Nanosecond})
		if err != nil {
			t.Fatal(err)
		}
		calls(t, s, body)
		if n := len(w.requests()); n > 200 {
			t.Errorf("%d requests", n)
		}
	})
}

// calls makes one call of each kind, whatever comes of it.
func calls(t *testing.T, s *Store, body []byte) {
	ctx := t.Context()
	for page, err := range s.List(ctx, "b", "", "") {
		if err == nil && len(page) > len(body) {
			t.Errorf("%d objects in %d bytes", len(page), len(body))
		}
	}
	_, _ = s.Head(ctx, "b", "k")
	_, _ = s.Region(ctx, "b")
	_, _ = s.BucketCORS(ctx, "b")
	if text, err := s.ReadSmall(ctx, "b", "k", 4); err == nil && len(text) > 4 {
		t.Errorf("%d bytes were read", len(text))
	}
	mover := NewMover(s, s, MoverOptions{})
	for _, size := range []int64{5, copyLimitBytes + 1} {
		_, _ = mover.Copy(ctx, transfer.Request{Bucket: "d", Key: "k",
			Source: planner.Object{Bucket: "b", Key: "k", SizeBytes: size, ETag: "e"}})
	}
}
