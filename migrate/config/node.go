package config

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"synapse-migrate/synapse/loopback"
)

// decoder reads values out of a parsed file.
type decoder struct {
	// path is the file, for errors; folder is where its relative paths
	// begin.
	path, folder string
	// allowHTTP lets endpoints be http anywhere.
	allowHTTP bool
}

// setter takes a value.
type setter func(d decoder, n ast.Node) error

// table are the keys that a mapping may have.
type table map[string]setter

// entries are the pairs of a mapping, whose keys are plain words.
func (d decoder) entries(n ast.Node) ([]*ast.MappingValueNode, error) {
	switch m := n.(type) {
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{m}, nil
	case *ast.MappingNode:
		return m.Values, nil
	}
	return nil, d.wrong(n, "want keys with values (name: value)")
}

// mapping reads a mapping by a table. Where owner is given, it says whose
// the keys are.
func (d decoder) mapping(n ast.Node, owner string, t table) error {
	pairs, err := d.entries(n)
	if err != nil {
		return err
	}
	for _, pair := range pairs {
		key, err := d.key(pair)
		if err != nil {
			return err
		}
		set, known := t[key]
		if !known {
			return d.wrong(pair.Key, "unknown key%s%s: %s", shown(key), owner, suggestion(key, names(t)))
		}
		if err := set(d, pair.Value); err != nil {
			return err
		}
	}
	return nil
}

// key is the key of a pair.
func (d decoder) key(pair *ast.MappingValueNode) (string, error) {
	key, ok := pair.Key.(*ast.StringNode)
	if !ok {
		return "", d.wrong(pair.Key, "want a plain word as a key")
	}
	return key.Value, nil
}

// plain is the text of a scalar; what YAML takes for a number or a boolean
// is taken as it was written.
func (d decoder) plain(n ast.Node) (string, error) {
	switch s := n.(type) {
	case *ast.StringNode:
		return s.Value, nil
	case *ast.LiteralNode:
		if s.Value != nil {
			return s.Value.Value, nil
		}
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		if t := n.GetToken(); t != nil {
			return t.Value, nil
		}
	}
	return "", d.wrong(n, "want a value")
}

// value is the text of a scalar that is no secret and not empty.
func (d decoder) value(n ast.Node) (string, error) {
	text, err := d.plain(n)
	switch {
	case err != nil:
		return "", err
	case strings.TrimSpace(text) == "":
		return "", d.wrong(n, "want a value")
	case looksSecret(text):
		return "", d.wrong(n, "this looks like a secret: take it out of the file, and refer to it "+
			"with env:NAME or file:PATH where a key takes one")
	case strings.ContainsFunc(text, func(r rune) bool { return r < ' ' }):
		return "", d.wrong(n, "want a value of one line")
	}
	return text, nil
}

// text takes any value.
func text(to *string) setter {
	return func(d decoder, n ast.Node) (err error) {
		*to, err = d.value(n)
		return err
	}
}

// matching takes a value of a form that is described in words.
func matching(to *string, form *regexp.Regexp, words string) setter {
	return func(d decoder, n ast.Node) error {
		v, err := d.value(n)
		if err == nil && !form.MatchString(v) {
			err = d.wrong(n, "want %s", words)
		}
		*to = v
		return err
	}
}

// oneOf takes one of some words.
func oneOf[S ~string](to *S, words ...S) setter {
	return func(d decoder, n ast.Node) error {
		v, err := d.value(n)
		if err != nil {
			return err
		}
		*to = S(v)
		if slices.Contains(words, *to) {
			return nil
		}
		return d.wrong(n, "unknown value: %s", suggestion(v, plainWords(words)))
	}
}

// flag takes true or false.
func flag(set func(bool)) setter {
	return func(d decoder, n ast.Node) error {
		b, ok := n.(*ast.BoolNode)
		if !ok {
			return d.wrong(n, "want true or false")
		}
		set(b.Value)
		return nil
	}
}

// duration takes a duration between two, in whole seconds.
func duration(to *time.Duration, least, most time.Duration) setter {
	return func(d decoder, n ast.Node) error {
		v, err := d.value(n)
		if err != nil {
			return err
		}
		*to, err = time.ParseDuration(v)
		if err != nil || *to < least || *to > most || *to%time.Second != 0 {
			return d.wrong(n, "want a duration from %s to %s, as 15m or 1h", brief(least), brief(most))
		}
		return nil
	}
}

// brief is a duration without what is zero: 15m rather than 15m0s.
func brief(d time.Duration) string {
	if d%time.Hour == 0 {
		return fmt.Sprintf("%dh", d/time.Hour)
	}
	return fmt.Sprintf("%dm", d/time.Minute)
}

// reference takes a reference to a secret.
func reference(to *Reference) setter {
	return func(d decoder, n ast.Node) error {
		v, err := d.plain(n)
		if err != nil {
			return err
		}
		r, ok := parseReference(v, d.folder)
		if !ok {
			return d.wrong(n, "want a reference to the secret, env:NAME or file:PATH, never the secret itself")
		}
		*to = r
		return nil
	}
}

// textOrReference takes a reference or a value that is no secret.
func textOrReference(to *Reference) setter {
	return func(d decoder, n ast.Node) error {
		if reference(to)(d, n) == nil {
			return nil
		}
		v, err := d.value(n)
		*to = Plain(v)
		return err
	}
}

// address takes the URL of a service.
func address(to *string) setter {
	return func(d decoder, n ast.Node) error {
		v, err := d.value(n)
		if err != nil {
			return err
		}
		*to = v
		u, err := url.Parse(v)
		switch {
		case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.Fragment != "":
			return d.wrong(n, "want a URL that begins with https://")
		case secretInURL(u):
			return d.wrong(n, "a URL with a secret in it: a password or token belongs in a header, by reference")
		case !d.allowHTTP && loopback.Clear(u):
			return d.wrong(n, "http would send credentials in the clear: use https, or allow-plain-http: true")
		}
		return nil
	}
}

// list reads one value or a list of them.
func (d decoder) list(n ast.Node, each setter) error {
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		return each(d, n)
	}
	for _, v := range s.Values {
		if err := each(d, v); err != nil {
			return err
		}
	}
	return nil
}
