package credentials

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

func TestParseAnswer(t *testing.T) {
	at := time.Date(2021, 1, 27, 0, 50, 9, 0, time.UTC)
	full := aws.Credentials{
		AccessKeyID: "ASIA", SecretAccessKey: "hush", SessionToken: "hush-token", CanExpire: true, Expires: at,
	}
	tests := []struct {
		name, body string
		fields     answerFields
		want       aws.Credentials
	}{
		{"as TEA", `{"accessKeyId": "ASIA", "secretAccessKey": "hush", "sessionToken": "hush-token",
			"expiration": "2021-01-27 00:50:09+00:00"}`, answerFields{}, full},
		{"as STS", `{"Credentials": {"AccessKeyId": "ASIA", "SecretAccessKey": "hush", "SessionToken": "hush-token",
			"Expiration": "2021-01-27T00:50:09Z"}}`, answerFields{}, full},
		{"as containers", `{"AccessKeyId": "ASIA", "SecretAccessKey": "hush", "Token": "hush-token",
			"Expiration": "2021-01-27T00:50:09Z"}`, answerFields{}, full},
		{"as variables",
			`{"AWS_ACCESS_KEY_ID": "ASIA", "AWS_SECRET_ACCESS_KEY": "hush", "AWS_SESSION_TOKEN": "hush-token",
			"expires_at": 1611708609}`, answerFields{}, full},
		{"named", `{"a": {"b": "ASIA"}, "c": "hush", "d": "hush-token", "e": 1611708609000, "accessKeyId": "x"}`,
			answerFields{"a.b", "c", "d", "e"}, full},
		{"in a Lambda's own answer", `{"statusCode": 200, "headers": {"Content-Type": "application/json"},
			"body": "{\"accessKeyId\": \"ASIA\", \"secretAccessKey\": \"hush\", \"sessionToken\": \"hush-token\", ` +
			`\"expiration\": \"2021-01-27 00:50:09+00:00\"}"}`, answerFields{}, full},
		{"in base64", `{"statusCode": 200, "isBase64Encoded": true, "body": "` + base64.StdEncoding.EncodeToString(
			[]byte(`{"a": "ASIA", "c": "hush"}`)) + `"}`, answerFields{AccessKeyID: "a", SecretAccessKey: "c"},
			aws.Credentials{AccessKeyID: "ASIA", SecretAccessKey: "hush"}},
		{"in a text", `"{\"accessKeyId\": \"ASIA\", \"secretAccessKey\": \"hush\"}"`, answerFields{},
			aws.Credentials{AccessKeyID: "ASIA", SecretAccessKey: "hush"}},
		{"beside a body", `{"accessKeyId": "ASIA", "secretAccessKey": "hush", "body": "of water"}`, answerFields{},
			aws.Credentials{AccessKeyID: "ASIA", SecretAccessKey: "hush"}},
		{"in an object named body", `{"body": {"k": "ASIA", "s": "hush"}}`,
			answerFields{AccessKeyID: "body.k", SecretAccessKey: "body.s"},
			aws.Credentials{AccessKeyID: "ASIA", SecretAccessKey: "hush"}},
		{"for ever", `{"accessKeyId": "ASIA", "secretAccessKey": "hush"}`, answerFields{},
			aws.Credentials{AccessKeyID: "ASIA", SecretAccessKey: "hush"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseAnswer([]byte(tt.body), tt.fields)
			if err != nil || got != tt.want {
				t.Errorf("got keys %t of %s, expiring %s, %v", got == tt.want, got.AccessKeyID, got.Expires, err)
			}
		})
	}
}

