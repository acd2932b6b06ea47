package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"synapse-migrate/migrate/sandbox/gateway"
	"synapse-migrate/migrate/sandbox/identity"
)

// The gateway runs once for all tests: a process can't have two.
var (
	server  *gateway.Gateway
	store   *identity.Store
	root    identity.Principal
	owner   identity.Principal
	foreign identity.Principal
	// folder has the objects, so that they outlast the server.
	folder string
	// ahead is how far the identities' clock runs before the real one.
	ahead atomic.Int64
)

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	store = identity.New(func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) })
	root = store.AddRoot()
	owner = store.AddUser("owner", identity.BucketPolicy("source", "destination", "elsewhere"))
	foreign = store.AddUser("foreign", identity.BucketPolicy("archive"))
	var err error
	if folder, err = os.MkdirTemp("", "gateway-test-"); err == nil {
		defer func() { _ = os.RemoveAll(folder) }()
		err = start()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = server.Close() }()
	for _, bucket := range []string{"source", "destination", "archive"} {
		_, err := client(root).CreateBucket(context.Background(), &s3.CreateBucketInput{Bucket: &bucket})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return m.Run()
}

func start() (err error) {
	server, err = gateway.Start(gateway.Options{
		Folder: folder, Identity: store, Root: root, CopyLimitBytes: 12 << 20,
		Elsewhere: map[string]string{"elsewhere": "eu-west-1"},
	})
	return err
}

func client(p identity.Principal) *s3.Client {
	return s3.New(s3.Options{
		Region: "us-east-1", UsePathStyle: true, BaseEndpoint: aws.String(server.Endpoint()),
		Credentials: credentials.NewStaticCredentialsProvider(
			p.Key.AccessKeyID, p.Key.SecretAccessKey, p.Key.SessionToken),
		RetryMaxAttempts: 1,
	})
}

func put(t *testing.T, c *s3.Client, bucket, key, body string) *s3.PutObjectOutput {
	t.Helper()
	out, err := c.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: &bucket, Key: &key, Body: strings.NewReader(body),
	})
	if err != nil {
		t.Fatalf("putting %q: %v", key, err)
	}
	return out
}

func get(t *testing.T, c *s3.Client, bucket, key string) (string, error) {
	t.Helper()
	out, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return "", err
	}
	defer func() { _ = out.Body.Close() }()
	b, err := io.ReadAll(out.Body)
	return string(b), err
}

// code is the S3 error code of an answer, with its status.
func code(err error) string {
	var api smithy.APIError
	var status interface{ HTTPStatusCode() int }
	if !errors.As(err, &api) {
		return fmt.Sprint(err)
	}
	if errors.As(err, &status) {
		return fmt.Sprintf("%d %s", status.HTTPStatusCode(), api.ErrorCode())
	}
	return api.ErrorCode()
}

func TestUsersReachTheirOwnBucketsOnly(t *testing.T) {
	put(t, client(root), "archive", "theirs", "x")
	put(t, client(owner), "source", "mine", "x")
	tests := []struct {
		name        string
		who         identity.Principal
		bucket, key string
		want        string
	}{
		{"owner reads own", owner, "source", "mine", "<nil>"},
		{"owner reads foreign", owner, "archive", "theirs", "403 AccessDenied"},
		{"foreign reads own", foreign, "archive", "theirs", "<nil>"},
		{"foreign reads owner's", foreign, "source", "mine", "403 AccessDenied"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := get(t, client(tt.who), tt.bucket, tt.key); code(err) != tt.want {
				t.Errorf("got %s, want %s", code(err), tt.want)
			}
		})
	}
}

