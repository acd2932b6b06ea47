package reports

import (
	"context"
	_ "embed" // the page's template
	"fmt"
	"html/template"
	"io"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
)

//go:embed report.html.tmpl
var htmlText string

// htmlPage has the templates head, section, findings, items, item, tail.
var htmlPage = template.Must(template.New("report").Funcs(template.FuncMap{
	"plain": plain, "quote": quote,
	"harmless": func(word any) string { return Harmless(fmt.Sprint(word)) },
}).Parse(htmlText))

// DefaultHTMLItems is how many items a page shows at most of those that
// failed or were left out, and of all others.
const DefaultHTMLItems = 5000

// HTML writes one page that needs nothing else: no script, no picture, no
// font. It shows the plan, how the run stands, and of the items those that
// failed or were left out first, DefaultHTMLItems of either kind at most. All
// of somebody else's words in it are escaped.
func HTML(ctx context.Context, w io.Writer, file RunFile) error {
	plan, err := file.Plan(ctx)
	if err != nil {
		return err
	}
	counts, err := file.Counts(ctx)
	if err != nil {
		return err
	}
	runs, err := runsOf(ctx, file)
	if err != nil {
		return err
	}
	failures, err := failuresOf(ctx, file)
	if err != nil {
		return err
	}
	p := &page{w: w}
	source := plan.Header.Source
	p.show("head", struct{ Title, Source, Destination string }{
		Harmless(planTitle(plan)), Harmless(sourceOf(source)), plain(plan.Header.Destination.FolderID)})
	standing := statesOf(source, counts)
	standing.title = "Where the run stands"
	p.section(standing)
	p.section(failures)
	for _, s := range planSections(plan) {
		p.section(s)
	}
	p.section(runs)
	p.findings(plan)
	for _, part := range htmlParts {
		if err := p.items(ctx, file, plan, part.title, part.states, counts); err != nil {
			return err
		}
	}
	p.show("tail", nil)
	return p.err
}

// htmlParts are the tables of items.
var htmlParts = []struct {
	title  string
	states []checkpoint.State
}{
	{"Failed or left out", []checkpoint.State{
		checkpoint.StateFailed, checkpoint.StateBlocked, checkpoint.StateSkipped}},
	{"All others", []checkpoint.State{checkpoint.StatePlanned,
		checkpoint.StateTransferred, checkpoint.StateHandled, checkpoint.StateDone}},
}

// page writes templates and keeps the first error.
type page struct {
	w   io.Writer
	err error
}

func (p *page) show(name string, data any) {
	if p.err == nil {
		p.err = htmlPage.ExecuteTemplate(p.w, name, data)
	}
}

// section shows a section as a table.
func (p *page) section(s section) {
	if s.empty() {
		return
	}
	rows := make([][]string, len(s.rows))
	for i, cells := range s.rows {
		rows[i] = harmlessAll(cells)
	}
	p.show("section", struct {
		Title       string
		Head, Notes []string
		Rows        [][]string
	}{Harmless(s.title), s.head, harmlessAll(s.notes), rows})
}

// findings shows what the rules had to say, the gravest first.
func (p *page) findings(plan planner.Plan) {
	type finding struct {
		planner.Finding
		Concerned string
	}
	var all []finding
	for _, f := range gravestFirst(plan.Findings) {
		shown := finding{Finding: f}
		if f.Count > 0 {
			shown.Concerned = concerned(f, concernedOf(plan.Header.Source))
		}
		all = append(all, shown)
	}
	if len(all) > 0 {
		p.show("findings", all)
	}
}

// items shows a table of items in some states.
func (p *page) items(
	ctx context.Context, file RunFile, plan planner.Plan, title string, states []checkpoint.State,
	counts checkpoint.Counts,
) error {
	all := counts.State(states...).Items
	if all == 0 {
		return p.err
	}
	p.show("items", title)
	paths, reasons := pathFinder{file: file, source: plan.Header.Source}, newReasons(plan)
	var shown int64
	for e, err := range file.Entries(ctx, checkpoint.EntryFilter{States: states, Limit: DefaultHTMLItems}) {
		if err != nil {
			return err
		}
		path, err := paths.path(ctx, e)
		if err != nil {
			return err
		}
		shown++
		p.show("item", struct{ Source, Path, Action, State, Size, MD5, Entity, Reason string }{
			sourceName(e, e.Name), plain(path), plain(string(e.Action)), plain(string(e.State)),
			bytes(e.Source.SizeBytes), plain(itemOf(e).MD5), plain(e.EntityID), reasons.of(e)})
	}
	more := ""
	if all > shown {
		more = count(all-shown) + " more: the CSV and JSON reports have all"
	}
	p.show("items-end", more)
	return p.err
}
