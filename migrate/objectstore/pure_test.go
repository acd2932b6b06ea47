package objectstore

import (
	"encoding/base64"
	"errors"
	"fmt"
	"hash/crc64"
	"math"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"synapse-migrate/migrate/credentials"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

const (
	mib = int64(1) << 20
	gib = int64(1) << 30
	tib = int64(1) << 40
)

func TestPartSize(t *testing.T) {
	tests := []struct {
		name               string
		size, wanted, want int64
	}{
		{"empty", 0, 0, 16 * mib},
		{"one request", 16 * mib, 0, 16 * mib},
		{"medium", 16*mib + 1, 0, 8 * mib},
		{"large", gib, 0, 128 * mib},
		{"grown", 5 * tib, 0, 525 * mib},
		{"wanted", gib, 64 * mib, 64 * mib},
		{"wanted too small", 5 * tib, 64 * mib, 525 * mib},
		{"just enough", 10_000 * 8 * mib, 8 * mib, 8 * mib},
		{"one byte more", 10_000*8*mib + 1, 8 * mib, 9 * mib},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := partSize(tt.size, tt.wanted)
			if got != tt.want {
				t.Errorf("got %d MiB, want %d", got/mib, tt.want/mib)
			}
			if n := partCount(tt.size, got); n > maxParts {
				t.Errorf("%d parts", n)
			}
		})
	}
}

func TestPartsCoverTheObject(t *testing.T) {
	for _, size := range []int64{1, 9, 10, 11, 25, 30} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			next, number := int64(0), int32(0)
			for p := range allParts(size, 10) {
				if number++; p.number != number || p.first != next || p.length < 1 || p.length > 10 {
					t.Errorf("part %+v after %d", p, next)
				}
				next = p.first + p.length
			}
			if next != size {
				t.Errorf("parts end at %d, want %d", next, size)
			}
		})
	}
}

func TestCopyPartSize(t *testing.T) {
	own := layout{count: 3, firstBytes: 100 * mib}
	tests := []struct {
		name    string
		vouched bool
		layout  layout
		want    int64
	}{
		{"the source's own", false, own, 100 * mib},
		{"has a checksum", true, own, 8 * mib},
		{"not multipart", false, layout{}, 8 * mib},
		{"uneven", false, layout{count: 7, firstBytes: 100 * mib}, 8 * mib},
		{"too small", false, layout{count: 250, firstBytes: mib}, 8 * mib},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := copyPartSize(250*mib, 0, tt.vouched, tt.layout); got != tt.want {
				t.Errorf("got %d MiB, want %d", got/mib, tt.want/mib)
			}
		})
	}
}

func TestCRC64NVME(t *testing.T) {
	// The check value of the catalogue of CRCs for CRC-64/NVME.
	if got := crc64NVME([]byte("123456789")); got != 0xae8b14860a799888 {
		t.Errorf("got %x", got)
	}
	data := noise(10_000)
	for _, cut := range []int{0, 1, 7, 4096, 9999, 10_000} {
		t.Run(fmt.Sprint(cut), func(t *testing.T) {
			got := combineCRC(crc64NVME(data[:cut]), crc64NVME(data[cut:]), int64(len(data)-cut))
			if want := crc64.Checksum(data, nvmeTable); got != want {
				t.Errorf("got %x, want %x", got, want)
			}
		})
	}
}

