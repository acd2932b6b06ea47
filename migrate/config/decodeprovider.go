package config

import (
	"encoding/json"
	"regexp"

	"github.com/goccy/go-yaml/ast"
)

// Limits of STS (STS API reference, AssumeRole, November 2026): the text of a session policy, and the tags.
const (
	maxPolicyBytes = 2048
	maxTags        = 50
)

// maxChain is how many providers may stand behind one another.
const maxChain = 5

// provider takes a provider, whose kind says which other keys it may have.
func provider(to *Provider, depth int) setter {
	return func(d decoder, n ast.Node) error {
		if depth >= maxChain {
			return d.wrong(n, "more than %d providers in a chain", maxChain)
		}
		pairs, err := d.entries(n)
		if err != nil {
			return err
		}
		to.Line, _ = position(n)
		all := to.kinds(depth)
		kind := oneOf(&to.Kind, kindOrder...)
		for _, pair := range pairs {
			if key, err := d.key(pair); err == nil && key == "kind" {
				if err := kind(d, pair.Value); err != nil {
					return err
				}
			}
		}
		if to.Kind == "" {
			return d.wrong(n, "no kind: %s", suggestion("", plainWords(kindOrder)))
		}
		keys := all[to.Kind]
		keys["kind"] = kind
		if err := d.mapping(n, " of kind "+string(to.Kind), keys); err != nil {
			return err
		}
		return d.complete(n, *to)
	}
}

// source takes the provider behind another one.
func source(to **Provider, depth int) setter {
	return func(d decoder, n ast.Node) error {
		*to = &Provider{}
		return provider(*to, depth+1)(d, n)
	}
}

// policy takes generated, none, or a policy document.
func policy(to *Policy) setter {
	return func(d decoder, n ast.Node) error {
		v, err := d.plain(n)
		if err != nil {
			return err
		}
		switch v {
		case "generated":
			return nil
		case "none":
			to.Off = true
			return nil
		}
		var document map[string]any
		if json.Unmarshal([]byte(v), &document) != nil || document["Statement"] == nil {
			return d.wrong(n, "want generated, none, or a policy document in JSON")
		}
		if len(v) > maxPolicyBytes {
			return d.wrong(n, "a session policy of %d characters: STS takes %d", len(v), maxPolicyBytes)
		}
		if accessKey.MatchString(v) || webToken.MatchString(v) {
			return d.wrong(n, "this looks like a secret: it doesn't belong in a policy")
		}
		to.Document = v
		return nil
	}
}

// pairs reads a mapping of any names that have a form.
func (d decoder) pairs(n ast.Node, form *regexp.Regexp, words string, each func(name string) setter) error {
	entries, err := d.entries(n)
	if err != nil {
		return err
	}
	for _, pair := range entries {
		key, err := d.key(pair)
		if err != nil {
			return err
		}
		if !form.MatchString(key) || looksSecret(key) {
			return d.wrong(pair.Key, "want %s", words)
		}
		if err := each(key)(d, pair.Value); err != nil {
			return err
		}
	}
	return nil
}

// tags takes session tags.
func tags(to *map[string]string) setter {
	return func(d decoder, n ast.Node) error {
		*to = map[string]string{}
		const words = "letters, digits, blanks or any of _.:/=+@-"
		err := d.pairs(n, tagText, words, func(name string) setter {
			return func(d decoder, n ast.Node) error {
				var v string
				err := matching(&v, tagText, words)(d, n)
				(*to)[name] = v
				return err
			}
		})
		if err == nil && len(*to) > maxTags {
			err = d.wrong(n, "%d tags: STS takes %d", len(*to), maxTags)
		}
		return err
	}
}

// transitive takes keys of tags.
func transitive(to *[]string) setter {
	return func(d decoder, n ast.Node) error {
		return d.list(n, func(d decoder, n ast.Node) error {
			var key string
			err := matching(&key, tagText, "the key of a tag")(d, n)
			*to = append(*to, key)
			return err
		})
	}
}

// headers takes headers with their values by reference.
func headers(to *map[string]Reference) setter {
	return func(d decoder, n ast.Node) error {
		*to = map[string]Reference{}
		return d.pairs(n, headerName, "a header's name", func(name string) setter {
			return func(d decoder, n ast.Node) error {
				var r Reference
				err := reference(&r)(d, n)
				(*to)[name] = r
				return err
			}
		})
	}
}

// vendingFields takes the names of an answer's fields.
func vendingFields(to *VendingFields) setter {
	return func(d decoder, n ast.Node) error {
		return d.mapping(n, " of fields", table{
			"access-key-id":     matching(&to.AccessKeyID, fieldPath, fieldWords),
			"secret-access-key": matching(&to.SecretAccessKey, fieldPath, fieldWords),
			"session-token":     matching(&to.SessionToken, fieldPath, fieldWords),
			"expiration":        matching(&to.Expiration, fieldPath, fieldWords),
		})
	}
}
