package cmd_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	testName = regexp.MustCompile("`([a-z0-9]+)\\.((?:Test|Fuzz)\\w+)`")
	testFunc = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
)

// tests are the names of all tests: folder.Name, and migrate.Name for those
// of the command migrate too.
func tests(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, top := range []string{".", "../migrate", "../planner", "../reports", "../synapse"} {
		err := filepath.WalkDir(top, func(path string, _ os.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			folder, err := filepath.Abs(filepath.Dir(path))
			for _, f := range testFunc.FindAllSubmatch(text, -1) {
				found[filepath.Base(folder)+"."+string(f[1])] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

// Each row of the threat model names tests, and they exist.
func TestThreatsHaveTests(t *testing.T) {
	page, err := os.ReadFile("../docs/threat-model.md")
	if err != nil {
		t.Fatal(err)
	}
	known, rows := tests(t), 0
	for line := range strings.Lines(string(page)) {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| ---") || strings.HasPrefix(line, "| who |") {
			continue
		}
		rows++
		cells := strings.Split(strings.Trim(line, "|\n "), " | ")
		if len(cells) != 4 {
			t.Errorf("a row of %d cells: %s", len(cells), line)
			continue
		}
		named := testName.FindAllStringSubmatch(cells[3], -1)
		if len(named) == 0 {
			t.Errorf("no test: %s", line)
		}
		for _, n := range named {
			if !known[n[1]+"."+n[2]] {
				t.Errorf("there is no %s.%s", n[1], n[2])
			}
		}
	}
	if rows < 20 {
		t.Errorf("got %d rows", rows)
	}
}

// The linter's target compares dependencies with the database of known
// vulnerabilities.
func TestLintAuditsDependencies(t *testing.T) {
	text, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	recipe := func(target string) string {
		_, after, _ := strings.Cut(string(text), "\n"+target+":")
		body, _, _ := strings.Cut(after, "\n\n")
		return body
	}
	if !strings.Contains(recipe("lint"), "$(MAKE) vulncheck") {
		t.Error("make lint does not audit")
	}
	if audit := recipe("vulncheck"); !strings.Contains(audit, "$(GOVULNCHECK) -db") ||
		!strings.Contains(audit, "|| exit 1") || !strings.Contains(audit, "REQUIRE_VULNCHECK") {
		t.Errorf("the audit is %s", audit)
	}
}
