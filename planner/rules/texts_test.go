package rules

import (
	"slices"
	"strings"
	"testing"

	"synapse-migrate/planner"
)

// TestRulesReadWell holds the texts of the rules about projects to what
// reports make of them.
func TestRulesReadWell(t *testing.T) {
	rules := slices.Concat(accessRules, sourceRules, contentRules, moveRules, layoutRules)
	for _, r := range rules {
		t.Run(string(r.ID), func(t *testing.T) {
			if (r.one == "") != (r.many == "") {
				t.Error("it has words for one item or for many, but not for both")
			}
			if r.many != "" && (strings.Count(r.many, "%") != 1 || !strings.HasPrefix(r.many, "%s ")) {
				t.Errorf("the number is not at the beginning of %q", r.many)
			}
			if strings.Contains(r.one+r.Hint, "%") {
				t.Error("a text has a verb that nothing fills")
			}
			if r.Severity == planner.SeverityBlock && r.many == "" {
				t.Error("items are blocked without words for it")
			}
			asks := r.Severity == planner.SeverityStop || r.Severity == planner.SeverityBlock || r.Severity == planner.SeverityWarn
			if asks && r.Hint == "" {
				t.Error("nothing says what to do")
			}
			if !strings.HasSuffix(r.Summary, ".") || strings.HasSuffix(r.Hint+r.many+r.one, ".") {
				t.Error("the summary is a sentence, messages and hints are none")
			}
			if !strings.Contains(r.Source, "2024") && !strings.Contains(r.Source, "program") {
				t.Errorf("the source %q has no date", r.Source)
			}
		})
	}
}