func TestKeysThatAreNotGood(t *testing.T) {
	session := store.FederatedSession(owner, "s", identity.BucketPolicy("source"), time.Hour)
	put(t, client(owner), "source", "mine", "x")
	with := func(change func(*identity.Principal), p identity.Principal) identity.Principal {
		change(&p)
		return p
	}
	tests := []struct {
		name string
		who  identity.Principal
		want string
	}{
		{"good", session, "<nil>"},
		{"unknown key", with(func(p *identity.Principal) { p.Key.AccessKeyID = "AKIANOBODY" }, owner),
			"403 InvalidAccessKeyId"},
		{"wrong secret", with(func(p *identity.Principal) { p.Key.SecretAccessKey = "x" }, owner),
			"403 SignatureDoesNotMatch"},
		{"other token", with(func(p *identity.Principal) { p.Key.SessionToken = "x" }, session),
			"400 InvalidToken"},
		{"no token", with(func(p *identity.Principal) { p.Key.SessionToken = "" }, session),
			"400 InvalidToken"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := get(t, client(tt.who), "source", "mine"); code(err) != tt.want {
				t.Errorf("got %s, want %s", code(err), tt.want)
			}
		})
	}
}

func TestExpiredToken(t *testing.T) {
	session := store.FederatedSession(owner, "s", identity.BucketPolicy("source"), time.Minute)
	put(t, client(session), "source", "k", "x")
	presigned, err := s3.NewPresignClient(client(session)).PresignGetObject(t.Context(),
		&s3.GetObjectInput{Bucket: aws.String("source"), Key: aws.String("k")})
	if err != nil {
		t.Fatal(err)
	}
	if status, body := fetch(t, presigned.URL); status != http.StatusOK || body != "x" {
		t.Errorf("presigned before: got %d %q", status, body)
	}
	ahead.Store(int64(2 * time.Minute))
	defer ahead.Store(0)
	_, err = get(t, client(session), "source", "k")
	if got := code(err); got != "400 ExpiredToken" {
		t.Errorf("get: got %s", got)
	}
	_, err = client(session).HeadObject(t.Context(),
		&s3.HeadObjectInput{Bucket: aws.String("source"), Key: aws.String("k")})
	if got := code(err); got != "400 BadRequest" {
		t.Errorf("head: got %s", got)
	}
	status, body := fetch(t, presigned.URL)
	if status != http.StatusBadRequest || !strings.Contains(body, "<Code>ExpiredToken</Code>") {
		t.Errorf("presigned after: got %d %q", status, body)
	}
}

func fetch(t *testing.T, url string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// sessionPolicy has the statements of Synapse's read_write policy for the
// base key data.
const sessionPolicy = `{"Version":"2012-10-17","Statement":[
{"Sid":"ListParentBuckets","Effect":"Allow","Action":["s3:ListBucket"],"Resource":["arn:aws:s3:::destination"],
 "Condition":{"StringEquals":{"s3:prefix":["data"]}}},
{"Sid":"ListBucketAccess","Effect":"Allow","Action":["s3:ListBucket"],"Resource":["arn:aws:s3:::destination"],
 "Condition":{"StringLike":{"s3:prefix":["data/*"]}}},
{"Sid":"FolderAccess","Effect":"Allow","Action":["s3:GetObject","s3:PutObject","s3:DeleteObject","s3:ListBucket",
 "s3:AbortMultipartUpload","s3:ListMultipartUploadParts","s3:ListBucketMultipartUploads","s3:PutObjectAcl"],
 "Resource":["arn:aws:s3:::destination/data","arn:aws:s3:::destination/data/*"]},
{"Sid":"DenyOwnerTxt","Effect":"Deny","Action":"*","Resource":["arn:aws:s3:::destination/data/owner.txt"]}]}`

func TestSessionPolicyLimits(t *testing.T) {
	role := identity.Role{Name: "synapse", Policies: []string{identity.BucketPolicy("destination")}}
	limited := client(store.RoleSession(role, "s", sessionPolicy, time.Hour))
	put(t, client(root), "destination", "data/owner.txt", "1")
	put(t, client(root), "destination", "data/in", "in")
	put(t, client(root), "destination", "data2/out", "out")
	put(t, client(root), "source", "elsewhere", "out")
	list := func(prefix *string) error {
		_, err := limited.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{
			Bucket: aws.String("destination"), Prefix: prefix,
		})
		return err
	}
	read := func(bucket, key string) error { _, err := get(t, limited, bucket, key); return err }
	copyTo := func(from, to string) error {
		_, err := limited.CopyObject(t.Context(), &s3.CopyObjectInput{
			Bucket: aws.String("destination"), Key: &to, CopySource: &from,
		})
		return err
	}
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"read inside", read("destination", "data/in"), "<nil>"},
		{"read beside", read("destination", "data2/out"), "403 AccessDenied"},
		{"read elsewhere", read("source", "elsewhere"), "403 AccessDenied"},
		{"read owner.txt", read("destination", "data/owner.txt"), "403 AccessDenied"},
		{"list base key", list(aws.String("data")), "<nil>"},
		{"list below", list(aws.String("data/sub")), "<nil>"},
		{"list beside", list(aws.String("data2")), "403 AccessDenied"},
		{"list all", list(nil), "403 AccessDenied"},
		{"copy inside", copyTo("destination/data/in", "data/copy"), "<nil>"},
		{"copy out", copyTo("destination/data/in", "data2/copy"), "403 AccessDenied"},
		{"copy in", copyTo("source/elsewhere", "data/copy2"), "403 AccessDenied"},
		{"copy over owner.txt", copyTo("destination/data/in", "data/owner.txt"), "403 AccessDenied"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if code(tt.err) != tt.want {
				t.Errorf("got %s, want %s", code(tt.err), tt.want)
			}
		})
	}
}

