package cmd_test

import (
	"os"
	"strings"
	"testing"
)

// Each fuzz target of the tree stands in the table of readers, and there is
// each that stands there.
func TestFuzzTargetsAreListed(t *testing.T) {
	page, err := os.ReadFile("../docs/fuzzing.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(page), "## Readers and their targets")
	table, _, ended := strings.Cut(table, "\n## ")
	if !found || !ended {
		t.Fatal("there is no table of readers")
	}
	listed := map[string]bool{}
	for _, n := range testName.FindAllStringSubmatch(table, -1) {
		name := n[1] + "." + n[2]
		if listed[name] {
			t.Errorf("%s is listed twice", name)
		}
		listed[name] = true
	}
	known := tests(t)
	for name := range known {
		if strings.Contains(name, ".Fuzz") && !listed[name] {
			t.Errorf("%s is not listed", name)
		}
	}
	for name := range listed {
		if !known[name] {
			t.Errorf("there is no %s", name)
		}
	}
}
