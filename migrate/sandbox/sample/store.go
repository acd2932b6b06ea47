package sample

import (
	"bytes"
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"golang.org/x/sync/errgroup"

	"synapse-migrate/migrate/sandbox/describe"
)

// storeAtOnce is how many objects are stored at the same time.
const storeAtOnce = 8

// partBytes is the size of the parts of multipart objects.
const partBytes = 5 << 20

// object is one to be stored in S3.
type object struct {
	bucket, key, contentType string
	content                  []byte
	multipart                bool
}

// keep has the bytes of a version stored where its kind wants them.
func (m *maker) keep(s spec, v describe.SampleVersion, content []byte) {
	switch s.kind {
	case describe.KindGoogle:
		m.Outside.AddGoogle(v.Bucket, v.Key, v.ContentType, content)
	case describe.KindProxy:
		m.Outside.AddProxied(proxyUploads, v.Key, v.ContentType, content)
	case describe.KindURL:
	default:
		m.objects = append(m.objects, object{v.Bucket, v.Key, v.ContentType, content, s.multipart})
	}
}

// store puts all objects into S3.
func (m *maker) store(ctx context.Context) error {
	clients := map[string]*s3.Client{}
	for _, bucket := range m.made.Buckets {
		if bucket != googleBucket {
			clients[bucket] = m.S3(bucket)
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(storeAtOnce)
	for _, o := range m.objects {
		group.Go(func() error {
			if err := o.put(ctx, clients[o.bucket]); err != nil {
				return fmt.Errorf("storing s3://%s/%s: %w", o.bucket, o.key, err)
			}
			return nil
		})
	}
	return group.Wait()
}

func (o object) put(ctx context.Context, store *s3.Client) error {
	if o.multipart {
		return o.putParts(ctx, store)
	}
	_, err := store.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &o.bucket, Key: &o.key, ContentType: &o.contentType, Body: bytes.NewReader(o.content),
	})
	return err
}

// putParts stores an object in parts.
func (o object) putParts(ctx context.Context, store *s3.Client) error {
	begun, err := store.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{
		Bucket: &o.bucket, Key: &o.key, ContentType: &o.contentType,
	})
	if err != nil {
		return err
	}
	var parts []types.CompletedPart
	for rest := o.content; len(rest) > 0; {
		size := min(partBytes, len(rest))
		number := aws.Int32(int32(len(parts) + 1))
		part, err := store.UploadPart(ctx, &s3.UploadPartInput{
			Bucket: &o.bucket, Key: &o.key, UploadId: begun.UploadId, PartNumber: number,
			Body: bytes.NewReader(rest[:size]),
		})
		if err != nil {
			return err
		}
		parts = append(parts, types.CompletedPart{ETag: part.ETag, PartNumber: number})
		rest = rest[size:]
	}
	_, err = store.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: &o.bucket, Key: &o.key, UploadId: begun.UploadId,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
	})
	return err
}
