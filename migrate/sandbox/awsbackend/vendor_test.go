package awsbackend_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/migrate/sandbox/awsbackend"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

const assumed = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<AssumeRoleResult><Credentials><AccessKeyId>ASIA1</AccessKeyId>
<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>
<Expiration>2024-10-25T06:07:06Z</Expiration></Credentials></AssumeRoleResult>
</AssumeRoleResponse>`

// startSTS serves an STS that remembers the last request's form.
func startSTS(t *testing.T, o awsbackend.Options) (*awsbackend.Backend, *url.Values) {
	t.Helper()
	var form url.Values
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		form = r.PostForm
		fmt.Fprint(w, assumed)
	}))
	t.Cleanup(server.Close)
	o.STSEndpoint, o.RoleARN = server.URL, "arn:aws:iam::1:role/synapse"
	o.AccessKeyID, o.SecretAccessKey = accessKey, secretKey
	return awsbackend.New(o), &form
}

func TestAssumeRole(t *testing.T) {
	b, form := startSTS(t, awsbackend.Options{})
	policy, err := emulator.SessionPolicy(bucket, "data", synapse.STSReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	got, err := b.AssumeRole(t.Context(), "sts-1-syn2", policy, 12*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	want := emulator.Credentials{
		AccessKeyID: "ASIA1", SecretAccessKey: "s", SessionToken: "t",
		Expiration: time.Date(2024, 10, 25, 6, 7, 6, 0, time.UTC),
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("credentials (-got +want):\n%s", diff)
	}
	for name, want := range map[string]string{
		"Action": "AssumeRole", "RoleSessionName": "sts-1-syn2", "DurationSeconds": "43200",
		"RoleArn": "arn:aws:iam::1:role/synapse", "Policy": policy,
	} {
		if got := form.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}

func TestAdaptPolicy(t *testing.T) {
	b, form := startSTS(t, awsbackend.Options{
		DropPolicyActions: []string{"s3:PutObjectAcl"}, S3ActionsOnly: true,
	})
	policy, err := emulator.SessionPolicy(bucket, "data", synapse.STSReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.AssumeRole(t.Context(), "name", policy, time.Hour); err != nil {
		t.Fatal(err)
	}
	var want, got map[string]any
	if err := json.Unmarshal([]byte(policy), &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(form.Get("Policy")), &got); err != nil {
		t.Fatal(err)
	}
	folder := want["Statement"].([]any)[2].(map[string]any)
	folder["Action"] = slices.DeleteFunc(folder["Action"].([]any),
		func(a any) bool { return a == "s3:PutObjectAcl" })
	want["Statement"].([]any)[3].(map[string]any)["Action"] = []any{"s3:*"}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("policy (-got +want):\n%s", diff)
	}
	if _, err := b.AssumeRole(t.Context(), "name", "no policy", time.Hour); err == nil ||
		!strings.Contains(err.Error(), "session policy") {
		t.Errorf("a policy that can't be read: %v", err)
	}
}
