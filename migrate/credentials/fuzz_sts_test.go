package credentials

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// hush is in all that must not be shown.
const hush = "Hush0Planted"

// FuzzPrinted: what a credential_process prints is credentials that a request
// can be signed with, or an error that repeats nothing of it.
func FuzzPrinted(f *testing.F) {
	for _, text := range []string{
		contract, strings.Replace(contract, "1", "2", 1), `{"Version":1}`,
		`{"Version":1e0,"AccessKeyId":"` + hush + `"}`,
		`{"Version":1,"AccessKeyId":"a","SecretAccessKey":"` + hush + `\n","SessionToken":""}`, hush, "",
		"null", "[1]",
		`{"Version":1,"AccessKeyId":"a","SecretAccessKey":"` + hush + `","Expiration":"` + hush + `"}`,
		contract + contract,
		`{"version":1,"Version":"` + hush + `"}`, "\xff\xfe{",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := parsePrinted(text)
		if err != nil {
			if strings.Contains(err.Error(), hush) {
				t.Errorf("the error repeats a secret: %v", err)
			}
			return
		}
		checkSignable(t, c)
	})
}

// checkSignable checks that a request can be signed with credentials.
func checkSignable(t *testing.T, c aws.Credentials) {
	t.Helper()
	if !signable(c.AccessKeyID) || !signable(c.SecretAccessKey) ||
		c.SessionToken != "" && !signable(c.SessionToken) {
		t.Errorf("unusable credentials were taken: %q %q %q", c.AccessKeyID, c.SecretAccessKey, c.SessionToken)
	}
}

// FuzzExpiration: a time of any vendor's is what it says, to the second, in
// UTC, or none.
func FuzzExpiration(f *testing.F) {
	for _, text := range []string{
		"2021-01-27 00:50:09+00:00", "2021-01-27T00:50:09Z", "2021-01-27 00:50:09 +0000", "2021-01-27 00:50:09 UTC",
		"2021-01-27T00:50:09", " 2021-01-27 00:50:09.5 ", "9999-12-31T23:59:59-23:59",
		"0000-01-01T00:00:00+23:59", "", "soon",
	} {
		f.Add(text, 1.6e9)
	}
	f.Add("", 1e11)
	f.Add("", 1e14)
	f.Add("", -1e300)
	f.Fuzz(func(t *testing.T, text string, number float64) {
		if at, ok := parseExpiration(text); ok {
			again, ok := parseExpiration(at.Format(time.RFC3339Nano))
			ordinary := at.Year() >= 0 && at.Year() <= 9999
			if at.Location() != time.UTC || ordinary && (!ok || !again.Equal(at)) {
				t.Errorf("%q: got %v, then %v, %t", text, at, again, ok)
			}
		}
		at, ok := parseExpiration(number)
		if usual := number > 0 && number < 1e14; ok != usual {
			t.Errorf("%g: got %v, %t", number, at, ok)
		}
		if ok && (at.Year() < 1970 || at.Year() > 5138) {
			t.Errorf("%g: got %v", number, at)
		}
	})
}

// answers is a server that always answers the same.
type answers struct {
	status int
	body   string
}

func (a answers) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
	return &http.Response{
		StatusCode: a.status, Header: http.Header{"Content-Type": {"text/xml"}}, Request: r,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, ContentLength: int64(len(a.body)),
		Body: io.NopCloser(strings.NewReader(a.body)),
	}, nil
}

// FuzzSTS: whatever a Security Token Service answers, sessions are made of
// credentials that a request can be signed with, or there is an error that
// shows none of them.
func FuzzSTS(f *testing.F) {
	const begin = `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId>`
	const end = `</Credentials></AssumeRoleResult></AssumeRoleResponse>`
	const keys = `<SecretAccessKey>` + hush + `</SecretAccessKey><SessionToken>t</SessionToken>`
	for _, text := range []string{
		begin + keys + `<Expiration>2026-11-01T12:00:00Z</Expiration>` + end, begin + keys + end, begin + end,
		strings.ReplaceAll(begin+keys+`<Expiration>`+hush+`</Expiration>`+end, "AssumeRole", "GetFederationToken"),
		begin + strings.Replace(keys, hush, "s&#10;s", 1) + end,
		begin + strings.Replace(keys, "t<", "t&#10;t<", 1) + end,
		begin + "<SecretAccessKey>" + hush + "&#10;</SecretAccessKey><SessionToken/>" + end, "", "<", "\xff", "{}",
		begin + keys + `<Expiration>99999-01-01T00:00:00Z</Expiration>` + end, begin + begin + begin,
		"<ErrorResponse><Error><Code>AccessDenied</Code><Message>m&#27;</Message></Error></ErrorResponse>",
	} {
		f.Add(200, text)
		f.Add(403, text)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 499 || status == http.StatusTooManyRequests {
			return // tried again by the SDK, after a pause
		}
		client := sts.New(sts.Options{
			Region: "us-east-1", Credentials: aws.AnonymousCredentials{}, HTTPClient: answers{status, body},
			Retryer: aws.NopRetryer{},
		})
		assumed, err := AssumeRole(client, RoleOptions{ARN: "arn:aws:iam::1:role/r"})
		if err != nil {
			t.Fatal(err)
		}
		federated, err := federationToken(client, federationOptions{Policy: "{}"})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range []aws.CredentialsProvider{assumed, federated} {
			c, err := p.Retrieve(t.Context())
			if err == nil {
				checkSignable(t, c)
			} else if status < 300 && strings.Contains(err.Error(), hush) {
				t.Errorf("the error shows a key: %v", err)
			}
		}
	})
}
