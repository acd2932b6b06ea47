package awsbackend_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rclone/gofakes3"
	"github.com/rclone/gofakes3/s3mem"

	"synapse-migrate/migrate/sandbox/awsbackend"
	"synapse-migrate/synapse/emulator"
)

const (
	accessKey = "AKIATEST"
	secretKey = "a secret"
	bucket    = "lab-data"
)

// start serves an S3 that checks signatures, with one bucket, and returns a
// backend for it.
func start(t *testing.T) *awsbackend.Backend {
	t.Helper()
	memory := s3mem.New()
	if err := memory.CreateBucket(t.Context(), bucket); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(memory,
		gofakes3.WithV4Auth(map[string]string{accessKey: secretKey})).Server())
	t.Cleanup(server.Close)
	return awsbackend.New(awsbackend.Options{
		S3Endpoint: server.URL, AccessKeyID: accessKey, SecretAccessKey: secretKey,
	})
}

// send sends a presigned request with the headers that belong to it.
func send(
	t *testing.T, method, url string, headers map[string]string, body string,
) (int, http.Header, string) {
	t.Helper()
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header, string(text)
}

// put uploads an object through a presigned URL.
func put(t *testing.T, b *awsbackend.Backend, key, contentType, body string) {
	t.Helper()
	url, headers, err := b.PresignPut(t.Context(), bucket, key, contentType, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if status, _, text := send(t, http.MethodPut, url, headers, body); status != http.StatusOK {
		t.Fatalf("PUT of %q: status %d: %s", key, status, text)
	}
}

// hostileKeys are keys that signing and escaping get wrong easily.
var hostileKeys = []string{
	"plain.txt", "with blank.txt", "plus+percent%41.txt", "ümlaut/日本.txt",
	"quote'\"<&>.txt", "=cmd|'x'", "tilde~star*paren().txt", "question?hash#.txt",
}

func TestPresignedRoundTrip(t *testing.T) {
	b := start(t)
	for _, key := range hostileKeys {
		t.Run(key, func(t *testing.T) {
			put(t, b, key, "text/csv", "the bytes of "+key)
			url, err := b.PresignGet(t.Context(), bucket, key, "text/plain",
				`attachment; filename="x y.txt"`, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			status, header, body := send(t, http.MethodGet, url, nil, "")
			if got, want := body, "the bytes of "+key; status != 200 || got != want {
				t.Errorf("GET = %d %q, want 200 %q", status, got, want)
			}
			if got, want := header.Get("Content-Type"), "text/plain"; got != want {
				t.Errorf("content type %q, want %q", got, want)
			}
			if got, want := header.Get("Content-Disposition"),
				`attachment; filename="x y.txt"`; got != want {
				t.Errorf("content disposition %q, want %q", got, want)
			}
			info, err := b.Head(t.Context(), bucket, key)
			if err != nil {
				t.Fatal(err)
			}
			if info.ContentType != "text/csv" || info.SizeBytes != int64(len(body)) ||
				strings.Contains(info.ETag, `"`) {
				t.Errorf("Head = %+v", info)
			}
		})
	}
}

func TestPresignPutSignsTheContentType(t *testing.T) {
	b := start(t)
	url, headers, err := b.PresignPut(t.Context(), bucket, "k", "text/csv", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if len(headers) != 1 || headers["Content-Type"] != "text/csv" {
		t.Errorf("headers = %v, want Content-Type alone", headers)
	}
	status, _, _ := send(t, http.MethodPut, url, map[string]string{"Content-Type": "text/html"}, "x")
	if status != http.StatusForbidden {
		t.Errorf("another content type: status %d, want 403", status)
	}
	_, headers, err = b.PresignPut(t.Context(), bucket, "k", "", time.Minute)
	if err != nil || headers != nil {
		t.Errorf("without a content type: headers %v, error %v; want none", headers, err)
	}
}

func TestPresignPartCopy(t *testing.T) {
	for _, key := range hostileKeys {
		t.Run(key, func(t *testing.T) {
			b := start(t)
			put(t, b, key, "", "0123456789")
			info, err := b.Head(t.Context(), bucket, key)
			if err != nil {
				t.Fatal(err)
			}
			id, err := b.CreateUpload(t.Context(), bucket, "copy", "text/csv")
			if err != nil {
				t.Fatal(err)
			}
			url, headers, err := b.PresignPartCopy(t.Context(), emulator.PartCopy{
				SourceBucket: bucket, SourceKey: key, SourceETag: info.ETag, First: 2, Last: 5,
				Bucket: bucket, Key: "copy", UploadID: id, PartNumber: 1,
			}, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			status, _, text := send(t, http.MethodPut, url, headers, "")
			if status != http.StatusOK || !strings.Contains(text, "ETag") {
				t.Fatalf("UploadPartCopy: status %d: %s", status, text)
			}
			etag := betweenQuotes(text)
			if err := b.CompleteUpload(t.Context(), bucket, "copy", id, []string{etag}); err != nil {
				t.Fatal(err)
			}
			got, err := b.Read(t.Context(), bucket, "copy", 100)
			if err != nil || string(got) != "2345" {
				t.Errorf("copied %q, %v; want 2345", got, err)
			}
		})
	}
}

// betweenQuotes takes the ETag out of a CopyPartResult.
func betweenQuotes(text string) string {
	_, rest, _ := strings.Cut(text, "<ETag>")
	etag, _, _ := strings.Cut(rest, "</ETag>")
	return strings.Trim(strings.ReplaceAll(etag, "&#34;", `"`), `"`)
}

func TestPresignPartCopySignsTheSource(t *testing.T) {
	b := start(t)
	url, headers, err := b.PresignPartCopy(t.Context(), emulator.PartCopy{
		SourceBucket: "other lab", SourceKey: "a b/ü+", SourceETag: "abc", First: 0, Last: 9,
		Bucket: bucket, Key: "copy", UploadID: "u", PartNumber: 3, ContentType: "text/csv",
	}, 15*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"x-amz-copy-source":          "other%20lab/a%20b/%C3%BC%2B",
		"x-amz-copy-source-range":    "bytes=0-9",
		"x-amz-copy-source-if-match": "abc",
		"Content-Type":               "text/csv",
	} {
		if got := headers[name]; got != want {
			t.Errorf("header %s = %q, want %q", name, got, want)
		}
	}
	const signed = "X-Amz-SignedHeaders=content-type%3Bhost%3Bx-amz-copy-source%3B" +
		"x-amz-copy-source-if-match%3Bx-amz-copy-source-range"
	for _, want := range []string{"partNumber=3", "uploadId=u", "X-Amz-Expires=900", signed} {
		if !strings.Contains(url, want) {
			t.Errorf("URL %s lacks %s", url, want)
		}
	}
}

func TestCopyPart(t *testing.T) {
	b := start(t)
	put(t, b, "part 1", "", "first ")
	put(t, b, "part 2", "", "second")
	id, err := b.CreateUpload(t.Context(), bucket, "whole", "text/csv")
	if err != nil {
		t.Fatal(err)
	}
	var etags []string
	for number, key := range []string{"part 1", "part 2"} {
		info, err := b.Head(t.Context(), bucket, key)
		if err != nil {
			t.Fatal(err)
		}
		part := emulator.PartCopy{
			SourceBucket: bucket, SourceKey: key, SourceETag: info.ETag, Last: -1,
			Bucket: bucket, Key: "whole", UploadID: id, PartNumber: int32(number + 1),
		}
		etag, err := b.CopyPart(t.Context(), part)
		if err != nil {
			t.Fatal(err)
		}
		etags = append(etags, etag)
		part.SourceETag = strings.Repeat("0", 32)
		if _, err := b.CopyPart(t.Context(), part); !errors.Is(err, emulator.ErrPrecondition) {
			t.Errorf("another ETag: %v, want ErrPrecondition", err)
		}
	}
	if err := b.CompleteUpload(t.Context(), bucket, "whole", id, etags); err != nil {
		t.Fatal(err)
	}
	got, err := b.Read(t.Context(), bucket, "whole", 1<<20)
	if err != nil || string(got) != "first second" {
		t.Errorf("completed object is %q, %v", got, err)
	}
}

func TestAbortUpload(t *testing.T) {
	b := start(t)
	id, err := b.CreateUpload(t.Context(), bucket, "k", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.AbortUpload(t.Context(), bucket, "k", id); err != nil {
		t.Fatal(err)
	}
	if err := b.CompleteUpload(t.Context(), bucket, "k", id, []string{"x"}); err == nil {
		t.Error("an aborted upload was completed")
	}
}

func TestRead(t *testing.T) {
	b := start(t)
	put(t, b, "k", "", "0123456789")
	got, err := b.Read(t.Context(), bucket, "k", 4)
	if err != nil || !bytes.Equal(got, []byte("0123")) {
		t.Errorf("Read of 4 bytes = %q, %v", got, err)
	}
}

func TestDelete(t *testing.T) {
	b := start(t)
	put(t, b, "k", "", "x")
	for range 2 { // the second time it is missing, which is no error
		if err := b.Delete(t.Context(), bucket, "k"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.Head(t.Context(), bucket, "k"); !errors.Is(err, emulator.ErrNoObject) {
		t.Errorf("after Delete: %v, want ErrNoObject", err)
	}
}

func TestMissing(t *testing.T) {
	b := start(t)
	tests := []struct {
		name string
		ask  func(context.Context) error
		want error
	}{
		{"region of no bucket", func(ctx context.Context) error {
			_, err := b.Region(ctx, "nowhere")
			return err
		}, emulator.ErrNoBucket},
		{"head of no object", func(ctx context.Context) error {
			_, err := b.Head(ctx, bucket, "nothing")
			return err
		}, emulator.ErrNoObject},
		{"read of no object", func(ctx context.Context) error {
			_, err := b.Read(ctx, bucket, "nothing", 1)
			return err
		}, emulator.ErrNoObject},
		{"read in no bucket", func(ctx context.Context) error {
			_, err := b.Read(ctx, "nowhere", "k", 1)
			return err
		}, emulator.ErrNoBucket},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if err := test.ask(t.Context()); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestRegion(t *testing.T) {
	requests := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests++
		switch r.URL.Path {
		case "/named":
			w.Header().Set("X-Amz-Bucket-Region", "eu-west-1")
		case "/elsewhere":
			w.Header().Set("X-Amz-Bucket-Region", "ap-south-1")
			w.WriteHeader(http.StatusMovedPermanently)
		}
	}))
	t.Cleanup(server.Close)
	b := awsbackend.New(awsbackend.Options{
		S3Endpoint: server.URL, AccessKeyID: accessKey, SecretAccessKey: secretKey,
		Region: "us-west-2",
	})
	for name, want := range map[string]string{
		"named": "eu-west-1", "elsewhere": "ap-south-1", "silent": "us-west-2",
	} {
		for range 2 {
			got, err := b.Region(t.Context(), name)
			if err != nil || got != want {
				t.Errorf("Region(%s) = %q, %v; want %q", name, got, err, want)
			}
		}
	}
	if requests != 3 {
		t.Errorf("%d requests, want 3: a known region is not asked again", requests)
	}
}

func TestPublicEndpoint(t *testing.T) {
	b := awsbackend.New(awsbackend.Options{
		S3Endpoint: "http://inside.example", PublicS3Endpoint: "http://outside.example/",
		AccessKeyID: accessKey, SecretAccessKey: secretKey,
	})
	get, err := b.PresignGet(t.Context(), bucket, "k", "", "", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	put, _, err := b.PresignPut(t.Context(), bucket, "k", "", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for _, url := range []string{get, put} {
		if want := "http://outside.example/lab-data/k?"; !strings.HasPrefix(url, want) {
			t.Errorf("URL %s, want it to begin with %s", url, want)
		}
	}
}

func TestWrite(t *testing.T) {
	b := start(t)
	for _, key := range hostileKeys {
		for _, content := range []string{"before", "after"} {
			err := b.Write(t.Context(), bucket, key, "text/csv", []byte(content))
			if err != nil {
				t.Fatalf("writing %q: %v", key, err)
			}
		}
		got, err := b.Read(t.Context(), bucket, key, 100)
		if string(got) != "after" || err != nil {
			t.Errorf("%q holds %q, %v; want what was written last", key, got, err)
		}
		if info, err := b.Head(t.Context(), bucket, key); info.ContentType != "text/csv" {
			t.Errorf("%q is of type %q, %v", key, info.ContentType, err)
		}
	}
	err := b.Write(t.Context(), "nowhere", "k", "text/csv", nil)
	if !errors.Is(err, emulator.ErrNoBucket) {
		t.Errorf("writing to no bucket: %v", err)
	}
}
