package emulator_test

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/rclone/gofakes3"
	"github.com/rclone/gofakes3/s3mem"

	"synapse-migrate/migrate/sandbox/awsbackend"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// Buckets of a bench.
const (
	synapseBucket = "synapse-own"
	labBucket     = "lab-data"
	otherBucket   = "other-lab"
)

// emptyMD5 is any MD5 where none is compared.
const emptyMD5 = "d41d8cd98f00b204e9800998ecf8427e"

// fileBench is an emulator behind HTTP, beside an S3 that checks signatures,
// with an owner, a stranger and a project of the owner's.
type fileBench struct {
	t                 *testing.T
	e                 *emulator.Emulator
	url               string
	s3                *s3.Client
	storage           *stubbedStorage
	vendor            *recordingVendor
	owner, stranger   int64
	ownerToken, other string
	project           string
}

// stubbedStorage is a real S3 whose answers a test may replace, by bucket or
// by bucket/key.
type stubbedStorage struct {
	emulator.Storage
	regions                   map[string]string
	reads, heads, deletes     map[string]error
	beforeUpload, beforeFinal func()
	final, writes             error
}

func (s *stubbedStorage) Region(ctx context.Context, bucket string) (string, error) {
	if region := s.regions[bucket]; region != "" {
		return region, nil
	}
	return s.Storage.Region(ctx, bucket)
}

func (s *stubbedStorage) Read(
	ctx context.Context, bucket, key string, limit int64,
) ([]byte, error) {
	if err := s.reads[bucket+"/"+key]; err != nil {
		return nil, err
	}
	return s.Storage.Read(ctx, bucket, key, limit)
}

func (s *stubbedStorage) Head(
	ctx context.Context, bucket, key string,
) (emulator.ObjectInfo, error) {
	if err := s.heads[bucket+"/"+key]; err != nil {
		return emulator.ObjectInfo{}, err
	}
	return s.Storage.Head(ctx, bucket, key)
}

func (s *stubbedStorage) Write(
	ctx context.Context, bucket, key, contentType string, content []byte,
) error {
	if s.writes != nil {
		return s.writes
	}
	return s.Storage.Write(ctx, bucket, key, contentType, content)
}

func (s *stubbedStorage) Delete(ctx context.Context, bucket, key string) error {
	if err := s.deletes[bucket+"/"+key]; err != nil {
		return err
	}
	return s.Storage.Delete(ctx, bucket, key)
}

func (s *stubbedStorage) CreateUpload(
	ctx context.Context, bucket, key, contentType string,
) (string, error) {
	if s.beforeUpload != nil {
		run := s.beforeUpload
		s.beforeUpload = nil
		run()
	}
	return s.Storage.CreateUpload(ctx, bucket, key, contentType)
}

func (s *stubbedStorage) CompleteUpload(
	ctx context.Context, bucket, key, uploadID string, etags []string,
) error {
	if s.beforeFinal != nil {
		run := s.beforeFinal
		s.beforeFinal = nil
		run()
	}
	if s.final != nil {
		return s.final
	}
	return s.Storage.CompleteUpload(ctx, bucket, key, uploadID, etags)
}

// recordingVendor hands out made-up credentials and remembers what for.
type recordingVendor struct {
	session, policy string
	life            time.Duration
	err             error
}

func (v *recordingVendor) AssumeRole(
	_ context.Context, session, policy string, life time.Duration,
) (emulator.Credentials, error) {
	v.session, v.policy, v.life = session, policy, life
	return emulator.Credentials{
		AccessKeyID: "ASIA1", SecretAccessKey: "s", SessionToken: "t",
		Expiration: time.Date(2024, 10, 25, 6, 7, 6, 0, time.UTC),
	}, v.err
}

