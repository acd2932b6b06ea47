package sandbox_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"synapse-migrate/migrate/sandbox/describe"
	"synapse-migrate/migrate/sandbox/sandboxtest"
)

// code is the AWS error code of an answer.
func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return fmt.Sprint(err)
}

// folderCredentials are those that Synapse hands out for a folder.
type folderCredentials struct {
	Bucket, BaseKey          string
	AccessKeyID              string `json:"accessKeyId"`
	SecretAccessKey          string
	SessionToken, Expiration string
	Reason                   string // of a refusal
}

func vend(t *testing.T, box *sandboxtest.Instance, u describe.User, folder, permission string) (int, folderCredentials) {
	t.Helper()
	var c folderCredentials
	status := box.Synapse(t, u, http.MethodGet,
		"/repo/v1/entity/"+folder+"/sts?permission="+permission, nil, &c)
	return status, c
}

func (c folderCredentials) client(box *sandboxtest.Instance) *s3.Client {
	return box.S3With(credentials.NewStaticCredentialsProvider(
		c.AccessKeyID, c.SecretAccessKey, c.SessionToken))
}

func put(t *testing.T, c *s3.Client, bucket, key, body string) error {
	t.Helper()
	_, err := c.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: &bucket, Key: &key, Body: strings.NewReader(body),
	})
	return err
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

func list(t *testing.T, c *s3.Client, bucket string, prefix *string) error {
	t.Helper()
	_, err := c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: prefix})
	return err
}

func copyObject(t *testing.T, c *s3.Client, from, bucket, key string) error {
	t.Helper()
	_, err := c.CopyObject(t.Context(), &s3.CopyObjectInput{
		Bucket: &bucket, Key: &key, CopySource: aws.String((&url.URL{Path: from}).EscapedPath()),
	})
	return err
}

type outcome struct {
	name string
	err  error
	want string
}

func checkAll(t *testing.T, outcomes []outcome) {
	t.Helper()
	for _, o := range outcomes {
		if got := code(o.err); got != o.want {
			t.Errorf("%s: got %s, want %s", o.name, got, o.want)
		}
	}
}

func TestPreparedData(t *testing.T) {
	box := sandboxtest.Start(t)
	if box.Version != describe.Version {
		t.Errorf("version %d, want %d", box.Version, describe.Version)
	}
	for _, u := range []describe.User{box.Owner, box.Colleague, box.Stranger} {
		var profile struct{ OwnerID, UserName string }
		status := box.Synapse(t, u, http.MethodGet, "/repo/v1/userProfile", nil, &profile)
		if status != http.StatusOK || profile.OwnerID != fmt.Sprint(u.ID) || profile.UserName != u.Name {
			t.Errorf("%s: status %d, profile %+v", u.Name, status, profile)
		}
	}
	for name, f := range map[string]describe.Folder{
		"external": box.External, "managed": box.Managed, "colleague": box.ColleagueFolder,
	} {
		t.Run(name, func(t *testing.T) { checkFolder(t, box, f) })
	}
	status := box.Synapse(t, box.Owner, http.MethodGet,
		fmt.Sprintf("/repo/v1/storageLocation/%d", box.ColleagueFolder.StorageLocationID), nil, nil)
	if status != http.StatusForbidden {
		t.Errorf("the colleague's storage location: status %d for the owner, want 403", status)
	}
}

func checkFolder(t *testing.T, box *sandboxtest.Instance, f describe.Folder) {
	t.Helper()
	var destination struct {
		StorageLocationID int64 `json:"storageLocationId"`
		Bucket, BaseKey   string
		StsEnabled        bool
	}
	path := "/file/v1/entity/" + f.ID + "/uploadDestination"
	box.Synapse(t, box.Owner, http.MethodGet, path, nil, &destination)
	if destination.StorageLocationID != f.StorageLocationID || destination.BaseKey != f.BaseKey ||
		!destination.StsEnabled {
		t.Errorf("upload destination %+v, described as %+v", destination, f)
	}
	status, c := vend(t, box, box.Owner, f.ID, "read_only")
	if status != http.StatusOK || c.Bucket != f.Bucket || c.BaseKey != f.BaseKey {
		t.Errorf("credentials: status %d, for %s/%s, described as %+v", status, c.Bucket, c.BaseKey, f)
	}
	if status, _ := vend(t, box, box.Stranger, f.ID, "read_only"); status != http.StatusForbidden {
		t.Errorf("credentials for the stranger: status %d, want 403", status)
	}
}

func TestFolderCredentialsAreLimited(t *testing.T) {
	box := sandboxtest.Start(t)
	bucket, base := box.External.Bucket, box.External.BaseKey
	box.Put(t, bucket, base+"2/beside", "x")
	box.Put(t, box.Source, "elsewhere", "x")
	_, c := vend(t, box, box.Owner, box.External.ID, "read_write")
	write := c.client(box)
	checkAll(t, []outcome{
		{"write inside", put(t, write, bucket, base+"/a", "x"), "<nil>"},
		{"copy inside", copyObject(t, write, bucket+"/"+base+"/a", bucket, base+"/b"), "<nil>"},
		{"write beside", put(t, write, bucket, base+"2/a", "x"), "AccessDenied"},
		{"write elsewhere", put(t, write, box.Source, "a", "x"), "AccessDenied"},
		{"write owner.txt", put(t, write, bucket, base+"/owner.txt", "x"), "AccessDenied"},
		{"copy from elsewhere", copyObject(t, write, box.Source+"/elsewhere", bucket, base+"/c"), "AccessDenied"},
		{"list the base key", list(t, write, bucket, &base), "<nil>"},
		{"list below", list(t, write, bucket, aws.String(base+"/x")), "<nil>"},
		{"list beside", list(t, write, bucket, aws.String(base+"2")), "AccessDenied"},
		{"list all", list(t, write, bucket, nil), "AccessDenied"},
	})
	_, c = vend(t, box, box.Owner, box.External.ID, "read_only")
	read := c.client(box)
	_, inside := get(t, read, bucket, base+"/a")
	_, beside := get(t, read, bucket, base+"2/beside")
	_, owner := get(t, read, bucket, base+"/owner.txt")
	checkAll(t, []outcome{
		{"read inside", inside, "<nil>"},
		{"read beside", beside, "AccessDenied"},
		{"read owner.txt", owner, "AccessDenied"},
		{"write with read_only", put(t, read, bucket, base+"/a", "x"), "AccessDenied"},
	})
}

