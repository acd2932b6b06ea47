//go:build minio

package objectstore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"synapse-migrate/migrate/credentials"
	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/migrate/sandbox/miniotest"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

const (
	sourceBucket = "from"
	destBucket   = "dest"
)

// minio is a server with two buckets, and its own client to prepare them.
type minio struct {
	server miniotest.Server
	root   *s3.Client
}

// startMinIO runs a server for one test.
func startMinIO(t *testing.T) minio {
	t.Helper()
	server := miniotest.Start(t)
	m := minio{server: server, root: s3.New(s3.Options{
		Region: miniotest.Region, BaseEndpoint: aws.String(server.Endpoint), UsePathStyle: true,
		Credentials: credentials.Static(server.RootUser, server.RootSecret, ""),
	})}
	for _, b := range []string{sourceBucket, destBucket} {
		if _, err := m.root.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String(b)}); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// store reaches the server with the root's keys, or others.
func (m minio) store(t *testing.T, edit func(*objectstore.Options)) *objectstore.Store {
	t.Helper()
	o := objectstore.Options{
		Credentials: credentials.Static(m.server.RootUser, m.server.RootSecret, ""),
		Endpoint:    m.server.Endpoint, PathStyle: true,
	}
	if edit != nil {
		edit(&o)
	}
	return open(t, o)
}

// put writes an object and returns it as the listing has it.
func (m minio) put(t *testing.T, key string, data []byte) planner.Object {
	t.Helper()
	_, err := m.root.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: aws.String(sourceBucket), Key: aws.String(key), Body: bytes.NewReader(data),
		ContentType: aws.String("text/x-odd"), Metadata: map[string]string{"colour": "blue"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return listed(t, m.store(t, nil), sourceBucket, key)
}

// check compares an object at the destination with what was sent.
func (m minio) check(t *testing.T, key string, want []byte) {
	t.Helper()
	out, err := m.root.GetObject(t.Context(), &s3.GetObjectInput{
		Bucket: aws.String(destBucket), Key: aws.String(key),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Body.Close()
	var got bytes.Buffer
	if _, err := got.ReadFrom(out.Body); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("%d other bytes at the destination, sent %d", got.Len(), len(want))
	}
	if aws.ToString(out.ContentType) != "text/x-odd" || out.Metadata["colour"] != "blue" {
		t.Errorf("content type %v, metadata %v", aws.ToString(out.ContentType), out.Metadata)
	}
}

func TestMinIOCopy(t *testing.T) {
	m := startMinIO(t)
	lowered := func(o *objectstore.Options) { o.CopyLimitBytes, o.PartSizeBytes = 12*mib, 5*mib }
	for _, size := range []int{0, 1000, 12 * mib, 12*mib + 1} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			source, dest := m.store(t, lowered), m.store(t, lowered)
			mover := objectstore.NewMover(source, dest, objectstore.MoverOptions{})
			key := fmt.Sprintf("base/odd +%%20&=é/%d", size)
			data := noise(size)
			req := transfer.Request{Source: m.put(t, key, data), Bucket: destBucket, Key: key}
			for _, found := range []bool{false, true} {
				res, err := mover.Copy(t.Context(), req)
				if err != nil || res.Found != found || res.Object.SizeBytes != int64(size) {
					t.Fatalf("got %+v, %v; want found %v", res, err, found)
				}
			}
			m.check(t, key, data)
			for _, s := range []*objectstore.Store{source, dest} {
				if c := s.Counters(); c.BytesWritten != 0 {
					t.Errorf("%d bytes written by this process", c.BytesWritten)
				}
			}
			parts := dest.Counters().Calls["UploadPartCopy"]
			if multipart := size > 12*mib; multipart != (parts == 3) {
				t.Errorf("%d parts copied", parts)
			}
		})
	}
}

func TestMinIOCopyReadsNothing(t *testing.T) {
	m := startMinIO(t)
	lowered := func(o *objectstore.Options) { o.CopyLimitBytes, o.PartSizeBytes = 12*mib, 5*mib }
	source, dest := m.store(t, lowered), m.store(t, lowered)
	mover := objectstore.NewMover(source, dest, objectstore.MoverOptions{})
	for _, size := range []int{1000, 13 * mib} {
		key := fmt.Sprint(size)
		req := transfer.Request{Source: m.put(t, key, noise(size)), Bucket: destBucket, Key: key}
		if _, err := mover.Copy(t.Context(), req); err != nil {
			t.Fatal(err)
		}
	}
	if s, d := source.Counters(), dest.Counters(); s.BytesRead+s.BytesWritten+d.BytesRead+d.BytesWritten != 0 {
		t.Errorf("bytes went through this process: %+v, %+v", s, d)
	}
}

