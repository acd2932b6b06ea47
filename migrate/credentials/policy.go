package credentials

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"synapse-migrate/migrate/config"
)

// maxPolicyBytes is the longest session policy that STS takes, in plain
// text (STS API reference, AssumeRole and GetFederationToken, November
// 2026). Packed, it may still be too long, which only STS can tell.
const maxPolicyBytes = 2048

// Need is what a plan needs in one place of one bucket.
type Need struct {
	Bucket string
	// Prefix is what the keys begin with; empty is the whole bucket.
	Prefix            string
	Read, List, Write bool
	// Delete is needed to take away what the program itself put there for a
	// while.
	Delete bool
}

// errPolicyTooLong means that what is needed doesn't fit into a session
// policy.
var errPolicyTooLong = errors.New("the session policy is longer than STS takes")

// PolicyOptions say what a session policy is for. The zero value is S3 of
// AWS's usual regions, without keys of KMS.
type PolicyOptions struct {
	// Partition is that of the ARNs; empty is aws.
	Partition string
	// KMS allows S3 to use keys of KMS for this session, which objects
	// encrypted with a customer's key need.
	KMS bool
}

// Actions that S3 checks for what the program does (service authorization
// reference, Amazon S3, November 2026).
var (
	readActions  = []string{"s3:GetObject", "s3:GetObjectTagging"}
	writeActions = []string{
		"s3:GetObject", "s3:PutObject", "s3:PutObjectTagging",
		"s3:AbortMultipartUpload", "s3:ListMultipartUploadParts",
	}
	deleteActions = []string{"s3:DeleteObject"}
)

type policyDocument struct {
	Version   string
	Statement []policyStatement
}

type policyStatement struct {
	Effect    string
	Action    []string
	Resource  []string
	Condition map[string]map[string][]string `json:",omitempty"`
}

// SessionPolicy is the policy document that allows what is needed and
// nothing else, the same for the same needs in any order. Where the
// prefixes of a bucket are too many for one document, it allows what they
// have in common; it is an error where that is still too much. No needs are
// an error too: a session without a policy may do all that its role may.
func SessionPolicy(needs []Need, o PolicyOptions) (string, error) {
	if len(needs) == 0 {
		return "", errors.New("session policy: nothing is needed")
	}
	if o.Partition == "" {
		o.Partition = "aws"
	}
	for _, needs := range [][]Need{merged(needs), merged(widened(needs))} {
		text, err := o.document(needs)
		if err != nil || len(text) <= maxPolicyBytes {
			return text, err
		}
	}
	return "", fmt.Errorf("%w: %d places in %d characters", errPolicyTooLong, len(needs), maxPolicyBytes)
}

// merged puts needs of the same place together and drops those that lie
// within another one, in a fixed order.
func merged(needs []Need) []Need {
	sorted := slices.Clone(needs)
	slices.SortFunc(sorted, func(a, b Need) int {
		return cmp.Or(cmp.Compare(a.Bucket, b.Bucket), cmp.Compare(a.Prefix, b.Prefix))
	})
	var out []Need
	for _, n := range sorted {
		if last := len(out) - 1; last >= 0 && out[last].Bucket == n.Bucket && out[last].Prefix == n.Prefix {
			out[last] = out[last].with(n)
			continue
		}
		out = append(out, n)
	}
	return slices.DeleteFunc(out, func(n Need) bool {
		return slices.ContainsFunc(out, func(wide Need) bool { return wide != n && wide.includes(n) })
	})
}

// widened gives each bucket one need, for what its prefixes have in common.
func widened(needs []Need) []Need {
	byBucket := map[string]Need{}
	for _, n := range needs {
		have, found := byBucket[n.Bucket]
		if found {
			n.Prefix = common(have.Prefix, n.Prefix)
			n = n.with(have)
		}
		byBucket[n.Bucket] = n
	}
	out := make([]Need, 0, len(byBucket))
	for _, n := range byBucket {
		out = append(out, n)
	}
	return out
}