func TestManagedFolderIsReadOnly(t *testing.T) {
	box := sandboxtest.Start(t)
	if status, c := vend(t, box, box.Owner, box.Managed.ID, "read_write"); status != http.StatusBadRequest ||
		c.Reason != "STS write access is not allowed in Synapse storage" {
		t.Errorf("read_write: status %d, reason %q", status, c.Reason)
	}
	_, c := vend(t, box, box.Owner, box.Managed.ID, "read_only")
	key := box.Managed.BaseKey + "/a"
	box.Put(t, box.Managed.Bucket, key, "x")
	_, read := get(t, c.client(box), box.Managed.Bucket, key)
	checkAll(t, []outcome{
		{"read", read, "<nil>"},
		{"write", put(t, c.client(box), box.Managed.Bucket, key, "y"), "AccessDenied"},
		{"list", list(t, c.client(box), box.Managed.Bucket, aws.String(box.Managed.BaseKey+"/")), "<nil>"},
	})
}

func TestLongLivedKeys(t *testing.T) {
	box := sandboxtest.Start(t)
	box.Put(t, box.Foreign, "theirs", "x")
	box.Put(t, box.Source, "mine", strings.Repeat("x", 1000))
	owner, foreign, other := box.S3(box.OwnerKeys), box.S3(box.ForeignKeys), box.S3(box.OtherKeys)
	_, theirs := get(t, owner, box.Foreign, "theirs")
	_, own := get(t, foreign, box.Foreign, "theirs")
	_, mine := get(t, foreign, box.Source, "mine")
	_, nobodys := get(t, other, box.Source, "mine")
	box.ResetCounts()
	checkAll(t, []outcome{
		{"owner reads foreign", theirs, "AccessDenied"},
		{"foreign reads its own", own, "<nil>"},
		{"foreign reads the owner's", mine, "AccessDenied"},
		{"other reads the owner's", nobodys, "AccessDenied"},
		{"owner copies to the destination", copyObject(t, owner, box.Source+"/mine",
			box.External.Bucket, box.External.BaseKey+"/mine"), "<nil>"},
	})
	count := box.S3Counts().Principals["owner"]
	if count.Requests["copy"] != 1 || count.BytesIn != 0 || count.BytesOut != 0 {
		t.Errorf("copy by the server: %+v", count)
	}
}

func TestRoles(t *testing.T) {
	box := sandboxtest.Start(t)
	box.Put(t, box.Foreign, "theirs", "x")
	config := box.Config(box.OwnerKeys)
	client := sts.NewFromConfig(config, func(o *sts.Options) { o.BaseEndpoint = &box.STSEndpoint })
	assume := func(role describe.Role, externalID *string) (*s3.Client, error) {
		out, err := client.AssumeRole(t.Context(), &sts.AssumeRoleInput{
			RoleArn: &role.ARN, RoleSessionName: aws.String("test"), ExternalId: externalID,
		})
		if err != nil {
			return nil, err
		}
		c := out.Credentials
		return box.S3With(credentials.NewStaticCredentialsProvider(
			*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken)), nil
	}
	if _, err := assume(box.ReaderRole, nil); code(err) != "AccessDenied" {
		t.Errorf("without the external ID: got %s", code(err))
	}
	reader, err := assume(box.ReaderRole, &box.ReaderRole.ExternalID)
	if err != nil {
		t.Fatal(err)
	}
	_, read := get(t, reader, box.Foreign, "theirs")
	writer, err := assume(box.WriterRole, nil)
	if err != nil {
		t.Fatal(err)
	}
	checkAll(t, []outcome{
		{"reader reads", read, "<nil>"},
		{"reader lists", list(t, reader, box.Foreign, nil), "<nil>"},
		{"reader writes", put(t, reader, box.Foreign, "a", "x"), "AccessDenied"},
		{"writer writes", put(t, writer, box.Destination, "a", "x"), "<nil>"},
		{"writer reads foreign", list(t, writer, box.Foreign, nil), "AccessDenied"},
	})
}

func TestTokenLife(t *testing.T) {
	box := sandboxtest.Start(t, "--token-life", "1s")
	bucket, key := box.External.Bucket, box.External.BaseKey+"/a"
	_, c := vend(t, box, box.Owner, box.External.ID, "read_write")
	client := c.client(box)
	err := put(t, client, bucket, key, "x")
	if err != nil {
		t.Fatalf("a new token: %v", err)
	}
	for err == nil && t.Context().Err() == nil {
		_, err = get(t, client, bucket, key)
	}
	if code(err) != "ExpiredToken" {
		t.Errorf("an old token: got %v", err)
	}
	box.SetTokenLife(0)
	if _, c = vend(t, box, box.Owner, box.External.ID, "read_write"); c.Expiration == "" {
		t.Error("no expiration")
	}
	if err := put(t, c.client(box), bucket, key, "y"); err != nil {
		t.Errorf("the next token: %v", err)
	}
}
