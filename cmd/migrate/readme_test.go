package main

import (
	"os"
	"strings"
	"testing"
)

// TestReadmeShowsWhatIsPrinted: the plan in README.md is the one that its
// commands print.
func TestReadmeShowsWhatIsPrinted(t *testing.T) {
	page, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"bin/sandbox --load testdata ", "bin/migrate bucket s3://lab-source/ --to syn20000003 --dry-run"} {
		if !strings.Contains(string(page), command) {
			t.Errorf("README.md doesn't say %q, which is run here", command)
		}
	}
	const from = "What will happen\n"
	_, want, shown := strings.Cut(string(page), "```\n"+from)
	want, _, ended := strings.Cut(want, "```")
	if !shown || !ended {
		t.Fatal("README.md shows no plan")
	}
	s := newSite(t, "--throttle=false", "--load", "../../testdata")
	printed := s.want(exitDone, "bucket", "s3://"+s.Source+"/", "--to", s.External.ID, "--dry-run").stdout
	_, got, _ := strings.Cut(printed, from)
	got, _, _ = strings.Cut(got, "\nWhat will not be migrated")
	lines := strings.Split(strings.Trim(got, "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	if got = strings.Join(lines, "\n"); got != strings.Trim(want, "\n") {
		t.Errorf("the commands of README.md print\n%s\nand it shows\n%s", got, want)
	}
}
