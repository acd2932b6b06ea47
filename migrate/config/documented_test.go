package config

import (
	"os"
	"strings"
	"testing"
)

// The examples of docs/buckets.md are what people begin with.
func TestDocumentedExamples(t *testing.T) {
	text, err := os.ReadFile("../../docs/buckets.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, block := range strings.Split(string(text), "```yaml\n")[1:] {
		example, _, _ := strings.Cut(block, "```")
		c, err := Parse("buckets.md", []byte(example))
		if err != nil {
			t.Errorf("%v\n%s", err, example)
		}
		for _, r := range c.Rules {
			found++
			if r.Credentials.Kind == "" {
				t.Errorf("the rule for %s names no credentials", r.Buckets)
			}
		}
	}
	if found < 8 {
		t.Errorf("%d rules in the examples, want one for each kind", found)
	}
}
