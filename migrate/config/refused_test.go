package config

import (
	"errors"
	"strings"
	"testing"
)

// one is a file with one rule; the rest of it begins in line 3, column 5.
func one(rest string) string { return "buckets:\n  - bucket: lab\n    " + rest + "\n" }

// door is a file whose rule has credentials; they begin in line 3, column 19.
func door(provider string) string { return one("credentials: " + provider) }

func TestRefused(t *testing.T) {
	const arn = "arn:aws:iam::123456789012:role/reader"
	tests := []struct{ name, content, want string }{
		{"no mapping", "- a", "file:1:1: want keys with values"},
		{"unknown key", "bucket: []", "file:1:1: unknown key bucket: did you mean buckets?"},
		{"far from all", "zebra: 1", "file:1:1: unknown key zebra: known are allow-plain-http, buckets"},
		{"unknown key of a rule", one("requestor-pays: true"),
			"file:3:5: unknown key requestor-pays: did you mean requester-pays?"},
		{"swapped letters", one("regoin: a"), "file:3:5: unknown key regoin: did you mean region?"},
		{"key of another kind", door("{kind: profile, folder: syn1}"),
			"file:3:34: unknown key folder of kind profile: known are kind, profile"},
		{"strange key", one("a4f6: true"), "file:3:5: unknown key: known are acl, bucket, credentials"},
		{"no kind", door("{profile: lab}"), "file:3:18: no kind: known are default, profile"},
		{"unknown kind", door("{kind: assumerole}"), "file:3:25: unknown value: did you mean assume-role?"},
		{"no list", "buckets: {a: b}", "file:1:10: want a list of buckets"},
		{"no bucket", "buckets:\n  - region: a", "file:2:5: no bucket"},
		{"bucket with a slash", "buckets: [{bucket: a/b}]", "file:1:20: want a bucket's name"},
		{"bucket twice", "buckets: [{bucket: a}, {bucket: [b, a]}]", "file:1:37: this bucket has a rule already"},
		{"key twice", one("region: a\n    region: b"), "file:4:5: this key occurs twice"},
		{"boolean", one("path-style: 1"), "file:3:17: want true or false"},
		{"region", one("region: EU West"), "file:3:13: want a region"},
		{"no value", one("region:"), "want a value"},
		{"no URL", one("endpoint: s3.example.org"), "file:3:15: want a URL that begins with https://"},
		{"plain http", one("endpoint: http://s3.example.org"), "file:3:15: http would send credentials in the clear"},
		{"password in a URL", one("endpoint: https://me:pw@s3.example.org"), "file:3:15: a URL with a secret"},
		{"token in a URL", door("{kind: vending, url: 'https://a.org/?access_token=x'}"), "a URL with a secret"},
		{"sse", one("encryption: {sse: AES}"), "file:3:23: unknown value: did you mean AES256?"},
		{"KMS key without KMS", one("encryption: {sse: AES256, kms-key-id: a}"), "kms-key-id needs sse: aws:kms"},
		{"literal token", door("{kind: s3credentials, url: 'https://a.org', token: abc}"),
			"file:3:69: want a reference"},
		{"literal header", door("{kind: vending, url: 'https://a.org', headers: {A: abc}}"), "want a reference"},
		{"bad variable", door("{kind: static, access-key-id: 'env:A B', secret-access-key: env:B}"),
			"want a reference"},
		{"half of the keys", door("{kind: static, access-key-id: env:A}"), "belong together"},
		{"token without keys", door("{kind: static, session-token: env:A}"), "belong together"},
		{"token and cookie", door("{kind: s3credentials, url: 'https://a.org', token: env:A, cookie: env:B}"),
			"token and cookie: one of them is enough"},
		{"app name", door("{kind: s3credentials, url: 'https://a.org', app-name: a b}"), "want 1 to 32 letters"},
		{"profile lacks its name", door("{kind: profile}"), "kind profile needs profile"},
		{"process lacks its command", door("{kind: process}"), "kind process needs command"},
		{"synapse lacks its folder", door("{kind: synapse}"), "kind synapse needs folder"},
		{"role lacks its ARN", door("{kind: assume-role}"), "kind assume-role needs role-arn"},
		{"vending lacks its URL", door("{kind: vending}"), "kind vending needs url"},
		{"endpoint lacks its URL", door("{kind: s3credentials}"), "kind s3credentials needs url"},
		{"no role", door("{kind: assume-role, role-arn: reader}"), "file:3:48: want a role's ARN"},
		{"too short", door("{kind: assume-role, role-arn: '" + arn + "', duration: 899s}"),
			"want a duration from 15m to 12h"},
		{"too long", door("{kind: federation-token, duration: 37h}"), "want a duration from 15m to 36h"},
		{"part of a second", door("{kind: federation-token, duration: 1000500ms}"), "want a duration"},
		{"no duration", door("{kind: federation-token, duration: 3600}"), "want a duration"},
		{"policy", door("{kind: federation-token, session-policy: all}"),
			"want generated, none, or a policy document"},
		{"policy too long", door(`{kind: federation-token, session-policy: '{"Statement": "` +
			strings.Repeat("a", 2048) + `"}'}`), "STS takes 2048"},
		{"federation without rights", door("{kind: federation-token, session-policy: none}"),
			"leaves a federated user no rights"},
		{"source of nothing", door("{kind: federation-token, source: {}}"), "no kind"},
		{"deep sources", door(strings.Repeat("{kind: federation-token, source: ", 6) + "{kind: default}" +
			strings.Repeat("}", 6)), "more than 5 providers"},
		{"access key", one("region: AKIAIOSFODNN7EXAMPLE"), "file:3:13: this looks like a secret"},
		{"secret key", door("{kind: process, command: wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY}"),
			"this looks like a secret"},
		{"web token", door("{kind: process, command: 'vault eyJhbGciOiJIUzI1NiJ9.e30.x'}"),
			"this looks like a secret"},
		{"access key in a policy",
			door(`{kind: federation-token, session-policy: '{"Statement": "AKIAIOSFODNN7EXAMPLE"}'}`),
			"this looks like a secret"},
		{"ETags", one("etags: sha1"), "md5"},
		{"two documents", "buckets: []\n---\nbuckets: []\n", "file:3:1: a second document"},
		{"anchor", "buckets: &a []", "want a list"},
		{"alias", "buckets: *a", "want a list"},
		{"merge key", "<<: {buckets: []}", "want a plain word as a key"},
		{"syntax", "buckets: [", "file:1:10: not valid YAML"},
		{"deep", "a: " + strings.Repeat("[", 100), "file:1:1: nested too deep"},
		{"deep lists", strings.Repeat("- ", 100), "file:1:1: nested too deep"},
		{"large", strings.Repeat("#", maxFileBytes+1), "file: larger than 256 KiB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Parse("file", []byte(tt.content))
			var refused *Error
			if !errors.As(err, &refused) || !strings.HasPrefix(err.Error(), "file:") ||
				!strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %+v, %v; want %q", c, err, tt.want)
			}
		})
	}
}

func TestAllowPlainHTTPHoldsForTheWholeFile(t *testing.T) {
	c, err := Parse("file", []byte(one("endpoint: http://s3.example.org")+"allow-plain-http: true\n"))
	if err != nil || !c.AllowPlainHTTP || c.Rules[0].Endpoint != "http://s3.example.org" {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestDistance(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"region", "region", 0}, {"regin", "region", 1}, {"regoin", "region", 1},
		{"requestor", "requester", 1}, {"abc", "xyz", 3}, {"a", "abcdefgh", maxDistance + 1},
	}
	for _, tt := range tests {
		t.Run(tt.a+"-"+tt.b, func(t *testing.T) {
			if got := distance(tt.a, tt.b); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}
