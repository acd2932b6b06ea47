package cmd

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	pageLink     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	pageHeading  = regexp.MustCompile(`(?m)^#+ (.+)$`)
	notInAnchors = regexp.MustCompile(`[^a-z0-9 _-]`)
)

// TestLinksOfTheDocumentation: each link leads to a page, and to a heading on
// it, that is there; and some page
// leads to each page of docs.
func TestLinksOfTheDocumentation(t *testing.T) {
	pages, err := filepath.Glob("../docs/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatal(pages, err)
	}
	linked := map[string]bool{}
	for _, page := range append(pages, "../README.md", "../migrate/checkpoint/FORMAT.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range pageLink.FindAllStringSubmatch(string(text), -1) {
			target, anchor, _ := strings.Cut(found[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			to := page
			if target != "" {
				to = filepath.Join(filepath.Dir(page), target)
			}
			text, err := os.ReadFile(to)
			if err != nil {
				t.Errorf("%s links to %s: %v", page, found[1], err)
				continue
			}
			linked[to] = true
			if anchor != "" && !anchors(string(text))[anchor] {
				t.Errorf("%s links to %s, where there is no such heading", page, found[1])
			}
		}
	}
	for _, page := range pages {
		if !linked[page] {
			t.Errorf("no page links to %s", page)
		}
	}
}

// anchors are those that browsers find the headings of a page by.
func anchors(text string) map[string]bool {
	found := map[string]bool{}
	for _, heading := range pageHeading.FindAllStringSubmatch(text, -1) {
		words := notInAnchors.ReplaceAllString(strings.ToLower(heading[1]), "")
		found[strings.ReplaceAll(words, " ", "-")] = true
	}
	return found
}

// TestDependenciesHaveReasons: the page for developers names each module that
// this one requires itself.
func TestDependenciesHaveReasons(t *testing.T) {
	page, err := os.ReadFile("../docs/development.md")
	if err != nil {
		t.Fatal(err)
	}
	list := exec.Command("go", "list", "-m", "-f", "{{if not (or .Main .Indirect)}}{{.Path}}{{end}}", "all")
	list.Dir = ".."
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	modules := strings.Fields(string(out))
	if len(modules) < 10 {
		t.Fatalf("only %d modules: %s", len(modules), modules)
	}
	for _, module := range modules {
		name := strings.TrimPrefix(module, "github.com/")
		if part, of := strings.CutPrefix(name, "aws/aws-sdk-go-v2/"); of {
			name = "`" + part + "`"
		}
		name = strings.TrimPrefix(name, "aws/")
		if !strings.Contains(string(page), name) {
			t.Errorf("docs/development.md doesn't say why %s is required", module)
		}
	}
}
