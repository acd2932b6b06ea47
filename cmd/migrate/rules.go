package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
)

const rulesHelp = `Lists every rule that a plan checks, with its severity and its meaning; with the ID
of a rule, all about it: who makes the rule, and what you can do. Reports name the
rule of each finding, and of each item that is left out.

  stop   the run can't start
  block  the item is left out, and listed
  warn   look at it; nothing is held up
  info   for the record

` + plainCodesHelp

func newRules(env environment) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "rules [ID]",
		Short: "List the rules that a plan checks, or explain one",
		Long:  rulesHelp,
		Example: `  migrate rules
  migrate rules governance/gains-download
  migrate rules --format json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := (choices{{"format", format, []string{"text", formatJSON}}}).check(); err != nil {
				return err
			}
			text, err := rulesText(args, format)
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(env.stdout, text)
			return err
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", oneOf([]string{"text", formatJSON}))
	return cmd
}

// ruleDocument is a rule in JSON.
type ruleDocument struct {
	ID       planner.RuleID   `json:"id"`
	Severity planner.Severity `json:"severity"`
	// Meaning is one or more sentences; Source says who makes the rule.
	Meaning string `json:"meaning"`
	Source  string `json:"source"`
	// Hint is what the user can do; empty where nothing need be done.
	Hint string `json:"hint,omitempty"`
}

// rulesText is what the command prints of one rule, or of all.
func rulesText(ids []string, format string) (string, error) {
	all := rules.Rules()
	if len(ids) > 0 {
		r, found := rules.Of(planner.RuleID(ids[0]))
		if !found {
			return "", usagef("there is no rule %q; migrate rules lists all", ids[0])
		}
		all = []rules.Rule{r}
	}
	if format == formatJSON {
		var documents struct {
			Format int            `json:"format"`
			Rules  []ruleDocument `json:"rules"`
		}
		documents.Format = 1
		for _, r := range all {
			documents.Rules = append(documents.Rules, ruleDocument{r.ID, r.Severity, r.Summary, r.Source, r.Hint})
		}
		return document(documents)
	}
	if len(ids) > 0 {
		return ruleText(all[0]), nil
	}
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, r := range all {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\n", r.ID, r.Severity, r.Summary)
	}
	_ = table.Flush()
	return text.String(), nil
}

// ruleText is all about one rule.
func ruleText(r rules.Rule) string {
	hint := r.Hint
	if hint == "" {
		hint = "nothing need be done"
	}
	return fmt.Sprintf("rule        %s\nseverity    %s\nmeaning     %s\nsource      %s\nwhat to do  %s\n",
		r.ID, r.Severity, r.Summary, r.Source, hint)
}
