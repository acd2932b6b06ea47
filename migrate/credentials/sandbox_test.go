package credentials_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"synapse-migrate/migrate/config"
	"synapse-migrate/migrate/credentials"
	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/migrate/sandbox/describe"
	"synapse-migrate/migrate/sandbox/sandboxtest"
	"synapse-migrate/migrate/sandbox/tea"
	"synapse-migrate/synapse"
)

// helperVariable makes this test's program a credential_process: it prints
// what it gets from the URL.
const helperVariable = "CREDENTIALS_TEST_HELPER"

func TestMain(m *testing.M) {
	from := os.Getenv(helperVariable)
	if from == "" {
		os.Exit(m.Run())
	}
	resp, err := http.Get(from)
	if err != nil || resp.StatusCode != http.StatusOK {
		fmt.Fprintln(os.Stderr, "no credentials", err)
		os.Exit(1)
	}
	_, _ = io.Copy(os.Stdout, resp.Body)
}

// box is a sandbox whose sessions live for a second, with endpoints beside
// it that vend them.
type box struct {
	*sandboxtest.Instance
	client *synapse.Client
	// closed has the endpoints and STS refuse everybody.
	closed atomic.Bool
	// tea serves /s3credentials, vending the four fields under names of its
	// own, process the contract of credential_process, container that of
	// containers.
	tea, vending, process, container string
}

const object = "data/a.txt"

func startBox(t *testing.T) *box {
	t.Helper()
	i := sandboxtest.Start(t, "--token-life", "2s")
	for _, bucket := range []string{i.Source, i.Foreign, i.Destination} {
		i.Put(t, bucket, object, "content")
	}
	i.Put(t, i.Destination, i.External.BaseKey+"/"+object, "content")
	client, err := synapse.New(synapse.Options{
		Endpoint: i.SynapseEndpoint, Token: synapse.Token(i.Owner.Token),
	})
	if err != nil {
		t.Fatal(err)
	}
	b := &box{Instance: i, client: client}
	asOwner := b.sts(i.OwnerKeys)
	b.tea = b.serve(t, tea.New(tea.Options{
		STS: asOwner, RoleARN: i.ReaderRole.ARN, Users: map[string]tea.User{
			"earthdata-token-planted": {ID: i.ReaderRole.ExternalID},
		},
	})) + tea.Path
	vend := func(names [5]string) string {
		return b.serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			b.vend(w, r, asOwner, names)
		}))
	}
	b.vending = vend([5]string{"version", "keyId", "key", "session", "end"})
	b.process = vend([5]string{"Version", "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"})
	b.container = vend([5]string{"version", "AccessKeyId", "SecretAccessKey", "Token", "Expiration"})
	return b
}

// sts is a client of the sandbox's STS.
func (b *box) sts(keys describe.Keys) *sts.Client {
	return sts.NewFromConfig(b.Config(keys), func(o *sts.Options) { o.BaseEndpoint = &b.STSEndpoint })
}

