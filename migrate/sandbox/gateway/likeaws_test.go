package gateway_test

import (
	"bytes"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"synapse-migrate/migrate/sandbox/identity"
)

func TestOddKeys(t *testing.T) {
	c := client(owner)
	const prefix = "odd/"
	keys := []string{
		"a b", "ünï/日本", "a+b", "100%", "%41", `q'"q`, "tab\tb", "line\nx", "&<>", "a?b", "a#b",
		`back\slash`, "blank ", "q;:@&=$,!*()~[]{}^`|", "=cmd|'x'", strings.Repeat("k", 255),
		strings.Repeat("k/", 500) + "x",
	}
	for _, key := range keys {
		put(t, c, "source", prefix+key, key)
	}
	listed := map[string]bool{}
	pages := s3.NewListObjectsV2Paginator(c, &s3.ListObjectsV2Input{
		Bucket: aws.String("source"), Prefix: aws.String(prefix), MaxKeys: aws.Int32(5),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range page.Contents {
			listed[*o.Key] = true
		}
	}
	for _, key := range keys {
		t.Run(key[:min(len(key), 30)], func(t *testing.T) {
			if !listed[prefix+key] {
				t.Error("not listed")
			}
			_, err := c.CopyObject(t.Context(), &s3.CopyObjectInput{
				Bucket: aws.String("destination"), Key: aws.String(prefix + key),
				CopySource: aws.String("source/" + url.QueryEscape(prefix+key)),
			})
			if err != nil {
				t.Fatal(err)
			}
			if got, err := get(t, c, "destination", prefix+key); got != key || err != nil {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestMissingObjectIsHiddenFromWhoMayNotList(t *testing.T) {
	role := identity.Role{Name: "synapse", Policies: []string{identity.BucketPolicy("destination")}}
	limited := store.RoleSession(role, "s", sessionPolicy, time.Hour)
	put(t, client(root), "destination", "data/there", "x")
	tests := []struct {
		name      string
		who       identity.Principal
		get, head string
	}{
		{"root", root, "404 NoSuchKey", "404 NotFound"},
		{"may list", owner, "404 NoSuchKey", "404 NotFound"},
		{"may list a prefix only", limited, "403 AccessDenied", "403 Forbidden"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := client(tt.who)
			if _, err := get(t, c, "destination", "data/there"); err != nil {
				t.Errorf("present: %v", err)
			}
			if _, err := get(t, c, "destination", "data/missing"); code(err) != tt.get {
				t.Errorf("get: got %s, want %s", code(err), tt.get)
			}
			if _, err := get(t, c, "no-bucket", "data/missing"); code(err) != "404 NoSuchBucket" {
				t.Errorf("get from no bucket: got %s", code(err))
			}
			_, err := c.HeadObject(t.Context(), &s3.HeadObjectInput{
				Bucket: aws.String("destination"), Key: aws.String("data/missing"),
			})
			if code(err) != tt.head {
				t.Errorf("head: got %s, want %s", code(err), tt.head)
			}
			_, err = c.CopyObject(t.Context(), &s3.CopyObjectInput{
				Bucket: aws.String("destination"), Key: aws.String("data/copy"),
				CopySource: aws.String("destination/data/missing"),
			})
			if code(err) != tt.get {
				t.Errorf("copy: got %s, want %s", code(err), tt.get)
			}
		})
	}
}

func TestConditionalWrites(t *testing.T) {
	c := client(owner)
	etag := put(t, c, "source", "condition/there", "old").ETag
	write := func(key string, match, none *string) error {
		_, err := c.PutObject(t.Context(), &s3.PutObjectInput{
			Bucket: aws.String("source"), Key: &key, Body: strings.NewReader("old"),
			IfMatch: match, IfNoneMatch: none,
		})
		return err
	}
	copied := func(to string, sourceMatch, none *string) error {
		_, err := c.CopyObject(t.Context(), &s3.CopyObjectInput{
			Bucket: aws.String("source"), Key: &to, CopySource: aws.String("source/condition/there"),
			CopySourceIfMatch: sourceMatch, IfNoneMatch: none,
		})
		return err
	}
	star, stale := aws.String("*"), aws.String(`"stale"`)
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"put new", write("condition/put", nil, star), "<nil>"},
		{"put over", write("condition/there", nil, star), "412 PreconditionFailed"},
		{"put matching", write("condition/there", etag, nil), "<nil>"},
		{"put stale", write("condition/there", stale, nil), "412 PreconditionFailed"},
		{"copy new", copied("condition/copy", etag, star), "<nil>"},
		{"copy over", copied("condition/copy", etag, star), "412 PreconditionFailed"},
		{"copy stale", copied("condition/other", stale, nil), "412 PreconditionFailed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if code(tt.err) != tt.want {
				t.Errorf("got %s, want %s", code(tt.err), tt.want)
			}
		})
	}
}

func TestHeadTellsPartsAndEncryption(t *testing.T) {
	c := client(owner)
	upload(t, c, "head/parts", 2)
	put(t, c, "source", "head/whole", "abc")
	for key, parts := range map[string]int32{"head/parts": 2, "head/whole": 0} {
		out, err := c.HeadObject(t.Context(), &s3.HeadObjectInput{
			Bucket: aws.String("source"), Key: &key, PartNumber: aws.Int32(1),
			ChecksumMode: types.ChecksumModeEnabled,
		})
		if err != nil {
			t.Fatal(err)
		}
		if aws.ToInt32(out.PartsCount) != parts {
			t.Errorf("%s: %d parts, want %d", key, aws.ToInt32(out.PartsCount), parts)
		}
		if out.ServerSideEncryption != types.ServerSideEncryptionAes256 {
			t.Errorf("%s: encryption %q", key, out.ServerSideEncryption)
		}
	}
}

// upload makes an object of parts of 5 MiB.
func upload(t *testing.T, c *s3.Client, key string, parts int32) {
	t.Helper()
	bucket := aws.String("source")
	created, err := c.CreateMultipartUpload(t.Context(),
		&s3.CreateMultipartUploadInput{Bucket: bucket, Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	var done types.CompletedMultipartUpload
	for n := int32(1); n <= parts; n++ {
		part, err := c.UploadPart(t.Context(), &s3.UploadPartInput{
			Bucket: bucket, Key: &key, UploadId: created.UploadId, PartNumber: &n, Body: body(5 << 20),
		})
		if err != nil {
			t.Fatal(err)
		}
		done.Parts = append(done.Parts, types.CompletedPart{
			ETag: part.ETag, PartNumber: &n, ChecksumCRC32: part.ChecksumCRC32,
		})
	}
	_, err = c.CompleteMultipartUpload(t.Context(), &s3.CompleteMultipartUploadInput{
		Bucket: bucket, Key: &key, UploadId: created.UploadId, MultipartUpload: &done,
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestCopyLimitAndPartCopy(t *testing.T) {
	c := client(owner)
	upload(t, c, "large", 3)
	_, err := c.CopyObject(t.Context(), &s3.CopyObjectInput{
		Bucket: aws.String("destination"), Key: aws.String("large"), CopySource: aws.String("source/large"),
	})
	if code(err) != "400 InvalidRequest" {
		t.Errorf("copy over the limit: got %s", code(err))
	}
	head, err := c.HeadObject(t.Context(),
		&s3.HeadObjectInput{Bucket: aws.String("source"), Key: aws.String("large")})
	if err != nil {
		t.Fatal(err)
	}
	created, err := c.CreateMultipartUpload(t.Context(),
		&s3.CreateMultipartUploadInput{Bucket: aws.String("destination"), Key: aws.String("large")})
	if err != nil {
		t.Fatal(err)
	}
	for match, want := range map[string]string{*head.ETag: "<nil>", `"stale"`: "412 PreconditionFailed"} {
		_, err := c.UploadPartCopy(t.Context(), &s3.UploadPartCopyInput{
			Bucket: aws.String("destination"), Key: aws.String("large"), UploadId: created.UploadId,
			PartNumber: aws.Int32(1), CopySource: aws.String("source/large"),
			CopySourceRange: aws.String("bytes=0-5242879"), CopySourceIfMatch: &match,
		})
		if code(err) != want {
			t.Errorf("part copy if %s: got %s, want %s", match, code(err), want)
		}
	}
}

func body(n int) io.ReadSeeker { return bytes.NewReader(bytes.Repeat([]byte{'x'}, n)) }
