package objectstore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"synapse-migrate/migrate/credentials"
	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/migrate/sandbox/describe"
	"synapse-migrate/migrate/sandbox/sandboxtest"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// box is a sandbox with what the tests need of it.
type box struct {
	*sandboxtest.Instance
	// folder is how the external folder is written, vended how often its
	// credentials were asked for.
	folder *credentials.Renewing
	vended *atomic.Int32
	client *synapse.Client
	edit   func(*objectstore.Options)
}

// startBox runs a sandbox whose credentials live for a second.
func startBox(t *testing.T) box {
	t.Helper()
	i := sandboxtest.Start(t, "--token-life", "1s", "--copy-limit", "8388608")
	client, err := synapse.New(synapse.Options{
		Endpoint: i.SynapseEndpoint, Token: synapse.Token(i.Owner.Token),
	})
	if err != nil {
		t.Fatal(err)
	}
	counted := &vendor{client: client}
	provider := credentials.Synapse(counted, i.External.ID, synapse.STSReadWrite)
	return box{
		Instance: i, vended: &counted.calls, client: client,
		folder: credentials.NewRenewing("folder", provider, credentials.Options{}),
		edit: func(o *objectstore.Options) {
			o.CopyLimitBytes, o.PartSizeBytes = 8*mib, 5*mib
		},
	}
}

// vendor counts calls.
type vendor struct {
	client credentials.STS
	calls  atomic.Int32
}

func (v *vendor) STSCredentials(
	ctx context.Context, id string, p synapse.STSPermission,
) (synapse.STSCredentials, error) {
	v.calls.Add(1)
	return v.client.STSCredentials(ctx, id, p)
}

// store reaches the sandbox's S3.
func (b box) store(t *testing.T, p aws.CredentialsProvider) *objectstore.Store {
	t.Helper()
	o := objectstore.Options{Credentials: p, Endpoint: b.S3Endpoint, Region: b.Region, PathStyle: true}
	b.edit(&o)
	return open(t, o)
}

// keys are long-lived keys.
func keys(k describe.Keys) aws.CredentialsProvider {
	return credentials.Static(k.AccessKeyID, k.SecretAccessKey, "")
}

// put writes an object with the root's keys.
func (b box) put(t *testing.T, bucket, key string, data []byte) planner.Object {
	t.Helper()
	root := s3.New(s3.Options{
		Region: b.Region, BaseEndpoint: aws.String(b.S3Endpoint), UsePathStyle: true,
		Credentials: keys(b.Root),
	})
	_, err := root.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: &bucket, Key: &key, Body: bytes.NewReader(data),
		ContentType: aws.String("text/x-odd"), Metadata: map[string]string{"colour": "blue"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return listed(t, b.store(t, keys(b.Root)), bucket, key)
}

// check reads the destination with the folder's own credentials.
func (b box) check(t *testing.T, key string, want []byte) {
	t.Helper()
	dest := b.store(t, b.folder)
	d, err := dest.Head(t.Context(), b.External.Bucket, key)
	if err != nil {
		t.Fatal(err)
	}
	if d.ContentType != "text/x-odd" || d.UserMetadata["colour"] != "blue" {
		t.Errorf("content type %q, metadata %v", d.ContentType, d.UserMetadata)
	}
	mover := objectstore.NewMover(dest, dest, objectstore.MoverOptions{})
	r, err := mover.Open(t.Context(), d.Object, 0, d.SizeBytes)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("got %d bytes of %d, %v", len(got), len(want), err)
	}
}

func TestSandbox(t *testing.T) {
	b := startBox(t)
	t.Run("stream between two principals while tokens expire", b.stream)
	t.Run("stream in parts, one token each", b.streamParts)
	t.Run("copy", b.copy)
	t.Run("copy of a multipart object", b.copyMultipart)
	t.Run("not beside the base key", b.outside)
	t.Run("overwritten in place", b.overwritten)
	t.Run("download URLs", b.downloads)
	t.Run("copied inside the folder, and the first one removed", b.mirror)
}

// stream sends objects until the credentials were renewed several times.
func (b box) stream(t *testing.T) {
	mover := objectstore.NewMover(b.store(t, keys(b.ForeignKeys)), b.store(t, b.folder),
		objectstore.MoverOptions{})
	data := noise(100_000)
	source := b.put(t, b.Foreign, "odd +%20&=é", data)
	began := b.vended.Load()
	for i := 0; b.vended.Load() < began+4; i++ {
		key := fmt.Sprintf("%s/stream/odd +%%20&=é %d", b.External.BaseKey, i)
		req := transfer.Request{Source: source, Bucket: b.External.Bucket, Key: key}
		res, err := mover.Stream(t.Context(), req)
		if err != nil || res.MD5 != md5Of(data) || res.Found {
			t.Fatalf("object %d: got %+v, %v", i, res, err)
		}
		if i == 0 {
			b.check(t, key, data)
			if res, err := mover.Stream(t.Context(), req); err != nil || !res.Found {
				t.Fatalf("again: got %+v, %v", res, err)
			}
		}
	}
}