func TestFullCRC(t *testing.T) {
	data := noise(30)
	var parts []transfer.Part
	for p := range allParts(30, 12) {
		parts = append(parts, transfer.Part{
			Number: p.number, SizeBytes: p.length,
			Checksum: crcText(crc64NVME(data[p.first : p.first+p.length])),
		})
	}
	if got, want := fullCRC(parts), crcText(crc64NVME(data)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, bad := range []string{"", "?", "AAAA"} {
		parts[1].Checksum = bad
		if got := fullCRC(parts); got != "" {
			t.Errorf("got %s with a part's checksum %q", got, bad)
		}
	}
}

func TestMultipartETag(t *testing.T) {
	parts := []transfer.Part{{ETag: md5Of([]byte("a"))}, {ETag: md5Of([]byte("b"))}}
	// printf a | md5sum | xxd -r -p, the same for b, together through md5sum.
	if got := multipartETag(parts); got != "96e024ba2074fe77e8e965ba43a704be-2" {
		t.Errorf("got %s", got)
	}
	parts[0].ETag = "opaque"
	if got := multipartETag(parts); got != "" {
		t.Errorf("got %s from an ETag that is no MD5", got)
	}
}

func TestFullChecksums(t *testing.T) {
	tests := []struct {
		name  string
		head  s3.HeadObjectOutput
		parts int
		want  map[string]string
	}{
		{"none", s3.HeadObjectOutput{}, 0, nil},
		{"single part", s3.HeadObjectOutput{ChecksumCRC32: aws.String("a==")}, 0, map[string]string{"CRC32": "a=="}},
		{"declared full", s3.HeadObjectOutput{
			ChecksumCRC64NVME: aws.String("a=="), ChecksumType: types.ChecksumTypeFullObject,
		}, 3, map[string]string{"CRC64NVME": "a=="}},
		{"declared composite", s3.HeadObjectOutput{
			ChecksumSHA256: aws.String("a=="), ChecksumType: types.ChecksumTypeComposite,
		}, 3, nil},
		{"multipart, not declared", s3.HeadObjectOutput{ChecksumSHA256: aws.String("a==")}, 3, nil},
		{"composite by its form", s3.HeadObjectOutput{ChecksumSHA256: aws.String("a==-3")}, 0, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(fullChecksums(&tt.head, tt.parts), tt.want); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDetailTakesTheMD5Out(t *testing.T) {
	sum := base64.StdEncoding.EncodeToString([]byte("0123456789abcdef"))
	s := &Store{}
	d := s.detail("b", "k", &s3.HeadObjectOutput{
		ChecksumMD5: aws.String(sum), StorageClass: types.StorageClassStandard,
		Metadata: map[string]string{"Colour": "blue"},
	}, layout{})
	if d.ChecksumMD5 != "30313233343536373839616263646566" || len(d.Checksums) != 0 ||
		d.StorageClass != "" || d.UserMetadata["colour"] != "blue" {
		t.Errorf("got %+v", d)
	}
}

func TestReconcile(t *testing.T) {
	saved := transfer.Upload{
		UploadID: "u", PartSizeBytes: 10, MD5State: []byte{1}, HashedBytes: 10,
		Parts: []transfer.Part{
			{Number: 3, ETag: "c", SizeBytes: 5}, {Number: 1, ETag: "a", SizeBytes: 10},
			{Number: 2, ETag: "b", SizeBytes: 10}, {Number: 1, ETag: "a", SizeBytes: 10},
			{Number: 4, ETag: "d", SizeBytes: 10},
		},
	}
	held := map[int32]transfer.Part{
		1: {Number: 1, ETag: "a", SizeBytes: 10}, 2: {Number: 2, ETag: "other", SizeBytes: 10},
		3: {Number: 3, ETag: "c", SizeBytes: 5}, 4: {Number: 4, ETag: "d", SizeBytes: 10},
	}
	got := reconcile(saved, held, 25)
	want := saved
	want.Parts = []transfer.Part{{Number: 1, ETag: "a", SizeBytes: 10}, {Number: 3, ETag: "c", SizeBytes: 5}}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Error(diff)
	}
	for _, hashed := range []int64{-10, 5, 30, math.MaxInt64} {
		saved.HashedBytes = hashed
		if got := reconcile(saved, held, 25); got.HashedBytes != 0 || got.MD5State != nil {
			t.Errorf("an MD5 over %d bytes was believed", hashed)
		}
	}
}

func TestResumable(t *testing.T) {
	tests := []struct {
		name string
		u    transfer.Upload
		want bool
	}{
		{"nothing", transfer.Upload{}, false},
		{"fits", transfer.Upload{UploadID: "u", PartSizeBytes: 10}, true},
		{"no part size", transfer.Upload{UploadID: "u"}, false},
		{"too many parts", transfer.Upload{UploadID: "u", PartSizeBytes: 1}, false},
		{"parts too large", transfer.Upload{UploadID: "u", PartSizeBytes: math.MaxInt64}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := resumable(tt.u, 100_000); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestFailureKinds(t *testing.T) {
	api := func(code string) error { return &smithy.GenericAPIError{Code: code, Message: "m"} }
	tests := []struct {
		name, operation string
		cause, want     error
	}{
		{"no key", "GetObject", api("NoSuchKey"), transfer.ErrNotFound},
		{"no bucket", "ListObjectsV2", api("NoSuchBucket"), transfer.ErrNotFound},
		{"denied", "GetObject", api("AccessDenied"), transfer.ErrDenied},
		{"archived", "GetObject", api("InvalidObjectState"), transfer.ErrArchived},
		{"expired", "GetObject", api("ExpiredToken"), transfer.ErrCredentials},
		{"unknown key ID", "GetObject", api("InvalidAccessKeyId"), transfer.ErrCredentials},
		{"no credentials", "GetObject", fmt.Errorf("x: %w", credentials.ErrRefused), transfer.ErrCredentials},
		{"source condition", "GetObject", api("PreconditionFailed"), transfer.ErrChanged},
		{"part's source condition", "UploadPartCopy", api("PreconditionFailed"), transfer.ErrChanged},
		{"either condition", "CopyObject", api("PreconditionFailed"), errCondition},
		{"upload gone", "ListParts", api("NoSuchUpload"), errNoUpload},
		{"bare 404", "HeadObject", bareStatus(404), transfer.ErrNotFound},
		{"bare 403", "HeadObject", bareStatus(403), transfer.ErrDenied},
		{"bare 412", "HeadObject", bareStatus(412), transfer.ErrChanged},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := failure(tt.operation, "b", "k\n", tt.cause)
			if !errors.Is(err, tt.want) || !errors.Is(err, tt.cause) {
				t.Errorf("got %v, want %v and its cause", err, tt.want)
			}
			if text := err.Error(); !strings.HasPrefix(text, tt.operation+` "s3://b/k\n": `) {
				t.Errorf("operation or key missing in %q", text)
			}
		})
	}
}

func TestFailureTextHasNoURL(t *testing.T) {
	err := failure("GetObject", "b", "k", &url.Error{
		Op: "Get", URL: "https://host/b/k?X-Amz-Signature=hush", Err: errStop,
	})
	if got, want := err.Error(), `GetObject "s3://b/k": stopped here`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCopySource(t *testing.T) {
	tests := []struct{ key, want string }{
		{"a/b", "b/a/b"},
		{"a b+c", "b/a%20b%2Bc"},
		{"%2F?#&", "b/%252F%3F%23%26"},
		{"é", "b/%C3%A9"},
	}
	for _, tt := range tests {
		t.Run(tt.key, func(t *testing.T) {
			if got := *copySource(planner.Object{Bucket: "b", Key: tt.key}); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
	const arn = "arn:aws:s3:us-west-2:123456789012:accesspoint/ap"
	want := "arn:aws:s3:us-west-2:123456789012:accesspoint%2Fap%2Fobject%2Fa%20b"
	if got := *copySource(planner.Object{Bucket: arn, Key: "a b"}); got != want {
		t.Errorf("of an access point: got %s, want %s", got, want)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	tests := []struct {
		name string
		o    Options
		ok   bool
	}{
		{"least", Options{Credentials: static}, true},
		{"no credentials", Options{}, false},
		{"endpoint", Options{Credentials: static, Endpoint: "http://127.0.0.1:1"}, true},
		{"endpoint without a scheme", Options{Credentials: static, Endpoint: "127.0.0.1:1"}, false},
		{"parts too small", Options{Credentials: static, PartSizeBytes: minPartBytes - 1}, false},
		{"parts too large", Options{Credentials: static, PartSizeBytes: maxPartBytes + 1}, false},
		{"negative", Options{Credentials: static, Concurrency: -1}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := New(tt.o); (err == nil) != tt.ok {
				t.Errorf("got %v", err)
			}
		})
	}
}
