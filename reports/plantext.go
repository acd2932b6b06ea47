package reports

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"synapse-migrate/planner"
)

// printer writes text and keeps the first error. Whatever comes to it, a
// terminal obeys nothing of it.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintln(p.w, Harmless(fmt.Sprintf(format, args...)))
	}
}

// table aligns rows of tab-separated cells.
func (p *printer) table(rows []string) {
	if p.err != nil {
		return
	}
	t := tabwriter.NewWriter(p.w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		_, _ = fmt.Fprintln(t, row)
	}
	p.err = t.Flush()
}

// section writes a section, with an empty line below.
func (p *printer) section(s section) {
	if s.empty() {
		return
	}
	if s.title != "" {
		p.line("%s", s.title)
	}
	var rows []string
	if s.head != nil {
		rows = append(rows, "  "+strings.Join(s.head, "\t"))
	}
	for _, cells := range s.rows {
		rows = append(rows, "  "+strings.Join(harmlessAll(cells), "\t"))
	}
	p.table(rows)
	for _, note := range s.notes {
		p.line("  %s", note)
	}
	p.line("")
}

// harmlessAll is Harmless of each.
func harmlessAll(texts []string) []string {
	out := make([]string, len(texts))
	for i, text := range texts {
		out[i] = Harmless(text)
	}
	return out
}

// PlanText writes a plan for a person: where from and to, what will happen,
// what it costs, what is left out and why. It ends with the findings.
func PlanText(w io.Writer, plan planner.Plan) error {
	p := &printer{w: w}
	p.line("%s", planTitle(plan))
	p.line("")
	for _, s := range planSections(plan) {
		p.section(s)
	}
	p.findings(plan.Findings, concernedOf(plan.Header.Source))
	return p.err
}

// planTitle names a plan.
func planTitle(plan planner.Plan) string {
	return fmt.Sprintf("Plan %.12s, made %s", plan.Digest, plan.SealedOn.UTC().Format("2006-01-02 15:04 UTC"))
}

// FindingsText writes findings alone, the gravest first.
func FindingsText(w io.Writer, findings []planner.Finding) error {
	p := &printer{w: w}
	p.findings(findings, thing{"object", "objects"})
	return p.err
}

var severityOrder = map[planner.Severity]int{
	planner.SeverityStop: 0, planner.SeverityBlock: 1, planner.SeverityWarn: 2, planner.SeverityInfo: 3,
}

// gravestFirst orders findings by severity, else as they are.
func gravestFirst(findings []planner.Finding) []planner.Finding {
	sorted := slices.Clone(findings)
	slices.SortStableFunc(sorted, func(a, b planner.Finding) int {
		return severityOrder[a.Severity] - severityOrder[b.Severity]
	})
	return sorted
}

// findings shows what the rules had to say, the gravest first.
func (p *printer) findings(findings []planner.Finding, what thing) {
	if len(findings) == 0 {
		return
	}
	p.line("Findings")
	for _, f := range gravestFirst(findings) {
		p.line("  %-5s  %s: %s", f.Severity, f.Rule, plain(f.Message))
		if f.Count > 0 {
			p.line("         %s", concerned(f, what))
		}
		for _, key := range f.Examples {
			p.line("         e.g. %s", quote(key))
		}
		if f.Hint != "" {
			p.line("         -> %s", plain(f.Hint))
		}
	}
	p.line("")
}

// concernedOf is what findings are about: objects, or for a project items of
// any kind.
func concernedOf(s planner.Source) thing {
	if s.Project != nil {
		return thing{"item", "items"}
	}
	return thingOf(s)
}

// concerned says how much a finding is about.
func concerned(f planner.Finding, what thing) string {
	return what.count(f.Count) + ", " + bytes(f.SizeBytes)
}