// streamParts goes on in a new attempt after every part, with another token
// than the upload was begun with.
func (b box) streamParts(t *testing.T) {
	mover := objectstore.NewMover(b.store(t, keys(b.ForeignKeys)), b.store(t, b.folder),
		objectstore.MoverOptions{})
	data := noise(17 * mib)
	source := b.put(t, b.Foreign, "large", data)
	req := transfer.Request{
		Source: source, Bucket: b.External.Bucket, Key: b.External.BaseKey + "/large",
	}
	stop := errors.New("stop")
	req.Save = func(_ context.Context, u transfer.Upload) error {
		more := len(u.Parts) > len(req.Resume.Parts)
		req.Resume = u
		if more {
			return stop
		}
		return nil
	}
	var res transfer.Result
	err := stop
	for errors.Is(err, stop) {
		stale, credErr := b.folder.Retrieve(t.Context())
		if credErr != nil {
			t.Fatal(credErr)
		}
		if err := b.folder.Refresh(t.Context(), stale); err != nil {
			t.Fatal(err)
		}
		res, err = mover.Stream(t.Context(), req)
	}
	if err != nil || res.MD5 != md5Of(data) {
		t.Fatalf("got %+v, %v", res, err)
	}
	b.check(t, req.Key, data)
}

// copy copies what the folder's credentials may read: inside the base key,
// and with the owner's keys from another bucket.
func (b box) copy(t *testing.T) {
	dest := b.store(t, keys(b.OwnerKeys))
	mover := objectstore.NewMover(b.store(t, keys(b.OwnerKeys)), dest, objectstore.MoverOptions{})
	for _, size := range []int{0, 1000, 8 * mib, 8*mib + 1} {
		key := fmt.Sprintf("copy/odd +%%20&=é %d", size)
		data := noise(size)
		source := b.put(t, b.Source, key, data)
		req := transfer.Request{
			Source: source, Bucket: b.External.Bucket, Key: b.External.BaseKey + "/" + key,
		}
		for _, found := range []bool{false, true} {
			res, err := mover.Copy(t.Context(), req)
			if err != nil || res.Found != found {
				t.Fatalf("%d bytes: got %+v, %v; want found %v", size, res, err, found)
			}
		}
		b.check(t, req.Key, data)
	}
	if c := dest.Counters(); c.BytesWritten != 0 || c.Calls["UploadPartCopy"] != 2 {
		t.Errorf("got %+v, want no bytes and two parts", c)
	}
}

// copyMultipart copies an object of two parts in one request, which gives
// it another ETag, and recognises it afterwards.
func (b box) copyMultipart(t *testing.T) {
	root := b.store(t, keys(b.Root))
	owner := b.store(t, keys(b.OwnerKeys))
	data := noise(6 * mib)
	whole := b.put(t, b.Foreign, "whole", data)
	parts := transfer.Request{Source: whole, Bucket: b.Source, Key: "parts"}
	if _, err := objectstore.NewMover(root, root, objectstore.MoverOptions{}).Stream(t.Context(), parts); err != nil {
		t.Fatal(err)
	}
	d, err := owner.Head(t.Context(), b.Source, "parts")
	if err != nil || d.PartsCount != 2 || d.SizeBytes != 6*mib || d.Checksums["CRC64NVME"] == "" {
		t.Fatalf("got %+v, %v", d, err)
	}
	mover := objectstore.NewMover(owner, owner, objectstore.MoverOptions{})
	req := transfer.Request{
		Source: d.Object, Bucket: b.External.Bucket, Key: b.External.BaseKey + "/parts",
	}
	for _, found := range []bool{false, true} {
		res, err := mover.Copy(t.Context(), req)
		if err != nil || res.Found != found {
			t.Fatalf("got %+v, %v; want found %v", res, err, found)
		}
	}
	if c := owner.Counters(); c.BytesRead != 0 {
		t.Errorf("%d bytes read to compare, although S3 has checksums", c.BytesRead)
	}
	b.check(t, req.Key, data)
}

// outside shows that the folder's credentials end at the base key.
func (b box) outside(t *testing.T) {
	mover := objectstore.NewMover(b.store(t, keys(b.ForeignKeys)), b.store(t, b.folder),
		objectstore.MoverOptions{})
	source := b.put(t, b.Foreign, "k", noise(10))
	for _, key := range []string{b.External.BaseKey + "2/k", b.External.BaseKey + "/owner.txt"} {
		req := transfer.Request{Source: source, Bucket: b.External.Bucket, Key: key, Replace: true}
		if _, err := mover.Stream(t.Context(), req); !errors.Is(err, transfer.ErrDenied) {
			t.Errorf("%q: got %v, want %v", key, err, transfer.ErrDenied)
		}
	}
	inside := transfer.Request{
		Source: source, Bucket: b.External.Bucket, Key: b.External.BaseKey + "/k",
	}
	if _, err := mover.Copy(t.Context(), inside); !errors.Is(err, transfer.ErrDenied) {
		t.Errorf("copy from another institution: got %v, want %v", err, transfer.ErrDenied)
	}
}

