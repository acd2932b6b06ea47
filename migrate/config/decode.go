package config

import (
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Bounds of what is given to the YAML reader, whose time and memory grow
// with the square of the depth.
const (
	maxFileBytes = 256 << 10
	maxDepth     = 32
	maxIndent    = 256
)

// bucketName is a bucket's name, old ones of us-east-1 included, with * and
// ? for a pattern (S3 user guide, bucket naming rules, November 2026).
var bucketName = regexp.MustCompile(`^[A-Za-z0-9*?][A-Za-z0-9._*?-]{0,254}$`)

// regionName is a region of AWS, or whatever another S3 calls its own.
var regionName = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)

// Parse reads the text of a configuration file. The path is for errors, and
// its folder is where relative paths in the file begin. An error is an
// *Error.
func Parse(path string, content []byte) (Config, error) {
	d := decoder{path: path, folder: filepath.Dir(path)}
	c := Config{Path: path}
	root, err := d.parse(content)
	if err != nil || root == nil {
		return c, err
	}
	// What is allowed must be known before the endpoints are read.
	if err := d.allowed(root, &c); err != nil {
		return Config{}, err
	}
	d.allowHTTP = c.AllowPlainHTTP
	err = d.mapping(root, "", table{
		"allow-plain-http": flag(func(bool) {}),
		"buckets":          func(d decoder, n ast.Node) error { return d.rules(n, &c) },
	})
	if err != nil {
		return Config{}, err
	}
	return c, nil
}

// parse reads the YAML; nil for an empty file.
func (d decoder) parse(content []byte) (ast.Node, error) {
	if len(content) > maxFileBytes {
		return nil, &Error{Path: d.path, Reason: "larger than 256 KiB"}
	}
	if line := tooDeep(string(content)); line > 0 {
		return nil, &Error{Path: d.path, Line: line, Column: 1, Reason: "nested too deep"}
	}
	file, err := parser.ParseBytes(content, 0)
	if err != nil {
		return nil, d.syntax(err)
	}
	var root ast.Node
	for _, doc := range file.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.CommentType {
			continue
		}
		if root != nil {
			return nil, d.wrong(doc.Body, "a second document in one file")
		}
		root = doc.Body
	}
	return root, nil
}

// tooDeep is the line at which a text nests deeper than any configuration
// does, 0 for none.
func tooDeep(content string) int {
	depth, number := 0, 0
	for line := range strings.Lines(content) {
		number++
		lead := line[:len(line)-len(strings.TrimLeft(line, " -?:"))]
		if len(lead) > maxIndent || strings.Count(lead, "-")+strings.Count(lead, "?") > maxDepth {
			return number
		}
		for _, r := range line {
			switch r {
			case '[', '{':
				depth++
			case ']', '}':
				depth = max(0, depth-1)
			}
			if depth > maxDepth {
				return number
			}
		}
	}
	return 0
}

// allowed reads allow-plain-http, which holds for the whole file wherever it
// stands.
func (d decoder) allowed(root ast.Node, c *Config) error {
	pairs, err := d.entries(root)
	if err != nil {
		return err
	}
	for _, pair := range pairs {
		if key, err := d.key(pair); err != nil || key != "allow-plain-http" {
			continue
		}
		return flag(func(v bool) { c.AllowPlainHTTP = v })(d, pair.Value)
	}
	return nil
}

// rules reads the list of buckets.
func (d decoder) rules(n ast.Node, c *Config) error {
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		return d.wrong(n, "want a list of buckets (- bucket: NAME)")
	}
	seen := map[string]bool{}
	for _, v := range list.Values {
		r, err := d.rule(v, seen)
		if err != nil {
			return err
		}
		c.Rules = append(c.Rules, r)
	}
	return nil
}

// rule reads one entry of the list.
func (d decoder) rule(n ast.Node, seen map[string]bool) (Rule, error) {
	var r Rule
	r.Line, _ = position(n)
	err := d.mapping(n, "", table{
		"bucket":         bucketNames(&r.Buckets, seen),
		"credentials":    provider(&r.Credentials, 0),
		"endpoint":       address(&r.Endpoint),
		"region":         matching(&r.Region, regionName, "a region, as eu-west-1"),
		"path-style":     flag(func(v bool) { r.PathStyle = &v }),
		"etags":          oneOf(&r.ETags, ETagsMD5, ETagsOpaque),
		"requester-pays": flag(func(v bool) { r.RequesterPays = v }),
		"encryption":     encryption(&r.Encryption),
		"acl":            oneOf(&r.ACL, ACLBucketOwner, ACLNone),
	})
	if err == nil && len(r.Buckets) == 0 {
		err = d.wrong(n, "no bucket: want a name or a pattern, or a list of them")
	}
	return r, err
}

// bucketNames takes names and patterns, each once in a file.
func bucketNames(to *[]string, seen map[string]bool) setter {
	one := func(d decoder, n ast.Node) error {
		name, err := d.bucket(n)
		switch {
		case err != nil:
			return err
		case seen[name]:
			return d.wrong(n, "this bucket has a rule already")
		}
		if _, err := path.Match(name, ""); err != nil {
			return d.wrong(n, "want a bucket's name, or a pattern with *")
		}
		seen[name] = true
		*to = append(*to, name)
		return nil
	}
	return func(d decoder, n ast.Node) error { return d.list(n, one) }
}

// bucket is a bucket's name, a pattern, or the ARN of an access point.
func (d decoder) bucket(n ast.Node) (string, error) {
	const words = "a bucket's name, a pattern with *, or the ARN of an access point"
	var name string
	if text, err := d.plain(n); err != nil || !strings.HasPrefix(text, "arn:") {
		return name, matching(&name, bucketName, words)(d, n)
	}
	text, _ := d.plain(n)
	name, key, err := SplitBucket(text)
	switch {
	case err != nil:
		return "", d.wrong(n, "%v", err)
	case key != "":
		return "", d.wrong(n, "want the ARN without a key behind it")
	}
	return name, nil
}

// encryption takes what S3 is to encrypt with.
func encryption(to *Encryption) setter {
	return func(d decoder, n ast.Node) error {
		err := d.mapping(n, " of encryption", table{
			"sse":        oneOf(&to.SSE, encryptAES256, encryptKMS),
			"kms-key-id": text(&to.KMSKeyID),
		})
		if err == nil && to.KMSKeyID != "" && to.SSE != encryptKMS {
			err = d.wrong(n, "kms-key-id needs sse: %s", encryptKMS)
		}
		return err
	}
}
