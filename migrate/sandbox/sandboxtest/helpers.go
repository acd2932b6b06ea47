package sandboxtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"synapse-migrate/migrate/sandbox/describe"
)

// Config is an AWS configuration with long-lived keys, for the sandbox's S3
// and STS. S3 clients need path style besides.
func (i *Instance) Config(keys describe.Keys) aws.Config {
	return aws.Config{
		Region: i.Region,
		Credentials: credentials.NewStaticCredentialsProvider(
			keys.AccessKeyID, keys.SecretAccessKey, ""),
	}
}

// S3 is a client with long-lived keys: i.Root, i.OwnerKeys, i.ForeignKeys.
func (i *Instance) S3(keys describe.Keys) *s3.Client {
	return i.S3With(i.Config(keys).Credentials)
}

// S3With is a client with any credentials.
func (i *Instance) S3With(provider aws.CredentialsProvider) *s3.Client {
	return s3.New(s3.Options{
		Region: i.Region, BaseEndpoint: &i.S3Endpoint, UsePathStyle: true, Credentials: provider,
	})
}

// Environment are the variables, as NAME=value, with which a program works
// in the sandbox as the owner.
func (i *Instance) Environment() []string {
	return []string{
		"SYNAPSE_ENDPOINT=" + i.SynapseEndpoint, "SYNAPSE_AUTH_TOKEN=" + i.Owner.Token,
		"AWS_ENDPOINT_URL_S3=" + i.S3Endpoint, "AWS_ENDPOINT_URL_STS=" + i.STSEndpoint,
		"MIGRATE_ETAGS=" + i.ETags, "AWS_REGION=" + i.Region, "AWS_ACCESS_KEY_ID=" + i.OwnerKeys.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY=" + i.OwnerKeys.SecretAccessKey,
		"AWS_SESSION_TOKEN=", "AWS_PROFILE=",
	}
}

// Put stores an object with the root keys.
func (i *Instance) Put(t testing.TB, bucket, key, body string) {
	t.Helper()
	_, err := i.S3(i.Root).PutObject(context.Background(), &s3.PutObjectInput{
		Bucket: &bucket, Key: &key, Body: strings.NewReader(body),
	})
	if err != nil {
		t.Fatalf("putting %q into %s: %v", key, bucket, err)
	}
}

// Objects lists a bucket below a prefix with the root keys: sizes by key.
func (i *Instance) Objects(t testing.TB, bucket, prefix string) map[string]int64 {
	t.Helper()
	sizes := map[string]int64{}
	pages := s3.NewListObjectsV2Paginator(i.S3(i.Root), &s3.ListObjectsV2Input{
		Bucket: &bucket, Prefix: &prefix,
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(context.Background())
		if err != nil {
			t.Fatalf("listing %s: %v", bucket, err)
		}
		for _, object := range page.Contents {
			sizes[*object.Key] = aws.ToInt64(object.Size)
		}
	}
	return sizes
}

// Snapshot is everything that Synapse holds, as JSON text. Two snapshots
// with nothing changed between them are equal.
func (i *Instance) Snapshot() string {
	i.t.Helper()
	return string(i.ask(http.MethodGet, describe.PathSnapshot, nil))
}

// Calls is what Synapse was asked since the start or ResetCounts.
func (i *Instance) Calls() describe.Calls {
	i.t.Helper()
	var calls describe.Calls
	i.read(describe.PathCalls, &calls)
	return calls
}

// S3Counts is what S3 was asked since the start or ResetCounts.
func (i *Instance) S3Counts() describe.S3Counts {
	i.t.Helper()
	var counts describe.S3Counts
	i.read(describe.PathS3, &counts)
	return counts
}

// ResetCounts sets both counts to nothing.
func (i *Instance) ResetCounts() {
	i.t.Helper()
	i.ask(http.MethodDelete, describe.PathCalls, nil)
	i.ask(http.MethodDelete, describe.PathS3, nil)
}

// InjectFault makes calls to Synapse go wrong.
func (i *Instance) InjectFault(f describe.Fault) {
	i.t.Helper()
	i.ask(http.MethodPost, describe.PathFaults, f)
}

// ClearFaults takes all faults away.
func (i *Instance) ClearFaults() {
	i.t.Helper()
	i.ask(http.MethodDelete, describe.PathFaults, nil)
}

// SetThrottle switches Synapse's limits.
func (i *Instance) SetThrottle(on bool) {
	i.t.Helper()
	i.ask(http.MethodPost, describe.PathThrottle, describe.Throttle{On: on})
}

// SetStatus opens or closes Synapse: READ_WRITE, READ_ONLY, DOWN.
func (i *Instance) SetStatus(status, message string) {
	i.t.Helper()
	i.ask(http.MethodPost, describe.PathStatus, describe.Status{Status: status, Message: message})
}

// SetTokenLife sets how long credentials live at most that are issued from
// now on; 0 is as long as was asked for.
func (i *Instance) SetTokenLife(life time.Duration) {
	i.t.Helper()
	i.ask(http.MethodPost, describe.PathTokenLife, describe.TokenLife{Life: life})
}

// Synapse sends a document to Synapse with a user's token and reads the
// answer into a value, where that isn't nil. It returns the status. The
// path begins with a slash; a nil document sends none.
func (i *Instance) Synapse(
	t testing.TB, user describe.User, method, path string, document, answer any,
) int {
	t.Helper()
	status, body, err := i.send(user.Token, method, path, document)
	if err == nil && answer != nil && len(body) > 0 {
		err = json.Unmarshal(body, answer)
	}
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return status
}

func (i *Instance) read(path string, document any) {
	i.t.Helper()
	if err := json.Unmarshal(i.ask(http.MethodGet, path, nil), document); err != nil {
		i.t.Fatalf("reading %s: %v", path, err)
	}
}

// ask sends a request to the sandbox's own endpoints.
func (i *Instance) ask(method, path string, document any) []byte {
	i.t.Helper()
	status, body, err := i.send("", method, path, document)
	if err == nil && status/100 != 2 {
		err = fmt.Errorf("status %d: %.200s", status, body)
	}
	if err != nil {
		i.t.Fatalf("%s %s: %v", method, path, err)
	}
	return body
}

func (i *Instance) send(token, method, path string, document any) (int, []byte, error) {
	var text []byte
	if document != nil {
		var err error
		if text, err = json.Marshal(document); err != nil {
			return 0, nil, err
		}
	}
	req, err := http.NewRequest(method, i.SynapseEndpoint+path, bytes.NewReader(text))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, body, err
}

// Project makes a sample project and returns the truth about it.
func (i *Instance) Project(r describe.SampleRequest) describe.SampleProject {
	i.t.Helper()
	var made describe.SampleProject
	if err := json.Unmarshal(i.ask(http.MethodPost, describe.PathProject, r), &made); err != nil {
		i.t.Fatalf("reading the sample project: %v", err)
	}
	return made
}