// overwritten looks at an object with the folder's own credentials before
// and after somebody wrote other content of the same size.
func (b box) overwritten(t *testing.T) {
	folder := b.store(t, b.folder)
	mover := objectstore.NewMover(folder, folder, objectstore.MoverOptions{})
	key := b.External.BaseKey + "/place/odd +%20&=é"
	planned := b.put(t, b.External.Bucket, key, []byte("planned"))
	if err := mover.Unchanged(t.Context(), planned); err != nil {
		t.Errorf("as planned: %v", err)
	}
	b.put(t, b.External.Bucket, key, []byte("changed"))
	if err := mover.Unchanged(t.Context(), planned); !errors.Is(err, transfer.ErrChanged) {
		t.Errorf("overwritten: got %v, want %v", err, transfer.ErrChanged)
	}
	if c := folder.Counters(); c.BytesRead != 0 || c.Calls["HeadObject"] != 2 {
		t.Errorf("got %+v, want two heads and no bytes", c)
	}
}

// urls are Synapse's download URLs, counted.
type urls struct {
	client *synapse.Client
	calls  atomic.Int32
}

func (u *urls) DownloadURL(ctx context.Context, d planner.Download) (string, error) {
	u.calls.Add(1)
	return u.client.DownloadURL(ctx, d.FileHandleID, d.EntityID)
}

// router reads with download URLs, and works in the folder with its own
// credentials.
func (b box) router(t *testing.T, u *urls) *objectstore.Router {
	t.Helper()
	return objectstore.NewRouter(objectstore.Routes{
		Downloads:   objectstore.NewDownloads(u, objectstore.WebOptions{}),
		Destination: b.store(t, b.folder), DestinationBucket: b.External.Bucket,
		BaseKey: b.External.BaseKey,
	})
}

// downloads streams an object that only Synapse's URLs reach: the router has
// no credentials for it.
func (b box) downloads(t *testing.T) {
	data := noise(12 * mib)
	size := int64(len(data))
	o := b.put(t, b.External.Bucket, b.External.BaseKey+"/download/odd +%20&=é", data)
	handle, err := b.client.RegisterS3Object(t.Context(), synapse.FileHandle{
		ConcreteType: synapse.TypeS3FileHandle, BucketName: o.Bucket, Key: o.Key,
		ContentMD5: md5Of(data), ContentType: "text/x-odd", FileName: "odd name",
		StorageLocationID: &b.External.StorageLocationID, ContentSize: &size,
	})
	if err != nil {
		t.Fatal(err)
	}
	u := &urls{client: b.client}
	router := b.router(t, u)
	source := planner.Object{
		SizeBytes: size, Download: &planner.Download{FileHandleID: handle.ID, EntityID: "syn1"},
	}
	req := transfer.Request{
		Source: source, Bucket: b.External.Bucket, Key: b.External.BaseKey + "/downloaded",
	}
	res, err := router.Stream(t.Context(), req)
	if err != nil || res.MD5 != md5Of(data) || res.ContentType != "text/x-odd" {
		t.Fatalf("got %+v, %v", res, err)
	}
	b.check(t, req.Key, data)
	if n := u.calls.Load(); n != 1 {
		t.Errorf("%d URLs asked for, want one", n)
	}
	gone := source
	gone.Download = &planner.Download{FileHandleID: "1", EntityID: "syn1"}
	if _, err := router.Hash(t.Context(), gone, nil); !errors.Is(err, synapse.ErrForbidden) {
		t.Errorf("got %v, want %v", err, synapse.ErrForbidden)
	}
}

// mirror does what follows on a copy that Synapse made.
func (b box) mirror(t *testing.T) {
	router := b.router(t, &urls{client: b.client})
	data := noise(100_000)
	made := b.put(t, b.External.Bucket, b.External.BaseKey+"/1/2/k", data)
	req := transfer.Request{Source: made, Bucket: made.Bucket, Key: b.External.BaseKey + "/a/k"}
	if res, err := router.Copy(t.Context(), req); err != nil || res.Object.ETag != made.ETag {
		t.Fatalf("got %+v, %v", res, err)
	}
	if err := router.Remove(t.Context(), made.Bucket, made.Key, "other"); !errors.Is(err, transfer.ErrChanged) {
		t.Errorf("another object: got %v, want %v", err, transfer.ErrChanged)
	}
	for range 2 {
		if err := router.Remove(t.Context(), made.Bucket, made.Key, made.ETag); err != nil {
			t.Error(err)
		}
	}
	if _, err := router.Head(t.Context(), made.Bucket, made.Key); !errors.Is(err, transfer.ErrNotFound) {
		t.Errorf("got %v, want %v", err, transfer.ErrNotFound)
	}
	b.check(t, req.Key, data)
}
