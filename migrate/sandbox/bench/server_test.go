//go:build bench

package bench

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"golang.org/x/sync/errgroup"

	"synapse-migrate/migrate/sandbox/miniotest"
)

// server is a MinIO with the measures' own way into it.
type server struct {
	miniotest.Server
	client *s3.Client
}

func startServer(t *testing.T) server {
	m := miniotest.Start(t)
	s := reach(m.Endpoint, m.RootUser, m.RootSecret)
	s.Server = m
	return s
}

// reach is the way to a server.
func reach(endpoint, keyID, secret string) server {
	return server{client: s3.New(s3.Options{
		Region: miniotest.Region, BaseEndpoint: &endpoint, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(keyID, secret, ""),
	})}
}

// site is the server as programs get it, with folders of their own.
func (s server) site(t *testing.T, endpoint string) Site {
	return Site{
		Endpoint: endpoint, Region: miniotest.Region,
		AccessKeyID: s.RootUser, Secret: s.RootSecret,
		Folder: t.TempDir(), Path: os.Getenv("PATH"),
	}
}

// make makes a bucket.
func (s server) make(ctx context.Context, bucket string) error {
	_, err := s.client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &bucket})
	return err
}

// fill makes a bucket with objects of random bytes, 1,000 to a prefix.
func (s server) fill(ctx context.Context, bucket string, objects int, size int64) error {
	if err := s.make(ctx, bucket); err != nil {
		return err
	}
	data, err := io.ReadAll(io.LimitReader(rand.NewChaCha8([32]byte{1}), size))
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(Concurrency)
	for i := range objects {
		group.Go(func() error {
			_, err := s.client.PutObject(ctx, &s3.PutObjectInput{
				Bucket: &bucket, Key: aws.String(fmt.Sprintf("d%03d/sample-%06d.bin", i/1000, i)),
				Body: bytes.NewReader(data),
			})
			return err
		})
	}
	return group.Wait()
}

// pages lists a bucket.
func (s server) pages(
	ctx context.Context, bucket string, each func([]types.Object) error,
) error {
	p := s3.NewListObjectsV2Paginator(s.client, &s3.ListObjectsV2Input{Bucket: &bucket})
	for p.HasMorePages() {
		page, err := p.NextPage(ctx)
		if err != nil {
			return err
		}
		if err := each(page.Contents); err != nil {
			return err
		}
	}
	return nil
}

// size counts what a bucket holds.
func (s server) size(ctx context.Context, bucket string) (objects, bytes int64, err error) {
	err = s.pages(ctx, bucket, func(page []types.Object) error {
		objects += int64(len(page))
		for _, o := range page {
			bytes += aws.ToInt64(o.Size)
		}
		return nil
	})
	return objects, bytes, err
}

// drop removes a bucket with all that is in it.
func (s server) drop(ctx context.Context, bucket string) error {
	err := s.pages(ctx, bucket, func(page []types.Object) error {
		if len(page) == 0 {
			return nil
		}
		ids := make([]types.ObjectIdentifier, 0, len(page))
		for _, o := range page {
			ids = append(ids, types.ObjectIdentifier{Key: o.Key})
		}
		_, err := s.client.DeleteObjects(ctx, &s3.DeleteObjectsInput{
			Bucket: &bucket, Delete: &types.Delete{Objects: ids, Quiet: aws.Bool(true)},
		})
		return err
	})
	if err != nil {
		return err
	}
	_, err = s.client.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &bucket})
	return err
}
