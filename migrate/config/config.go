package config

import (
	"path"
	"slices"
	"strings"
)

// Config is a configuration file. The zero value is that of no file: no
// rule for any bucket.
type Config struct {
	// Path is the file it was read from; empty where there was none.
	Path string
	// Digest is the SHA-256 of the file's content in hex, to tell whether it
	// has changed; empty where nothing was loaded.
	Digest string
	// AllowPlainHTTP lets endpoints be http elsewhere than on this machine.
	AllowPlainHTTP bool
	// Rules are in the order of the file.
	Rules []Rule
}

// Rule is how some buckets are reached.
type Rule struct {
	// Buckets are names, or patterns with * and ? as in path.Match.
	Buckets []string
	// Line is where the rule begins in the file, from 1; it tells rules of
	// one file apart.
	Line int
	// Credentials sign the requests. Its Kind is empty where the rule says
	// nothing of them.
	Credentials Provider
	// Endpoint is the base URL of an S3 that is not AWS; empty is AWS.
	Endpoint string
	// Region of the buckets; empty is asked of S3.
	Region string
	// PathStyle puts the bucket into the path rather than the host name; nil
	// does so where there is an Endpoint.
	PathStyle *bool
	// ETags is ETagsMD5 or ETagsOpaque; empty is what is documented of AWS,
	// and ETagsOpaque elsewhere.
	ETags string
	// RequesterPays agrees to pay for the requests.
	RequesterPays bool
	// Encryption is asked for in what is written.
	Encryption Encryption
	// ACL is ACLBucketOwner, ACLNone, or empty: see WrittenACL.
	ACL string
}

// The ACLs that a rule can ask for. ACLBucketOwner is S3's name (S3 user guide, canned ACL, November 2026).
const (
	ACLBucketOwner = "bucket-owner-full-control"
	ACLNone        = "none"
)

// WrittenACL is the canned ACL of what is written to the rule's buckets, empty for none. Without a word of the rule it
// gives the bucket's owner all rights where Synapse's credentials write, which belong to another account: the objects
// would be that account's alone where the bucket's Object Ownership isn't "bucket owner enforced".
func (r Rule) WrittenACL(synapsesCredentials bool) string {
	switch {
	case r.ACL == ACLNone, r.ACL == "" && !synapsesCredentials:
		return ""
	}
	return ACLBucketOwner
}

// UsesPathStyle is PathStyle with its default.
func (r Rule) UsesPathStyle() bool {
	if r.PathStyle != nil {
		return *r.PathStyle
	}
	return r.Endpoint != ""
}

// What ETags are.
const (
	// ETagsMD5: the MD5 of the bytes, of objects that were written in one part
	// and are not encrypted with a key of KMS. It is the user's word.
	ETagsMD5 = "md5"
	// ETagsOpaque: nothing that tells of the content.
	ETagsOpaque = "opaque"
)

// The ways to encrypt on the server's side, as the header
// x-amz-server-side-encryption names them (S3 API reference, PutObject,
// November 2026).
const (
	encryptAES256 = "AES256"
	encryptKMS    = "aws:kms"
)

// Encryption is how S3 shall encrypt what is written. The zero value leaves
// it to the bucket's default.
type Encryption struct {
	// SSE is "AES256", "aws:kms", or empty.
	SSE string
	// KMSKeyID is the key's ID or ARN, with "aws:kms" only; empty is the
	// account's own key for S3.
	KMSKeyID string
}

// For finds the rule for a bucket; false where there is none. A rule that
// names the bucket comes before all with patterns, and of these the first in
// the file counts.
func (c Config) For(bucket string) (Rule, bool) {
	for _, r := range c.Rules {
		if slices.Contains(r.Buckets, bucket) {
			return r, true
		}
	}
	for _, r := range c.Rules {
		if slices.ContainsFunc(r.Buckets, func(p string) bool { return covers(p, bucket) }) {
			return r, true
		}
	}
	return Rule{}, false
}

// Names are the buckets that have a rule under their whole name.
func (c Config) Names() (names []string) {
	for _, rule := range c.Rules {
		for _, bucket := range rule.Buckets {
			if !strings.ContainsAny(bucket, "*?") {
				names = append(names, bucket)
			}
		}
	}
	return names
}

// covers reports whether a pattern covers a bucket. Reading has checked the
// pattern.
func covers(pattern, bucket string) bool {
	matched, err := path.Match(pattern, bucket)
	return err == nil && matched
}