// newFileBench starts everything; it ends with the test.
func newFileBench(t *testing.T) *fileBench {
	t.Helper()
	memory := s3mem.New()
	server := httptest.NewServer(gofakes3.New(memory,
		gofakes3.WithV4Auth(map[string]string{"AKIA1": "secret"})).Server())
	t.Cleanup(server.Close)
	b := &fileBench{t: t, vendor: &recordingVendor{}}
	b.storage = &stubbedStorage{Storage: awsbackend.New(awsbackend.Options{
		S3Endpoint: server.URL, AccessKeyID: "AKIA1", SecretAccessKey: "secret",
	})}
	for _, bucket := range []string{synapseBucket, labBucket, otherBucket} {
		if err := memory.CreateBucket(t.Context(), bucket); err != nil {
			t.Fatal(err)
		}
	}
	b.s3 = s3.New(s3.Options{
		BaseEndpoint: aws.String(server.URL), Region: "us-east-1", UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider("AKIA1", "secret", ""),
	})
	b.start(emulator.Options{Storage: b.storage, Vendor: b.vendor, Bucket: synapseBucket})
	return b
}

// in is the bench for a subtest.
func (b *fileBench) in(t *testing.T) *fileBench {
	inner := *b
	inner.t = t
	return &inner
}

// start serves an emulator with two users and a project.
func (b *fileBench) start(o emulator.Options) {
	b.e = emulator.New(o)
	server := httptest.NewServer(b.e)
	b.t.Cleanup(server.Close)
	b.url = server.URL
	b.owner = b.e.AddUser(emulator.User{
		Name: "Ada", Emails: []string{"Ada@Lab.org"}, Certified: true,
		Teams: []int64{77, synapse.PrincipalCertifiedUsers},
	})
	b.stranger = b.e.AddUser(emulator.User{Name: "bob", Certified: true})
	b.ownerToken = b.e.AddToken(b.owner, nil, 0)
	b.other = b.e.AddToken(b.stranger, nil, 0)
	b.project = b.e.AddProject(b.owner, "project")
}

// fileAnswer is what a call came back with.
type fileAnswer struct {
	status int
	header http.Header
	text   string
	doc    map[string]any
}

