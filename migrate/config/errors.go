package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// Error is a place in the file that can't be used. Its text never holds a
// value of the file, since that might be a secret in the wrong place.
type Error struct {
	Path string
	// Line and Column are from 1; 0 where the place is unknown.
	Line, Column int
	// Reason says what is wrong, and what would be right.
	Reason string
}

// Error is file:line:column: reason.
func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.Path, e.Reason)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.Path, e.Line, e.Column, e.Reason)
}

// wrong is an Error at a node.
func (d decoder) wrong(n ast.Node, format string, args ...any) error {
	line, column := position(n)
	return &Error{Path: d.path, Line: line, Column: column, Reason: fmt.Sprintf(format, args...)}
}

// position is where a node begins, 0 and 0 where that is unknown.
func position(n ast.Node) (line, column int) {
	if n == nil {
		return 0, 0
	}
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 && !m.IsFlowStyle {
		n = m.Values[0].Key
	}
	return tokenPosition(n.GetToken())
}

func tokenPosition(t *token.Token) (line, column int) {
	if t == nil || t.Position == nil {
		return 0, 0
	}
	return t.Position.Line, t.Position.Column
}

// syntax turns the YAML reader's error into one without the text around it.
// Whatever the reader quotes from the file is in quotes, and cut off.
func (d decoder) syntax(err error) error {
	out := &Error{Path: d.path, Reason: "not valid YAML"}
	var s *yaml.SyntaxError
	if !errors.As(err, &s) {
		return out
	}
	out.Line, out.Column = tokenPosition(s.Token)
	reason, _, quoted := strings.Cut(s.Message, `"`)
	switch {
	case strings.HasPrefix(reason, "mapping key"):
		out.Reason = "this key occurs twice"
	case !quoted:
		out.Reason += ": " + reason
	}
	return out
}
