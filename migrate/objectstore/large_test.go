//go:build minio && large

package objectstore_test

import (
	"bytes"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/migrate/transfer"
)

// An object over CopyObject's real limit is copied in parts, without a byte
// of it passing through this process.
func TestLargeCopy(t *testing.T) {
	m := startMinIO(t)
	const parts, partBytes = 12, 512 * mib
	m.putParts(t, "large", noise(partBytes), parts)
	source, dest := m.store(t, nil), m.store(t, nil)
	mover := objectstore.NewMover(source, dest, objectstore.MoverOptions{})
	o := listed(t, source, sourceBucket, "large")
	res, err := mover.Copy(t.Context(), transfer.Request{Source: o, Bucket: destBucket, Key: "large"})
	if err != nil || res.Object.SizeBytes != parts*partBytes {
		t.Fatalf("got %+v, %v", res, err)
	}
	if c := dest.Counters(); c.BytesWritten+c.BytesRead+source.Counters().BytesRead != 0 ||
		c.Calls["UploadPartCopy"] == 0 {
		t.Errorf("got %+v, want parts copied and no bytes moved", c)
	}
	want, err := mover.Hash(t.Context(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	back := objectstore.NewMover(dest, dest, objectstore.MoverOptions{})
	got, err := back.Hash(t.Context(), res.Object, nil)
	if err != nil || got != want {
		t.Errorf("the copy has MD5 %s, %v; want %s", got, err, want)
	}
}

// putParts uploads an object made of equal parts.
func (m minio) putParts(t *testing.T, key string, data []byte, count int32) {
	t.Helper()
	bucket := aws.String(sourceBucket)
	up, err := m.root.CreateMultipartUpload(t.Context(),
		&s3.CreateMultipartUploadInput{Bucket: bucket, Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	var done []types.CompletedPart
	for n := int32(1); n <= count; n++ {
		out, err := m.root.UploadPart(t.Context(), &s3.UploadPartInput{
			Bucket: bucket, Key: &key, UploadId: up.UploadId, PartNumber: aws.Int32(n),
			Body: bytes.NewReader(data),
		})
		if err != nil {
			t.Fatal(err)
		}
		done = append(done, types.CompletedPart{
			PartNumber: aws.Int32(n), ETag: out.ETag, ChecksumCRC32: out.ChecksumCRC32,
		})
	}
	_, err = m.root.CompleteMultipartUpload(t.Context(), &s3.CompleteMultipartUploadInput{
		Bucket: bucket, Key: &key, UploadId: up.UploadId,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: done},
	})
	if err != nil {
		t.Fatal(err)
	}
}