// with is n, with what is needed by m as well.
func (n Need) with(m Need) Need {
	n.Read, n.List = n.Read || m.Read, n.List || m.List
	n.Write, n.Delete = n.Write || m.Write, n.Delete || m.Delete
	return n
}

// includes reports whether n allows all that m needs.
func (n Need) includes(m Need) bool {
	return n.Bucket == m.Bucket && strings.HasPrefix(m.Prefix, n.Prefix) && n.with(m) == n
}

// common is what two texts begin with, in whole characters.
func common(a, b string) string {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return strings.ToValidUTF8(a[:n], "")
}

// document writes the policy.
func (o PolicyOptions) document(needs []Need) (string, error) {
	d := policyDocument{Version: "2012-10-17"}
	add := func(actions []string, wanted func(Need) bool) {
		s := policyStatement{Effect: "Allow", Action: actions}
		for _, n := range needs {
			if wanted(n) {
				s.Resource = append(s.Resource, o.objects(n))
			}
		}
		if len(s.Resource) > 0 {
			d.Statement = append(d.Statement, s)
		}
	}
	add(readActions, func(n Need) bool { return n.Read && !n.Write })
	add(writeActions, func(n Need) bool { return n.Write && !n.Read })
	add(append([]string{"s3:GetObjectTagging"}, writeActions...), func(n Need) bool { return n.Write && n.Read })
	add(deleteActions, func(n Need) bool { return n.Delete })
	d.Statement = append(d.Statement, o.listing(needs)...)
	if o.KMS {
		d.Statement = append(d.Statement, o.keys(needs))
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // shorter, and no HTML
	if err := e.Encode(d); err != nil {
		return "", fmt.Errorf("session policy: %w", err)
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// objects is the ARN of the objects of a need.
func (o PolicyOptions) objects(n Need) string {
	if point, is := config.AccessPointOf(n.Bucket); is {
		return point.ARN + "/object/" + literal(n.Prefix) + "*"
	}
	return o.bucket(n.Bucket) + "/" + literal(n.Prefix) + "*"
}

// bucket is the ARN of a bucket, or of an access point, which policies name by
// its own (S3 user guide, access point policies, read November 2026).
func (o PolicyOptions) bucket(name string) string {
	if point, is := config.AccessPointOf(name); is {
		return point.ARN
	}
	return "arn:" + o.Partition + ":s3:::" + name
}

// listing allows to list buckets below prefixes, one statement for each
// bucket, since the condition is on the prefix alone.
func (o PolicyOptions) listing(needs []Need) []policyStatement {
	prefixes := map[string][]string{}
	var buckets []string
	for _, n := range needs {
		if !n.List {
			continue
		}
		if prefixes[n.Bucket] == nil {
			buckets = append(buckets, n.Bucket)
		}
		prefixes[n.Bucket] = append(prefixes[n.Bucket], literal(n.Prefix)+"*")
	}
	var out []policyStatement
	for _, b := range buckets {
		s := policyStatement{
			Effect: "Allow", Action: []string{"s3:ListBucket"}, Resource: []string{o.bucket(b)},
		}
		if !slices.Contains(prefixes[b], "*") {
			s.Condition = map[string]map[string][]string{"StringLike": {"s3:prefix": prefixes[b]}}
		}
		out = append(out, s)
	}
	return out
}

// keys allows S3, and nothing else, to use keys of KMS for this session.
func (o PolicyOptions) keys(needs []Need) policyStatement {
	s := policyStatement{
		Effect: "Allow", Action: []string{"kms:Decrypt"}, Resource: []string{"*"},
		Condition: map[string]map[string][]string{"StringLike": {"kms:ViaService": {"s3.*"}}},
	}
	if slices.ContainsFunc(needs, func(n Need) bool { return n.Write }) {
		s.Action = append(s.Action, "kms:GenerateDataKey")
	}
	return s
}

// literal writes a key so that no character of it stands for others: * ? $
// have a meaning in ARNs and conditions (IAM user guide, policy variables,
// November 2026).
func literal(key string) string {
	return strings.NewReplacer("*", "${*}", "?", "${?}", "$", "${$}").Replace(key)
}
