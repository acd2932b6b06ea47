package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"synapse-migrate/migrate"
	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/credentials"
	"synapse-migrate/migrate/stsfolder"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
	"synapse-migrate/synapse"
)

func TestHintsNameTheNextStep(t *testing.T) {
	trash := &synapse.Error{Status: 404, Reason: "Entity syn1 is in trash can."}
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"maintenance", &synapse.Error{Status: 503}, "in maintenance"},
		{"throttled", &synapse.Error{Status: 429}, "overloaded"},
		{"no rights", &synapse.Error{Status: 403}, "scopes view, download and modify"},
		{"none of the first allowed", errors.Join(migrate.ErrAllRefused, transfer.ErrDenied), "--retry-failed"},
		{"no network", &net.OpError{Op: "dial", Err: errors.New("refused")}, "network"},
		{"broken connection", &net.OpError{Op: "read", Err: errors.New("reset")}, ""},
		{"no AWS credentials", credentials.ErrRefused, "--profile"},
		{"credentials for a folder in the trash", errors.Join(transfer.ErrCredentials, trash), "trash can"},
		{"no run file", checkpoint.ErrNotFound, "migrate bucket, project, local and urls make one"},
		{"unfinished plan", checkpoint.ErrNotSealed, "migrate resume"},
		{"no bucket", transfer.ErrNotFound, "bucket's name"},
		{"plain HTTP", synapse.ErrPlainHTTP, "--allow-plain-http"},
		{"cancelled", context.Canceled, "continues where it stopped"},
		{"anything else", errors.New("else"), ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := hintFor(fmt.Errorf("doing it: %w", test.err))
			if !strings.Contains(got, test.want) || test.want == "" && got != "" {
				t.Errorf("got hint %q, want one with %q", got, test.want)
			}
		})
	}
}

// commandsOf are all commands of the program that run something.
func commandsOf(cmd *cobra.Command) (all []*cobra.Command) {
	for _, sub := range cmd.Commands() {
		all = append(append(all, sub), commandsOf(sub)...)
	}
	return all
}

func commandNamed(t *testing.T, path string) *cobra.Command {
	t.Helper()
	cmd, _, err := newRoot(environment{}).Find(strings.Fields(path))
	if err != nil || cmd.CommandPath() != "migrate "+path {
		t.Fatalf("no command %q: %v", path, err)
	}
	return cmd
}