func TestSessionNeverExceedsItsPrincipal(t *testing.T) {
	put(t, client(root), "archive", "theirs", "x")
	session := store.FederatedSession(owner, "s", identity.BucketPolicy("archive"), time.Hour)
	if _, err := get(t, client(session), "archive", "theirs"); code(err) != "403 AccessDenied" {
		t.Errorf("policy beyond the principal: got %s", code(err))
	}
	put(t, client(root), "source", "mine", "x")
	empty := store.FederatedSession(owner, "s", "", time.Hour)
	if _, err := get(t, client(empty), "source", "mine"); code(err) != "403 AccessDenied" {
		t.Errorf("federation without a policy: got %s", code(err))
	}
}

func TestEmptyPrefixCountsAsEmptyString(t *testing.T) {
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket",
		"Resource":"arn:aws:s3:::source","Condition":{"StringEquals":{"s3:prefix":""}}}]}`
	session := client(store.FederatedSession(owner, "s", policy, time.Hour))
	for prefix, want := range map[string]string{"": "<nil>", "x": "403 AccessDenied"} {
		_, err := session.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{
			Bucket: aws.String("source"), Prefix: &prefix,
		})
		if code(err) != want {
			t.Errorf("prefix %q: got %s, want %s", prefix, code(err), want)
		}
	}
}

func TestCounts(t *testing.T) {
	c := client(owner)
	put(t, c, "source", "counted", strings.Repeat("x", 1000))
	server.ResetCounts()
	put(t, c, "source", "counted", strings.Repeat("x", 1000))
	if _, err := get(t, c, "source", "counted"); err != nil {
		t.Fatal(err)
	}
	_, err := c.CopyObject(t.Context(), &s3.CopyObjectInput{
		Bucket: aws.String("destination"), Key: aws.String("copied"), CopySource: aws.String("source/counted"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := get(t, c, "archive", "x"); err == nil {
		t.Fatal("read a foreign bucket")
	}
	got := fmt.Sprint(server.Counts().Principals["owner"])
	want := "{map[copy:1 get:1 put:1] map[get:1] 1000 1000}"
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if sum := server.Counts().Sum(); sum.BytesIn != 1000 || sum.Requests["copy"] != 1 {
		t.Errorf("sum: got %+v", sum)
	}
}