// call sends one request; token "" is anonymous, body may be a string or
// anything that JSON can write.
func (b *fileBench) call(token, method, path string, body any) fileAnswer {
	b.t.Helper()
	text, isText := body.(string)
	if !isText && body != nil {
		written, err := json.Marshal(body)
		if err != nil {
			b.t.Fatal(err)
		}
		text = string(written)
	}
	request, err := http.NewRequest(method, b.url+path, strings.NewReader(text))
	if err != nil {
		b.t.Fatal(err)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if text != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	return b.send(request)
}

// as is call for the owner, who must get the status.
func (b *fileBench) as(status int, method, path string, body any) map[string]any {
	b.t.Helper()
	a := b.call(b.ownerToken, method, path, body)
	if a.status != status {
		b.t.Fatalf("%s %s: status %d, want %d: %s", method, path, a.status, status, a.text)
	}
	return a.doc
}

// send sends a request without following redirects.
func (b *fileBench) send(request *http.Request) fileAnswer {
	b.t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	response, err := client.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	a := fileAnswer{status: response.StatusCode, header: response.Header, text: string(text)}
	_ = json.Unmarshal(text, &a.doc) // not all answers are documents
	return a
}

// refused checks an answer's status and exact reason.
func (a fileAnswer) refused(t *testing.T, status int, reason string) {
	t.Helper()
	if a.status != status {
		t.Errorf("status %d, want %d: %s", a.status, status, a.text)
	}
	if got := a.doc["reason"]; got != reason {
		t.Errorf("reason\n%v, want\n%s", got, reason)
	}
}

// presigned sends a request without a token to a presigned URL.
func (b *fileBench) presigned(method, url string, headers any, body string) fileAnswer {
	b.t.Helper()
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if named, ok := headers.(map[string]any); ok {
		for name, value := range named {
			request.Header.Set(name, value.(string))
		}
	}
	return b.send(request)
}

// put stores an object and returns its MD5.
func (b *fileBench) put(bucket, key, body string) string {
	b.t.Helper()
	_, err := b.s3.PutObject(b.t.Context(), &s3.PutObjectInput{
		Bucket: &bucket, Key: &key, Body: strings.NewReader(body),
		ContentType: aws.String("text/plain"),
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return md5Of(body)
}

func md5Of(body string) string {
	sum := md5.Sum([]byte(body))
	return hex.EncodeToString(sum[:])
}

// object reads an object; false when it isn't there.
func (b *fileBench) object(bucket, key string) (string, bool) {
	b.t.Helper()
	out, err := b.s3.GetObject(b.t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return "", false
	}
	defer func() { _ = out.Body.Close() }()
	body, err := io.ReadAll(out.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return string(body), true
}

// folder makes a folder in the project.
func (b *fileBench) folder(name string) string {
	b.t.Helper()
	id, err := b.e.AddFolder(b.owner, b.project, name)
	if err != nil {
		b.t.Fatal(err)
	}
	return id
}

// file makes a file entity in the project.
func (b *fileBench) file(name, handle string) string {
	b.t.Helper()
	id, err := b.e.AddFile(b.owner, b.project, name, handle)
	if err != nil {
		b.t.Fatal(err)
	}
	return id
}

// handle enters a handle of the owner for an object of ten bytes.
func (b *fileBench) handle(key string) synapse.FileHandle {
	b.t.Helper()
	const body = "ten bytes."
	b.put(labBucket, key, body)
	h := synapse.FileHandle{
		CreatedBy: fmt.Sprint(b.owner), BucketName: labBucket, Key: key,
		ContentMD5: md5Of(body), ContentSize: aws.Int64(int64(len(body))),
		FileName: "data file.csv", ContentType: "text/csv",
		ConcreteType: synapse.TypeS3FileHandle,
	}
	h.ID = b.e.AddFileHandle(h)
	return h
}

// external enters an external S3 location of a user's.
func (b *fileBench) external(owner int64, bucket, baseKey string, sts bool) int64 {
	return b.e.AddStorageLocation(synapse.StorageLocation{
		ConcreteType: synapse.TypeExternalS3StorageLocation, Bucket: bucket, BaseKey: baseKey,
		StsEnabled: &sts, CreatedBy: owner,
	})
}

// managed enters a location in Synapse's own bucket.
func (b *fileBench) managed(baseKey string, sts bool) int64 {
	return b.e.AddStorageLocation(synapse.StorageLocation{
		ConcreteType: synapse.TypeS3StorageLocation, BaseKey: baseKey,
		StsEnabled: &sts, CreatedBy: b.owner,
	})
}

// objectStore enters a location that Synapse itself cannot reach.
func (b *fileBench) objectStore() int64 {
	return b.e.AddStorageLocation(synapse.StorageLocation{
		ConcreteType: "org.sagebionetworks.repo.model.project.ExternalObjectStorageLocationSetting",
		Bucket:       "far", EndpointURL: "https://s3.example.org", UploadType: "NONE",
		CreatedBy: b.owner,
	})
}

// setting binds locations to an entity.
func (b *fileBench) setting(entity string, locations ...int64) {
	b.t.Helper()
	if err := b.e.SetUploadSetting(entity, locations...); err != nil {
		b.t.Fatal(err)
	}
}

// share gives the stranger rights on an entity, the owner all of them.
func (b *fileBench) share(entity string, rights ...synapse.AccessType) {
	b.t.Helper()
	err := b.e.SetACL(entity,
		synapse.ResourceAccess{PrincipalID: b.stranger, AccessType: rights},
		synapse.ResourceAccess{PrincipalID: b.owner, AccessType: []synapse.AccessType{
			synapse.AccessRead, synapse.AccessDownload, synapse.AccessCreate,
			synapse.AccessUpdate, synapse.AccessDelete, synapse.AccessChangePermissions,
		}})
	if err != nil {
		b.t.Fatal(err)
	}
}
