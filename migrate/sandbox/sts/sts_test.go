package sts_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"synapse-migrate/migrate/sandbox/identity"
	"synapse-migrate/migrate/sandbox/sts"
)

const document = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`

// world is an endpoint with people around it.
type world struct {
	store                *identity.Store
	root, owner, synapse identity.Principal
	role, guarded, long  string
	endpoint             string
	now                  time.Time
	longest              time.Duration
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{now: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)}
	w.store = identity.New(func() time.Time { return w.now })
	w.root = w.store.AddRoot()
	w.owner = w.store.AddUser("owner", identity.BucketPolicy("b"))
	w.synapse = w.store.AddUser("synapse")
	trusted := []string{w.owner.ARN, w.synapse.ARN}
	w.role = w.store.AddRole(identity.Role{Name: "reader", Trusted: trusted, MaxLife: 2 * time.Hour})
	w.guarded = w.store.AddRole(identity.Role{Name: "guarded", Trusted: trusted, ExternalID: "secret"})
	w.long = w.store.AddRole(identity.Role{Name: "long", Trusted: trusted, MaxLife: 12 * time.Hour})
	server := httptest.NewServer(sts.New(sts.Options{
		Identity: w.store, LongestLife: func() time.Duration { return w.longest },
	}))
	t.Cleanup(server.Close)
	w.endpoint = server.URL
	return w
}

func (w *world) client(p identity.Principal, change ...func(*awssts.Options)) *awssts.Client {
	o := awssts.Options{
		Region: "us-east-1", BaseEndpoint: &w.endpoint, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(
			p.Key.AccessKeyID, p.Key.SecretAccessKey, p.Key.SessionToken),
	}
	return awssts.New(o, change...)
}

// code is the error code of an answer, with its status.
func code(err error) string {
	var api smithy.APIError
	var status *smithyhttp.ResponseError
	if !errors.As(err, &api) || !errors.As(err, &status) {
		return fmt.Sprint(err)
	}
	return fmt.Sprintf("%d %s", status.HTTPStatusCode(), api.ErrorCode())
}

func TestCallerIdentity(t *testing.T) {
	w := newWorld(t)
	role, _ := w.store.Role(w.role)
	session := w.store.RoleSession(role, "me", "", time.Hour)
	for _, p := range []identity.Principal{w.root, w.owner, session} {
		out, err := w.client(p).GetCallerIdentity(t.Context(), &awssts.GetCallerIdentityInput{})
		if err != nil {
			t.Fatal(err)
		}
		if *out.Arn != p.ARN || *out.UserId != p.UserID || *out.Account != identity.Account {
			t.Errorf("got %s %s %s, want %s %s", *out.Arn, *out.UserId, *out.Account, p.ARN, p.UserID)
		}
	}
	if want := "arn:aws:sts::123456789012:assumed-role/reader/me"; session.ARN != want {
		t.Errorf("session: got %s, want %s", session.ARN, want)
	}
}

func TestAuthentication(t *testing.T) {
	w := newWorld(t)
	session := w.store.FederatedSession(w.owner, "me", document, time.Hour)
	expired := w.store.FederatedSession(w.owner, "me", document, -time.Hour)
	changed := func(p identity.Principal, change func(*identity.Key)) identity.Principal {
		change(&p.Key)
		return p
	}
	tests := []struct {
		name string
		who  identity.Principal
		how  func(*awssts.Options)
		want string
	}{
		{"user", w.owner, nil, "<nil>"},
		{"session", session, nil, "<nil>"},
		{"unknown key", changed(w.owner, func(k *identity.Key) { k.AccessKeyID = "AKIA" }), nil,
			"403 InvalidClientTokenId"},
		{"wrong secret", changed(w.owner, func(k *identity.Key) { k.SecretAccessKey += "x" }), nil,
			"403 SignatureDoesNotMatch"},
		{"no token", changed(session, func(k *identity.Key) { k.SessionToken = "" }), nil,
			"403 InvalidClientTokenId"},
		{"other token", changed(session, func(k *identity.Key) { k.SessionToken = "x" }), nil,
			"403 InvalidClientTokenId"},
		{"expired", expired, nil, "403 ExpiredToken"},
		{"other region", w.owner, func(o *awssts.Options) { o.Region = "eu-west-1" }, "403 SignatureDoesNotMatch"},
		{"unsigned", w.owner, func(o *awssts.Options) { o.Credentials = aws.AnonymousCredentials{} },
			"403 MissingAuthenticationToken"},
		{"body changed on the way", w.owner, withChangedBody, "403 SignatureDoesNotMatch"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			change := tt.how
			if change == nil {
				change = func(*awssts.Options) {}
			}
			_, err := w.client(tt.who, change).GetCallerIdentity(t.Context(), &awssts.GetCallerIdentityInput{})
			if code(err) != tt.want {
				t.Errorf("got %s, want %s", code(err), tt.want)
			}
		})
	}
}

// withChangedBody adds to the request after it was signed.
func withChangedBody(o *awssts.Options) {
	change := middleware.FinalizeMiddlewareFunc("change",
		func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
			middleware.FinalizeOutput, middleware.Metadata, error,
		) {
			r := in.Request.(*smithyhttp.Request)
			body, err := io.ReadAll(r.GetStream())
			if err == nil {
				body = bytes.Replace(body, []byte("Version"), []byte("version"), 1)
				r, err = r.SetStream(bytes.NewReader(body))
				in.Request = r
			}
			if err != nil {
				return middleware.FinalizeOutput{}, middleware.Metadata{}, err
			}
			return next.HandleFinalize(ctx, in)
		})
	o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
		return s.Finalize.Insert(change, "Signing", middleware.After)
	})
}

func TestAssumeRole(t *testing.T) {
	w := newWorld(t)
	role, _ := w.store.Role(w.role)
	session := w.store.RoleSession(role, "me", "", time.Hour)
	w.store.AddRole(identity.Role{Name: "chained", Trusted: []string{session.ARN}, MaxLife: 12 * time.Hour})
	in := func(change func(*awssts.AssumeRoleInput)) *awssts.AssumeRoleInput {
		i := &awssts.AssumeRoleInput{RoleArn: &w.role, RoleSessionName: aws.String("sts-1-syn2")}
		change(i)
		return i
	}
	seconds := func(n int32) *awssts.AssumeRoleInput {
		return in(func(i *awssts.AssumeRoleInput) { i.DurationSeconds = &n })
	}
	tests := []struct {
		name  string
		who   identity.Principal
		input *awssts.AssumeRoleInput
		want  string
		life  time.Duration
	}{
		{"default", w.owner, in(func(*awssts.AssumeRoleInput) {}), "<nil>", time.Hour},
		{"shortest", w.owner, seconds(900), "<nil>", 15 * time.Minute},
		{"too short", w.owner, seconds(899), "400 ValidationError", 0},
		{"longest of the role", w.owner, seconds(7200), "<nil>", 2 * time.Hour},
		{"too long for the role", w.owner, seconds(7201), "400 ValidationError", 0},
		{"too long", w.owner, seconds(43201), "400 ValidationError", 0},
		{"longest of all", w.synapse, in(func(i *awssts.AssumeRoleInput) {
			i.RoleArn, i.DurationSeconds = &w.long, aws.Int32(43200)
		}), "<nil>", 12 * time.Hour},
		{"root", w.root, seconds(900), "403 AccessDenied", 0},
		{"not trusted", session, seconds(900), "403 AccessDenied", 0},
		{"chained", session, in(func(i *awssts.AssumeRoleInput) {
			i.RoleArn, i.DurationSeconds = aws.String("arn:aws:iam::123456789012:role/chained"), aws.Int32(3601)
		}), "400 ValidationError", 0},
		{"no such role", w.owner, in(func(i *awssts.AssumeRoleInput) { *i = *seconds(900); i.RoleArn = aws.String(w.role + "x") }),
			"403 AccessDenied", 0},
		{"without the external ID", w.owner, in(func(i *awssts.AssumeRoleInput) { i.RoleArn = &w.guarded }),
			"403 AccessDenied", 0},
		{"with the external ID", w.owner, in(func(i *awssts.AssumeRoleInput) {
			i.RoleArn, i.ExternalId = &w.guarded, aws.String("secret")
		}), "<nil>", time.Hour},
		{"bad session name", w.owner, in(func(i *awssts.AssumeRoleInput) { i.RoleSessionName = aws.String("a b") }),
			"400 ValidationError", 0},
		{"bad policy", w.owner, in(func(i *awssts.AssumeRoleInput) { i.Policy = aws.String("{") }),
			"400 MalformedPolicyDocument", 0},
		{"long policy", w.owner, in(func(i *awssts.AssumeRoleInput) {
			i.Policy = aws.String(document + strings.Repeat(" ", 2048))
		}), "400 ValidationError", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, err := w.client(tt.who).AssumeRole(t.Context(), tt.input)
			if code(err) != tt.want {
				t.Fatalf("got %s, want %s", code(err), tt.want)
			}
			if err == nil && !out.Credentials.Expiration.Equal(w.now.Add(tt.life)) {
				t.Errorf("expires %s, want %s after %s", out.Credentials.Expiration, tt.life, w.now)
			}
		})
	}
}

func TestSessionHasThePolicyItWasAskedFor(t *testing.T) {
	w := newWorld(t)
	assumed, err := w.client(w.owner).AssumeRole(t.Context(), &awssts.AssumeRoleInput{
		RoleArn: &w.role, RoleSessionName: aws.String("me"), Policy: aws.String(document),
	})
	if err != nil {
		t.Fatal(err)
	}
	c := assumed.Credentials
	p, err := w.store.Lookup(*c.AccessKeyId, *c.SessionToken)
	if err != nil || !p.Limited || p.SessionPolicy != document {
		t.Errorf("role session: %v, limited %t, policy %s", err, p.Limited, p.SessionPolicy)
	}
	federated, err := w.client(w.owner).GetFederationToken(t.Context(),
		&awssts.GetFederationTokenInput{Name: aws.String("me")})
	if err != nil {
		t.Fatal(err)
	}
	c = federated.Credentials
	p, err = w.store.Lookup(*c.AccessKeyId, *c.SessionToken)
	if err != nil || !p.Limited || p.SessionPolicy != "" || !strings.HasPrefix(p.Key.AccessKeyID, "ASIA") {
		t.Errorf("federated session: %v, limited %t, policy %s, key %s", err, p.Limited, p.SessionPolicy, p.Key)
	}
}

func TestFederationToken(t *testing.T) {
	w := newWorld(t)
	session := w.store.FederatedSession(w.owner, "me", document, time.Hour)
	tests := []struct {
		name    string
		who     identity.Principal
		seconds *int32
		want    string
		life    time.Duration
	}{
		{"default", w.owner, nil, "<nil>", 12 * time.Hour},
		{"longest", w.owner, aws.Int32(129600), "<nil>", 36 * time.Hour},
		{"too long", w.owner, aws.Int32(129601), "400 ValidationError", 0},
		{"too short", w.owner, aws.Int32(899), "400 ValidationError", 0},
		{"root", w.root, nil, "<nil>", time.Hour},
		{"session", session, nil, "403 AccessDenied", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, err := w.client(tt.who).GetFederationToken(t.Context(), &awssts.GetFederationTokenInput{
				Name: aws.String("lab"), DurationSeconds: tt.seconds,
			})
			if code(err) != tt.want {
				t.Fatalf("got %s, want %s", code(err), tt.want)
			}
			if err == nil && !out.Credentials.Expiration.Equal(w.now.Add(tt.life)) {
				t.Errorf("expires %s, want %s after %s", out.Credentials.Expiration, tt.life, w.now)
			}
		})
	}
}

func TestLongestLifeCutsEverySession(t *testing.T) {
	w := newWorld(t)
	w.longest = 3 * time.Second
	out, err := w.client(w.owner).AssumeRole(t.Context(), &awssts.AssumeRoleInput{
		RoleArn: &w.role, RoleSessionName: aws.String("me"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := w.now.Add(3 * time.Second); !out.Credentials.Expiration.Equal(want) {
		t.Errorf("expires %s, want %s", out.Credentials.Expiration, want)
	}
	w.now = w.now.Add(3 * time.Second)
	session := identity.Principal{Key: identity.Key{AccessKeyID: *out.Credentials.AccessKeyId,
		SecretAccessKey: *out.Credentials.SecretAccessKey, SessionToken: *out.Credentials.SessionToken}}
	_, err = w.client(session).GetCallerIdentity(t.Context(), &awssts.GetCallerIdentityInput{})
	if code(err) != "403 ExpiredToken" {
		t.Errorf("after its end: got %s", code(err))
	}
}

func TestUnknownAction(t *testing.T) {
	w := newWorld(t)
	_, err := w.client(w.owner).GetSessionToken(t.Context(), &awssts.GetSessionTokenInput{})
	if code(err) != "400 InvalidAction" {
		t.Errorf("got %s", code(err))
	}
}

// TestQuotesInXML: quotation marks are written as AWS writes them.
func TestQuotesInXML(t *testing.T) {
	w := newWorld(t)
	_, err := w.client(w.owner, func(o *awssts.Options) {
		o.HTTPClient = answered(func(body string) {
			if !strings.Contains(body, "&quot;") || strings.Contains(body, "&#34;") {
				t.Errorf("got %s, want &quot; in it", body)
			}
		})
	}).AssumeRole(t.Context(), &awssts.AssumeRoleInput{
		RoleArn: aws.String(`arn:aws:iam::1:role/"nobody"`), RoleSessionName: aws.String("me"),
	})
	if err == nil {
		t.Error("a role that isn't there was taken on")
	}
}

// answered shows the body of each answer.
type answered func(body string)

func (a answered) Do(r *http.Request) (*http.Response, error) {
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(res.Body)
	a(string(body))
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, err
}

func TestKeysPrintWithoutSecrets(t *testing.T) {
	w := newWorld(t)
	key := w.store.FederatedSession(w.owner, "me", "", time.Hour).Key
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		text := fmt.Sprintf(format, key)
		if strings.Contains(text, key.SecretAccessKey) || strings.Contains(text, key.SessionToken) {
			t.Errorf("%s shows a secret: %s", format, text)
		}
	}
}

func FuzzRequest(f *testing.F) {
	f.Add("AWS4-HMAC-SHA256 Credential=A/20261122/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=0",
		"Action=GetCallerIdentity&Version=2011-06-15")
	f.Add("", "%zz")
	f.Add("AWS4-HMAC-SHA256 Credential=////,SignedHeaders=;,Signature==", "Action=AssumeRole")
	store := identity.New(nil)
	store.AddRoot()
	handler := sts.New(sts.Options{Identity: store})
	f.Fuzz(func(t *testing.T, authorization, body string) {
		r := &http.Request{
			Method: http.MethodPost, URL: &url.URL{Path: "/"}, Host: "sts",
			Header: http.Header{"Authorization": {authorization}},
			Body:   io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code < 400 {
			t.Errorf("accepted %q: %s", authorization, w.Body)
		}
	})
}
