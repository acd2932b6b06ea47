package main

import (
	"regexp"
	"strings"

	"github.com/spf13/cobra"
)

// Patterns in hints: flags, commands of this program, and remarks in
// parentheses.
var (
	flagInHint    = regexp.MustCompile(`--[a-z][a-z0-9-]*`)
	commandInHint = regexp.MustCompile(`migrate ([a-z]+(?: [a-z]+)?)`)
	remarkInHint  = regexp.MustCompile(` ?\([^()]*\)`)
)

// fitting is a hint as far as it fits a command: what names a flag that the
// command doesn't have is left out, remarks in parentheses first, then whole
// clauses. Clauses are set apart by "; " and ", or ". So one hint can serve
// several commands: each shows the clauses with its own flags. A flag that
// follows the name of another command (migrate resume --retry-failed) is that
// command's.
func fitting(cmd *cobra.Command, hint string) string {
	if fits(cmd, hint) {
		return hint
	}
	hint = remarkInHint.ReplaceAllStringFunc(hint, func(remark string) string {
		if fits(cmd, remark) {
			return remark
		}
		return ""
	})
	var clauses []string
	for clause := range strings.SplitSeq(hint, "; ") {
		if fits(cmd, clause) {
			clauses = append(clauses, clause)
			continue
		}
		var ways []string
		for way := range strings.SplitSeq(clause, ", or ") {
			if fits(cmd, way) {
				ways = append(ways, way)
			}
		}
		if len(ways) > 0 {
			clauses = append(clauses, strings.Join(ways, ", or "))
		}
	}
	return strings.Join(clauses, "; ")
}

// fits reports whether a text names only flags that there are.
func fits(cmd *cobra.Command, text string) bool {
	for _, at := range flagInHint.FindAllStringIndex(text, -1) {
		name := strings.TrimPrefix(text[at[0]:at[1]], "--")
		if cmd.Flag(name) == nil && !namedWithCommand(cmd.Root(), text[:at[0]], name) {
			return false
		}
	}
	return true
}

// namedWithCommand reports whether the text before a flag names a command
// that has it.
func namedWithCommand(root *cobra.Command, before, flag string) bool {
	for _, m := range commandInHint.FindAllStringSubmatch(before, -1) {
		if named, _, err := root.Find(strings.Fields(m[1])); err == nil && named != root && named.Flag(flag) != nil {
			return true
		}
	}
	return false
}
