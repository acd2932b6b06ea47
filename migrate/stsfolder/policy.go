package stsfolder

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"synapse-migrate/planner"
)

// SynapseAccount is the AWS account of Synapse's production service
// (https://help.synapse.org/docs/Custom-Storage-Locations.2048327803.html,
// a stored copy read November 2026).
const SynapseAccount = "325565585839"

// What Synapse's account must be allowed. The page above has wildcards,
// s3:*Object* and s3:*MultipartUpload*, on all objects; these are what
// Synapse's own calls and the session policies of its credentials come to
// (sts-policy-template.json.vtp and StsManagerImpl, October 2024), so that
// credentials can do all that they say.
var (
	bucketActions = []string{
		"s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads",
	}
	objectActions = []string{
		"s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject",
		"s3:ListMultipartUploadParts", "s3:PutObject", "s3:PutObjectAcl",
	}
)

// ErrPolicy means that a bucket's policy can't be read, so that nothing can
// be added to it.
var ErrPolicy = errors.New("the bucket's policy can't be read")

// ErrDenied means that a bucket's policy denies something to Synapse, which
// no addition can undo.
var ErrDenied = errors.New("the bucket's policy has a statement that denies access")

// policy is a bucket policy. Statements stay as they are written.
type policy struct {
	// Version is the language's; ID is somebody's own.
	Version   string            `json:"Version,omitempty"`
	ID        string            `json:"Id,omitempty"`
	Statement []json.RawMessage `json:"Statement"`
}

// statement is what is understood of one.
type statement struct {
	Sid          string          `json:",omitempty"`
	Effect       string          `json:""`
	Principal    json.RawMessage `json:",omitempty"`
	NotPrincipal json.RawMessage `json:",omitempty"`
	Action       texts           `json:",omitempty"`
	NotAction    texts           `json:",omitempty"`
	Resource     texts           `json:",omitempty"`
	NotResource  texts           `json:",omitempty"`
	Condition    json.RawMessage `json:",omitempty"`
}

// texts is one text or a list of them.
type texts []string

// UnmarshalJSON reads both.
func (t *texts) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*t = texts{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(t))
}

// grant is a set of actions on one resource.
type grant struct {
	sid, resource string
	actions       []string
}

// grants are what Synapse's account needs for a storage location. The base
// key is taken as it is: see wildcards.
func grants(bucket, baseKey string) []grant {
	arn := "arn:aws:s3:::" + bucket
	below := arn + "/" + planner.UnderBase(baseKey, "*")
	return []grant{
		{"SynapseBucket", arn, bucketActions},
		{"SynapseObjects", below, objectActions},
	}
}

// Policy is the bucket policy that lets Synapse's account (12 digits) use a
// storage location, and nothing else.
func Policy(bucket, baseKey, account string) (string, error) {
	merged, _, err := mergePolicy("", bucket, baseKey, account)
	return merged, err
}

// mergePolicy adds to a bucket's policy, empty for none, what Synapse's
// account lacks for a storage location. All that is there stays as it is;
// changed is false where nothing lacks. It gives ErrPolicy for a document
// that it doesn't understand. Conditions are taken for never met.
func mergePolicy(existing, bucket, baseKey, account string) (merged string, changed bool, err error) {
	if !utf8.ValidString(bucket + baseKey) {
		return "", false, fmt.Errorf("%w: %q can't stand in one", ErrPolicy, baseKey)
	}
	p := policy{Version: "2012-10-17"}
	if existing != "" {
		if p, err = readPolicy(existing); err != nil {
			return "", false, err
		}
	}
	known, err := p.statements()
	if err != nil {
		return "", false, err
	}
	for _, g := range grants(bucket, baseKey) {
		lacking := slices.DeleteFunc(slices.Clone(g.actions), func(action string) bool {
			return slices.ContainsFunc(known, func(s statement) bool {
				return s.allows(account, action, g.resource)
			})
		})
		if len(lacking) == 0 {
			continue
		}
		if err := p.add(g, lacking, account, known); err != nil {
			return "", false, err
		}
		changed = true
	}
	if !changed {
		return existing, false, nil
	}
	text, err := marshal(p)
	return text, true, err
}

// checkPolicy is nil unless a bucket's policy denies Synapse's account, or
// everybody, something that it needs: then it is ErrDenied with the
// statement's name. Denials under conditions are not judged.
func checkPolicy(existing, bucket, baseKey, account string) error {
	if existing == "" {
		return nil
	}
	p, err := readPolicy(existing)
	if err != nil {
		return err
	}
	known, err := p.statements()
	if err != nil {
		return err
	}
	for _, s := range known {
		for _, g := range grants(bucket, baseKey) {
			for _, action := range g.actions {
				if s.denies(account, action, g.resource) {
					return fmt.Errorf("%w: %q denies %s on %s", ErrDenied, s.Sid, action, g.resource)
				}
			}
		}
	}
	return nil
}

// readPolicy reads a document; fields that no policy has are refused, since
// they would be lost.
func readPolicy(text string) (policy, error) {
	var p struct {
		policy
		Statement json.RawMessage
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return policy{}, fmt.Errorf("%w: %w", ErrPolicy, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return policy{}, fmt.Errorf("%w: there is more after it", ErrPolicy)
	}
	out := p.policy
	// A single statement need not stand in a list.
	if s := bytes.TrimSpace(p.Statement); len(s) > 0 && s[0] == '{' {
		out.Statement = []json.RawMessage{s}
		return out, nil
	}
	if err := json.Unmarshal(p.Statement, &out.Statement); err != nil {
		return policy{}, fmt.Errorf("%w: no statements: %w", ErrPolicy, err)
	}
	return out, nil
}

func (p policy) statements() ([]statement, error) {
	all := make([]statement, 0, len(p.Statement))
	for _, raw := range p.Statement {
		var s statement
		if err := json.Unmarshal(raw, &s); err != nil {
			return nil, fmt.Errorf("%w: statement %d: %w", ErrPolicy, len(all)+1, err)
		}
		all = append(all, s)
	}
	return all, nil
}

// add appends a statement. Its name must be the only one of its kind.
func (p *policy) add(g grant, actions []string, account string, known []statement) error {
	sid := g.sid
	for n := 2; slices.ContainsFunc(known, func(s statement) bool { return s.Sid == sid }); n++ {
		sid = fmt.Sprintf("%s%d", g.sid, n)
	}
	principal, err := json.Marshal(map[string]string{"AWS": rootOf(account)})
	if err != nil {
		return err
	}
	text, err := marshal(statement{
		Sid: sid, Effect: "Allow", Principal: principal, Action: actions, Resource: texts{g.resource},
	})
	p.Statement = append(p.Statement, json.RawMessage(text))
	return err
}

// marshal writes JSON for people, with & and < as they are: keys may have
// them.
func marshal(value any) (string, error) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(value)
	return strings.TrimSpace(text.String()), err
}

// rootOf is the name of a whole account. S3 writes so what is given as the
// account's number (IAM user guide, AWS account principals, November 2026).
func rootOf(account string) string { return "arn:aws:iam::" + account + ":root" }