func TestMinIOStream(t *testing.T) {
	m := startMinIO(t)
	small := func(o *objectstore.Options) { o.PartSizeBytes = 5 * mib }
	for _, size := range []int{0, 1000, 5*mib + 1, 17 * mib} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			mover := objectstore.NewMover(m.store(t, small), m.store(t, small), objectstore.MoverOptions{})
			key := fmt.Sprintf("stream/%d", size)
			data := noise(size)
			req := transfer.Request{Source: m.put(t, key, data), Bucket: destBucket, Key: key}
			for _, found := range []bool{false, true} {
				res, err := mover.Stream(t.Context(), req)
				if err != nil || res.Found != found || res.MD5 != md5Of(data) {
					t.Fatalf("got %+v, %v; want found %v", res, err, found)
				}
			}
			m.check(t, key, data)
			other := m.put(t, key+"x", append(noise(size), 'x'))
			_, err := mover.Stream(t.Context(), transfer.Request{Source: other, Bucket: destBucket, Key: key})
			if !errors.Is(err, transfer.ErrExists) {
				t.Errorf("got %v, want %v", err, transfer.ErrExists)
			}
		})
	}
}

func TestMinIOStreamGoesOn(t *testing.T) {
	m := startMinIO(t)
	small := func(o *objectstore.Options) { o.PartSizeBytes, o.PartConcurrency = 5*mib, 1 }
	data := noise(17 * mib)
	source := m.put(t, "k", data)
	stop := errors.New("stop")
	for saves := 1; saves <= 5; saves++ {
		t.Run(fmt.Sprint(saves), func(t *testing.T) {
			mover := objectstore.NewMover(m.store(t, small), m.store(t, small), objectstore.MoverOptions{})
			req := transfer.Request{Source: source, Bucket: destBucket, Key: fmt.Sprint("k", saves)}
			n := 0
			req.Save = func(_ context.Context, u transfer.Upload) error {
				req.Resume = u
				if n++; n == saves {
					return stop
				}
				return nil
			}
			if _, err := mover.Stream(t.Context(), req); !errors.Is(err, stop) {
				t.Fatalf("got %v, want the stop", err)
			}
			left := source.SizeBytes - req.Resume.HashedBytes
			res, err := mover.Stream(t.Context(), req)
			if err != nil || res.MD5 != md5Of(data) || res.BytesRead != left {
				t.Fatalf("got %+v, %v; want %d bytes read", res, err, left)
			}
			m.check(t, req.Key, data)
		})
	}
}

func TestMinIOAssumedRole(t *testing.T) {
	m := startMinIO(t)
	client := sts.New(sts.Options{
		Region: miniotest.Region, BaseEndpoint: aws.String(m.server.Endpoint),
		Credentials: credentials.Static(m.server.RootUser, m.server.RootSecret, ""),
	})
	// Synapse's read_write policy without s3:PutObjectAcl, which MinIO takes
	// for no action at all.
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:AbortMultipartUpload",
		"s3:DeleteObject","s3:GetObject","s3:ListMultipartUploadParts","s3:PutObject"],
		"Resource":["arn:aws:s3:::dest/base","arn:aws:s3:::dest/base/*"]}]}`
	role := stscreds.NewAssumeRoleProvider(client, "arn:aws:iam::000000000000:role/any",
		func(o *stscreds.AssumeRoleOptions) {
			o.Policy, o.Duration = aws.String(policy), 15*time.Minute
		})
	provider := credentials.NewRenewing("assumed role", role, credentials.Options{})
	dest := m.store(t, func(o *objectstore.Options) { o.Credentials, o.PartSizeBytes = provider, 5*mib })
	mover := objectstore.NewMover(m.store(t, nil), dest, objectstore.MoverOptions{})
	data := noise(6 * mib)
	source := m.put(t, "k", data)
	req := transfer.Request{Source: source, Bucket: destBucket, Key: "base/k"}
	if res, err := mover.Stream(t.Context(), req); err != nil || res.MD5 != md5Of(data) {
		t.Fatalf("got %+v, %v", res, err)
	}
	m.check(t, "base/k", data)
	req.Key = "base2/k"
	if _, err := mover.Stream(t.Context(), req); !errors.Is(err, transfer.ErrDenied) {
		t.Errorf("outside the base key: got %v, want %v", err, transfer.ErrDenied)
	}
	req.Key = "base/copied"
	if _, err := mover.Copy(t.Context(), req); !errors.Is(err, transfer.ErrDenied) {
		t.Errorf("copy without the right to read: got %v, want %v", err, transfer.ErrDenied)
	}
}
