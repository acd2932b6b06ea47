package reports

import (
	"fmt"
	"io"
	"sort"
	"strings"
	"text/tabwriter"

	"synapse-migrate/planner"
)

// printer writes text and keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
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

// PlanText writes a plan for a person: where from and to, what will happen,
// what it costs, what is left out and why. It ends with the findings.
func PlanText(w io.Writer, plan planner.Plan) error {
	p := &printer{w: w}
	p.line("Plan %.12s, made %s", plan.Digest, plan.SealedOn.UTC().Format("2006-01-02 15:04 UTC"))
	p.line("")
	p.ends(plan.Header)
	p.actions(plan)
	p.costs(plan)
	p.leftOut(plan)
	p.findings(plan.Findings)
	return p.err
}

// FindingsText writes findings alone, the gravest first.
func FindingsText(w io.Writer, findings []planner.Finding) error {
	p := &printer{w: w}
	p.findings(findings)
	return p.err
}

// ends shows the source, the destination and who moves things between.
func (p *printer) ends(h planner.Header) {
	kind := "external, your bucket"
	if h.Destination.Managed {
		kind = "managed by Synapse"
	}
	owner := "created by you"
	if !h.Destination.OwnedByCaller {
		owner = "created by somebody else"
	}
	base := h.Destination.BaseKey
	if base != "" {
		base += "/"
	}
	p.table([]string{
		"  from\t" + address(h.Source.Bucket, h.Source.Prefix),
		"  \t" + details(h.Source.Region, h.Source.Endpoint, "read with "+h.Source.Credentials),
		"  to\t" + address(h.Destination.Bucket, base),
		"  \t" + details(h.Destination.Region, h.Destination.Endpoint, "written with "+h.Destination.Credentials),
		fmt.Sprintf("  in\t%s %q", plain(h.Destination.FolderID), h.Destination.FolderName),
		fmt.Sprintf("  \tstorage location %d: %s, %s", h.Destination.StorageLocationID, kind, owner),
		"  by\t" + plain(h.Caller.UserName) + ", Synapse user " + plain(h.Caller.UserID),
	})
	p.line("")
}

// details joins what is known.
func details(parts ...string) string {
	var known []string
	for _, part := range parts {
		if part != "" {
			known = append(known, plain(part))
		}
	}
	return strings.Join(known, ", ")
}

func leavesOut(a planner.Action) bool {
	return a == planner.ActionSkip || a == planner.ActionBlock
}

// actions shows what will happen with the objects that are migrated.
func (p *printer) actions(plan planner.Plan) {
	rows := []string{"  action\tobjects\tbytes\t"}
	var items, size int64
	for _, t := range plan.Totals.Actions {
		if leavesOut(t.Action) || t.Items == 0 {
			continue
		}
		items, size = items+t.Items, size+t.SizeBytes
		rows = append(rows, fmt.Sprintf("  %s\t%s\t%s\t%s",
			t.Action, count(t.Items), bytes(t.SizeBytes), meaning[t.Action]))
	}
	rows = append(rows, fmt.Sprintf("  total\t%s\t%s\tin %s to make below %s", count(items),
		bytes(size), plural(plan.Totals.Folders, "folder", "folders"), plan.Header.Destination.FolderID))
	p.line("What will happen")
	p.table(rows)
	p.line("")
}

// costs shows bytes, calls and the time that follows from them.
func (p *printer) costs(plan planner.Plan) {
	p.line("What it takes")
	p.table([]string{
		"  bytes across this machine\t" + bytes(plan.Totals.MachineBytes) +
			"\tread and written, each counted",
		"  read only to be hashed\t" + bytes(plan.Totals.HashBytes) + "\t" + md5Sources(plan.Totals.MD5),
		"  Synapse calls\t" + count(plan.Cost.SynapseCalls) +
			"\tabout " + duration(plan.Cost.BudgetTime) + " at the full rate that Synapse allows",
		"  S3 calls\t" + count(plan.Cost.S3Calls) + "\t",
	})
	p.line("")
}

// md5Sources says where the MD5s come from, most first.
func md5Sources(counts map[planner.MD5Source]int64) string {
	var sources []planner.MD5Source
	for source, n := range counts {
		if source != planner.MD5None && n > 0 {
			sources = append(sources, source)
		}
	}
	sort.Slice(sources, func(i, j int) bool {
		a, b := sources[i], sources[j]
		return counts[a] > counts[b] || counts[a] == counts[b] && a < b
	})
	var parts []string
	for _, source := range sources {
		parts = append(parts, string(source)+" "+count(counts[source]))
	}
	if len(parts) == 0 {
		return ""
	}
	return "MD5 from: " + strings.Join(parts, ", ")
}

// leftOut shows what will not be migrated, rule by rule.
func (p *printer) leftOut(plan planner.Plan) {
	p.line("What will not be migrated")
	none := true
	for _, t := range plan.Totals.Actions {
		if leavesOut(t.Action) && t.Items > 0 {
			none = false
			p.line("  %s: %s, %s", t.Action, plural(t.Items, "object", "objects"), bytes(t.SizeBytes))
		}
	}
	if none {
		p.line("  nothing is left out")
	}
	p.line("")
}

var severityOrder = map[planner.Severity]int{
	planner.SeverityStop: 0, planner.SeverityBlock: 1, planner.SeverityWarn: 2, planner.SeverityInfo: 3,
}

// findings shows what the rules had to say, the gravest first.
func (p *printer) findings(findings []planner.Finding) {
	if len(findings) == 0 {
		return
	}
	sorted := append([]planner.Finding(nil), findings...)
	sort.SliceStable(sorted, func(i, j int) bool {
		return severityOrder[sorted[i].Severity] < severityOrder[sorted[j].Severity]
	})
	p.line("Findings")
	for _, f := range sorted {
		p.line("  %-5s  %s: %s", f.Severity, f.Rule, plain(f.Message))
		if f.Count > 0 {
			p.line("         %s, %s", plural(f.Count, "object", "objects"), bytes(f.SizeBytes))
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
