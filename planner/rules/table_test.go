package rules

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"synapse-migrate/planner"
)

// Every ID has its rule: a finding by one without would have no severity, and
// would stop nothing.
func TestEveryIDHasARule(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range ruleIDs(file) {
			found++
			if _, ok := Of(id); !ok {
				t.Errorf("%s: %s is in no table", name, id)
			}
		}
	}
	if found != len(table) {
		t.Errorf("got %d IDs of %d rules", found, len(table))
	}
}

// ruleIDs are the constants of a file that are a planner.RuleID.
func ruleIDs(file *ast.File) (ids []planner.RuleID) {
	for node := range ast.Preorder(file) {
		value, ok := node.(*ast.ValueSpec)
		if !ok {
			continue
		}
		if kind, ok := value.Type.(*ast.SelectorExpr); !ok || kind.Sel.Name != "RuleID" {
			continue
		}
		for _, v := range value.Values {
			if literal, ok := v.(*ast.BasicLit); ok {
				text, _ := strconv.Unquote(literal.Value)
				ids = append(ids, planner.RuleID(text))
			}
		}
	}
	return ids
}
