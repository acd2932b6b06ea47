//go:build minio

package awsbackend_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"synapse-migrate/migrate/sandbox/awsbackend"
	"synapse-migrate/migrate/sandbox/miniotest"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// minioClient reaches the server with some keys.
func minioClient(server miniotest.Server, id, secret, session string) *s3.Client {
	return s3.New(s3.Options{
		BaseEndpoint: aws.String(server.Endpoint), Region: miniotest.Region, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, session),
	})
}

// startMinIO returns a backend for a new server with one bucket.
func startMinIO(t *testing.T) (*awsbackend.Backend, miniotest.Server) {
	t.Helper()
	server := miniotest.Start(t)
	root := minioClient(server, server.RootUser, server.RootSecret, "")
	_, err := root.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String(bucket)})
	if err != nil {
		t.Fatal(err)
	}
	return awsbackend.New(awsbackend.Options{
		S3Endpoint: server.Endpoint, Region: miniotest.Region,
		AccessKeyID: server.RootUser, SecretAccessKey: server.RootSecret,
		DropPolicyActions: []string{"s3:PutObjectAcl"}, S3ActionsOnly: true,
	}), server
}

// TestMinIOMultipart uploads a part through a presigned URL and copies
// another one server-side, as Synapse's multipart calls do.
func TestMinIOMultipart(t *testing.T) {
	b, _ := startMinIO(t)
	const source = "ünï + odd '(name).txt"
	first := strings.Repeat("x", 5<<20)
	put(t, b, source, "text/csv", first+"tail")
	put(t, b, "key/2", "", "the end")
	id, err := b.CreateUpload(t.Context(), bucket, "key", "text/csv")
	if err != nil {
		t.Fatal(err)
	}
	info, err := b.Head(t.Context(), bucket, source)
	if err != nil {
		t.Fatal(err)
	}
	url, headers, err := b.PresignPartCopy(t.Context(), emulator.PartCopy{
		SourceBucket: bucket, SourceKey: source, SourceETag: info.ETag, First: 0, Last: 5<<20 - 1,
		Bucket: bucket, Key: "key", UploadID: id, PartNumber: 1,
	}, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	status, _, text := send(t, http.MethodPut, url, headers, "")
	if status != http.StatusOK {
		t.Fatalf("UploadPartCopy: status %d: %s", status, text)
	}
	last, err := b.Head(t.Context(), bucket, "key/2")
	if err != nil {
		t.Fatal(err)
	}
	etag, err := b.CopyPart(t.Context(), emulator.PartCopy{
		SourceBucket: bucket, SourceKey: "key/2", SourceETag: last.ETag, Last: -1,
		Bucket: bucket, Key: "key", UploadID: id, PartNumber: 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	etags := []string{betweenQuotes(strings.ReplaceAll(text, "&#34;", `"`)), etag}
	if err := b.CompleteUpload(t.Context(), bucket, "key", id, etags); err != nil {
		t.Fatal(err)
	}
	got, err := b.Read(t.Context(), bucket, "key", 6<<20)
	if err != nil || string(got) != first+"the end" {
		t.Errorf("completed object has %d bytes, %v", len(got), err)
	}
}

// TestMinIOAssumeRole: credentials made with Synapse's session policy reach
// the base key, and nothing else.
func TestMinIOAssumeRole(t *testing.T) {
	b, server := startMinIO(t)
	for _, key := range []string{"data/a", "data/owner.txt", "data2/a"} {
		put(t, b, key, "", "bytes")
	}
	policy, err := emulator.SessionPolicy(bucket, "data", synapse.STSReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := b.AssumeRole(t.Context(), "sts-1-syn2", policy, 15*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	session := minioClient(server, keys.AccessKeyID, keys.SecretAccessKey, keys.SessionToken)
	for key, allowed := range map[string]bool{
		"data/a": true, "data/owner.txt": false, "data2/a": false,
	} {
		out, err := session.GetObject(t.Context(), &s3.GetObjectInput{
			Bucket: aws.String(bucket), Key: aws.String(key),
		})
		if err == nil {
			_ = out.Body.Close()
		}
		if got := err == nil; got != allowed {
			t.Errorf("reading %s: %v, want it allowed: %v", key, err, allowed)
		}
	}
	_, err = session.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: aws.String(bucket), Key: aws.String("data/new"), Body: strings.NewReader("x"),
	})
	if err != nil {
		t.Errorf("writing below the base key: %v", err)
	}
	listings := map[string]bool{"data": true, "data/": true, "": false, "data2": false}
	for prefix, allowed := range listings {
		out, err := session.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{
			Bucket: aws.String(bucket), Prefix: aws.String(prefix),
		})
		if got := err == nil; got != allowed {
			t.Errorf("listing %q: %v, want it allowed: %v", prefix, err, allowed)
		}
		if prefix == "data/" && err == nil && !slices.ContainsFunc(out.Contents,
			func(o types.Object) bool { return aws.ToString(o.Key) == "data/a" }) {
			t.Errorf("listing of data/ lacks data/a")
		}
	}
}