// serve runs a server that can be closed to everybody.
func (b *box) serve(t *testing.T, h http.Handler) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if b.closed.Load() {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// vend answers a session of the writer's role in JSON.
func (b *box) vend(w http.ResponseWriter, r *http.Request, as *sts.Client, names [5]string) {
	out, err := as.AssumeRole(r.Context(), &sts.AssumeRoleInput{
		RoleArn: &b.WriterRole.ARN, RoleSessionName: aws.String("vended"),
	})
	if err != nil || names[0] == "version" && r.Header.Get("Authorization") == "" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	c := out.Credentials
	_ = json.NewEncoder(w).Encode(map[string]any{
		names[0]: 1, names[1]: *c.AccessKeyId, names[2]: *c.SecretAccessKey,
		names[3]: *c.SessionToken, names[4]: c.Expiration,
	})
}

// RoundTrip sends a request unless everything is closed to everybody, when
// STS is, too.
func (b *box) RoundTrip(r *http.Request) (*http.Response, error) {
	if !b.closed.Load() {
		return http.DefaultTransport.RoundTrip(r)
	}
	const refusal = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error>` +
		`<Type>Sender</Type><Code>AccessDenied</Code><Message>not any more</Message></Error></ErrorResponse>`
	return &http.Response{
		StatusCode: http.StatusForbidden, Header: http.Header{"Content-Type": {"text/xml"}},
		Body: io.NopCloser(strings.NewReader(refusal)), Request: r,
	}, nil
}

// deps are what the rules of the sandbox need.
func (b *box) deps() credentials.Deps {
	return credentials.Deps{Synapse: b.client, HTTPClient: &http.Client{Transport: b}}
}

// source is the owner's keys as the source of a rule.
const source = `
      source: {kind: static, access-key-id: env:OWNER_KEY, secret-access-key: env:OWNER_SECRET}`

// doors are the rules that lead into the sandbox: the bucket and the rest
// of the rule.
func (b *box) doors(t *testing.T) map[string]config.Rule {
	t.Helper()
	t.Setenv("OWNER_KEY", b.OwnerKeys.AccessKeyID)
	t.Setenv("OWNER_SECRET", b.OwnerKeys.SecretAccessKey)
	t.Setenv("EARTHDATA_TOKEN", "earthdata-token-planted")
	t.Setenv("VENDING_HEADER", "Bearer vending-token-planted")
	t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", b.container)
	t.Setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "container-token-planted")
	t.Setenv("AWS_ENDPOINT_URL_STS", b.STSEndpoint)
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "none"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(t.TempDir(), "none"))
	t.Setenv("AWS_PROFILE", "")
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return map[string]config.Rule{
		"assume-role": b.rule(t, b.Foreign, "{kind: assume-role, role-arn: "+b.ReaderRole.ARN+
			",\n external-id: "+b.ReaderRole.ExternalID+","+source+"}"),
		"federation-token": b.rule(t, b.Source, "{kind: federation-token,"+source+"}"),
		"s3credentials":    b.rule(t, b.Foreign, "{kind: s3credentials, url: "+b.tea+", app-name: test}"),
		"vending": b.rule(t, b.Source, "{kind: vending, url: "+b.vending+
			", headers: {Authorization: env:VENDING_HEADER}, fields: {access-key-id: keyId, "+
			"secret-access-key: key, session-token: session, expiration: end}}"),
		"process":  b.rule(t, b.Source, `{kind: process, command: "`+helperVariable+"="+b.process+" "+program+`"}`),
		"instance": b.rule(t, b.Source, "{kind: instance}"),
		"synapse":  b.rule(t, b.Destination, "{kind: synapse, folder: "+b.External.ID+"}"),
	}
}

// rule reads a rule as it would stand in a file.
func (b *box) rule(t *testing.T, bucket, provider string) config.Rule {
	t.Helper()
	c, err := config.Parse("migrate.yaml", fmt.Appendf(nil,
		"buckets:\n  - bucket: %s\n    endpoint: %s\n    region: %s\n    credentials: %s\n",
		bucket, b.S3Endpoint, b.Region, provider))
	if err != nil {
		t.Fatal(err)
	}
	return c.Rules[0]
}

// key is the object in a rule's bucket.
func (b *box) key(r config.Rule) string {
	if r.Credentials.Kind == config.KindSynapse {
		return b.External.BaseKey + "/" + object
	}
	return object
}

// needs are what reading the object's folder takes.
func (b *box) needs(r config.Rule) []credentials.Need {
	return []credentials.Need{{
		Bucket: r.Buckets[0], Prefix: strings.TrimSuffix(b.key(r), "a.txt"), Read: true, List: true,
	}}
}

// open makes the provider of a rule, and a store that uses it.
func (b *box) open(t *testing.T, r config.Rule, d credentials.Deps) (*credentials.Renewing, *objectstore.Store) {
	t.Helper()
	d.Needs = b.needs(r)
	p, _, err := credentials.FromRule(t.Context(), r, d)
	if err != nil {
		t.Fatal(err)
	}
	return p, b.store(t, r, p)
}

// store reaches the sandbox's S3.
func (b *box) store(t *testing.T, r config.Rule, p aws.CredentialsProvider) *objectstore.Store {
	t.Helper()
	s, err := objectstore.New(objectstore.Options{
		Credentials: p, Endpoint: r.Endpoint, Region: r.Region, PathStyle: r.UsesPathStyle(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