func TestHintsFitTheCommand(t *testing.T) {
	hint := func(err error) string { return hintFor(err) }
	tests := []struct{ command, hint, want string }{
		{"bucket", "look; --source-endpoint-url names S3; --endpoint-url names S3", "look; --source-endpoint-url names S3"},
		{"folder create", "look; --source-endpoint-url names S3; --endpoint-url names S3", "look; --endpoint-url names S3"},
		{"status", "look; --source-endpoint-url names S3", "look"},
		{"status", "renew them, or name others with --profile", "renew them"},
		{"bucket", "renew them, or name others with --profile", "renew them, or name others with --profile"},
		{"status", "name others with --profile, or renew them (--config)", "renew them"},
		{"status", "give migrate resume --retry-failed", "give migrate resume --retry-failed"},
		{"status", "give migrate resume --no-such-flag", ""},
		{"folder check", "migrate folder create shows the policy, and sets it with --apply",
			"migrate folder create shows the policy, and sets it with --apply"},
		{"folder check", "set it with --apply", ""},
		{"folder check", "", ""},
		// As they are.
		{"folder create", hint(transfer.ErrNotFound), "look at the bucket's name; --endpoint-url names an S3 that is not AWS"},
		{"bucket", hint(transfer.ErrNotFound),
			"look at the bucket's name; --source-endpoint-url names an S3 that is not AWS"},
		{"config check", hint(transfer.ErrDenied),
			"allow these credentials to list the bucket and to read its objects, or name others with --profile; " +
				"a requester-pays bucket refuses so, too: agree to pay with requester-pays: true in migrate.yaml"},
		{"folder check", stsfolder.Explain(&synapse.Error{Status: 403, Reason: "You lack UPDATE access to the requested entity."}),
			"credentials that write take the rights to download, update, create and delete: ask who administers the folder"},
	}
	for _, tt := range tests {
		t.Run(tt.command+": "+tt.hint, func(t *testing.T) {
			if got := fitting(commandNamed(t, tt.command), tt.hint); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestEachCommandHasHints goes through all hints as each command shows them: with none but flags that there are, and
// with something left where the command talks to Synapse.
func TestEachCommandHasHints(t *testing.T) {
	for _, cmd := range commandsOf(newRoot(environment{})) {
		for _, h := range hints {
			got := fitting(cmd, h.hint)
			if !fits(cmd, got) || got == "" && cmd.Flag("token-file") != nil && cmd.Flag("allow-plain-http") != nil {
				t.Errorf("%s: %v: got the hint %q of %q", cmd.CommandPath(), h.is, got, h.hint)
			}
		}
	}
}

// TestHintsAreFittedWhereTheyAreShown: those that errors carry, and those of a folder's check.
func TestHintsAreFittedWhereTheyAreShown(t *testing.T) {
	const hint = "look at it; set it with --no-such-flag"
	var out bytes.Buffer
	exitCode(&out, commandNamed(t, "status"), hinted(errors.New("wrong"), hint))
	check := folderCheck{env: environment{stdout: &out}, cmd: commandNamed(t, "folder check")}
	check.print([]stsfolder.Row{{Check: "owner", Hint: hint}})
	if got := out.String(); strings.Count(got, "look at it\n") != 2 || strings.Contains(got, "--no-such-flag") {
		t.Errorf("got %q, want the hint twice without the flag that there isn't", got)
	}
}

// ofOneSource are the rules about one kind of source alone, whose hints the commands of others don't show: those of a
// topic, or those named.
var ofOneSource = map[string]string{
	string(rules.TopicContent): "project", string(rules.TopicMove): "project", string(rules.TopicLayout): "project",
	string(rules.GovernanceDownload): "project", string(rules.GovernanceRead): "project",
	string(rules.GovernanceRequirement): "project", string(rules.SourceNotContainer): "project",
	string(rules.SourcePermissions): "project", string(rules.SourceSymbolicLink): "local",
	string(rules.SourceURLNotRead): "urls", string(rules.SourceURLNoRanges): "urls",
	// That a copy was tried is said of buckets alone.
	string(rules.PlaceNoCopy): "bucket",
}

// TestHintsOfPlansFitTheirCommand: what a plan advises names flags of the command that makes such plans, which is what
// its reader gives next.
func TestHintsOfPlansFitTheirCommand(t *testing.T) {
	sources := map[string]planner.Source{
		"bucket": {Bucket: "b"}, "project": {Project: &planner.ProjectSource{}},
		"local": {Directory: &planner.DirectorySource{}}, "urls": {URLs: &planner.URLSource{}},
	}
	for command, source := range sources {
		book := rules.NewBook(source)
		for _, r := range rules.Rules() {
			r = book.Rule(r.ID)
			only := cmp.Or(ofOneSource[string(r.ID)], ofOneSource[string(r.Topic)], command)
			if only == command && !fits(commandNamed(t, command), r.Hint) {
				t.Errorf("%s: the hint of %s names a flag that the command doesn't have: %s", command, r.ID, r.Hint)
			}
		}
	}
}

// TestNoTextNamesAFlagThatNoCommandHas reads what the program says, in all of its packages.
func TestNoTextNamesAFlagThatNoCommandHas(t *testing.T) {
	// Beside flags, the ends of the names of access points (--op-s3, --ol-s3).
	flags := map[string]bool{"help": true, "op-s3": true, "ol-s3": true}
	for _, cmd := range commandsOf(newRoot(environment{})) {
		for _, name := range flagInHint.FindAllString(cmd.Flags().FlagUsages(), -1) {
			flags[strings.TrimPrefix(name, "--")] = true
		}
	}
	texts := 0
	for _, root := range []string{".", "../../migrate", "../../planner", "../../reports", "../../synapse"} {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() && (entry.Name() == "sandbox" || entry.Name() == "testdata") {
				return cmp.Or(err, fs.SkipDir)
			}
			if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return nil
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if text, ok := n.(*ast.BasicLit); ok && text.Kind == token.STRING {
					for _, name := range flagInHint.FindAllString(text.Value, -1) {
						texts++
						if !flags[strings.TrimPrefix(name, "--")] {
							t.Errorf("%s names %s, which no command has: %s", path, name, text.Value)
						}
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if texts < 100 {
		t.Errorf("only %d flags are named: the texts were not found", texts)
	}
}