func TestParseAnswerRefuses(t *testing.T) {
	tests := []struct {
		name, body string
		fields     answerFields
		want       string
	}{
		{"a page", "<html>hush", answerFields{}, "not a JSON object"},
		{"a list", `["hush"]`, answerFields{}, "not a JSON object"},
		{"a Lambda's refusal", `{"statusCode": 403, "body": "{\"hush\": \"hush\"}"}`, answerFields{},
			"it is the answer of a function, with the status 403"},
		{"no end of wrappings", `{"body": "{\"body\": \"{\\\"body\\\": \\\"{}\\\"}\"}"}`, answerFields{}, "not a JSON object"},
		{"nothing", `{}`, answerFields{}, "no access key ID under any of its usual names"},
		{"a number", `{"accessKeyId": 1, "secretAccessKey": "hush"}`, answerFields{}, "no access key ID"},
		{"no secret", `{"accessKeyId": "hush"}`, answerFields{}, "no secret access key"},
		{"another name", `{"accessKeyId": "hush"}`, answerFields{AccessKeyID: "Keys.ID"},
			`no access key ID under "Keys.ID"`},
		{"two lines", `{"accessKeyId": "A", "secretAccessKey": "hush\nhush"}`, answerFields{},
			"no secret access key"},
		{"unsendable token", `{"accessKeyId": "A", "secretAccessKey": "hush", "sessionToken": "hüsh"}`,
			answerFields{},
			"no session token"},
		{"no time", `{"accessKeyId": "A", "secretAccessKey": "hush", "expiration": "hush"}`,
			answerFields{}, "is not a time"},
		{"no number", `{"accessKeyId": "A", "secretAccessKey": "hush", "expiration": -5}`,
			answerFields{}, "is not a time"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := parseAnswer([]byte(tt.body), tt.fields)
			if !errors.Is(err, errAnswer) || c != (aws.Credentials{}) || !strings.Contains(err.Error(), tt.want) ||
				strings.Contains(err.Error(), "hush") {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestParseExpiration(t *testing.T) {
	at := time.Date(2021, 1, 27, 0, 50, 9, 0, time.UTC)
	for _, text := range []string{
		"2021-01-27 00:50:09+00:00", "2021-01-27T00:50:09Z", "2021-01-27T01:50:09+01:00", "2021-01-27 01:50:09+01:00",
		"2021-01-27 00:50:09 +0000", "2021-01-27 00:50:09 UTC", "2021-01-27 00:50:09", " 2021-01-27T00:50:09 ",
		"2021-01-27 00:50:09Z",
	} {
		t.Run(text, func(t *testing.T) {
			if got, ok := parseExpiration(text); !ok || !got.Equal(at) || got.Location() != time.UTC {
				t.Errorf("got %s, %t", got, ok)
			}
		})
	}
	got, ok := parseExpiration("2021-01-27 00:50:09.123456+00:00")
	if want := at.Add(123456 * time.Microsecond); !ok || !got.Equal(want) {
		t.Errorf("with a fraction: got %s, %t", got, ok)
	}
	for _, value := range []any{"", "soon", "27/01/2021", 0.0, 1e300, true, nil} {
		if got, ok := parseExpiration(value); ok {
			t.Errorf("%v is taken for %s", value, got)
		}
	}
}

// FuzzParseAnswer puts a secret anywhere into any answer: no panic, and
// nothing of it in an error.
func FuzzParseAnswer(f *testing.F) {
	const secret = "Hush0Planted/Secret+1"
	for _, seed := range []string{
		`{"accessKeyId": "@", "secretAccessKey": "@", "sessionToken": "@", "expiration": "2021-01-27 00:50:09+00:00"}`,
		`{"Credentials": {"AccessKeyId": "@"}}`, `{"@": "@"}`, `"@`, `@`, `{"accessKeyId": @}`,
		`{"accessKeyId": "@\n"}`,
		`{"accessKeyId": "a", "secretAccessKey": "@", "expires": "@"}`, `{"credentials": ["@"]}`,
		"[[[[", `{"a":{"b":"@"}}`,
	} {
		f.Add(seed, "")
		f.Add(seed, "a.b")
	}
	f.Fuzz(func(t *testing.T, body, path string) {
		fields := answerFields{path, "", path, ""}
		c, err := parseAnswer([]byte(strings.ReplaceAll(body, "@", secret)), fields)
		if err != nil && strings.Contains(strings.ReplaceAll(err.Error(), fmt.Sprintf("%q", path), ""), "Hush0") {
			t.Errorf("a secret is in the error %v", err)
		}
		if err == nil && (!c.HasKeys() ||
			strings.ContainsAny(c.AccessKeyID+c.SecretAccessKey+c.SessionToken, "\r\n ")) {
			t.Error("unusable credentials were taken")
		}
	})
}
