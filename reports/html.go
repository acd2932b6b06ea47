package reports

import (
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

// defaultHTMLItems is how many items a page shows at most of those that
// failed or were left out, and of all others.
const defaultHTMLItems = 5000

// htmlReport writes one page that needs nothing else: no script, no picture, no
// font. It shows the plan, how the run stands, and of the items those that
// failed or were left out first, defaultHTMLItems of either kind at most. All
// of somebody else's words in it are escaped.
type htmlReport struct {
	w   io.Writer
	err error
	// more is how many items the present part has that weren't shown; open is
	// true within a part that shows any.
	more int64
	open bool
}

func newHTML(w io.Writer) Handler { return &htmlReport{w: w} }

// htmlParts are the tables of items.
var htmlParts = []Part{
	{"Failed or left out", failedOrLeftOut, defaultHTMLItems},
	{"All others", []checkpoint.State{checkpoint.StatePlanned,
		checkpoint.StateTransferred, checkpoint.StateHandled, checkpoint.StateDone}, defaultHTMLItems},
}

func (p *htmlReport) Begin(h Head) error {
	source := h.Plan.Header.Source
	p.show("head", struct{ Title, Source, Destination string }{
		Harmless(planTitle(h.Plan)), Harmless(sourceOf(source)), plain(h.Plan.Header.Destination.FolderID)})
	states := statesOf(source, h.Counts)
	states.title = "Where the run stands"
	p.section(states)
	p.section(failuresOf(h.Failures))
	for _, s := range planSections(h.Plan) {
		p.section(s)
	}
	p.section(runsOf(h.Runs))
	p.findings(h.Plan)
	return p.err
}

func (p *htmlReport) Part(part Part, items int64) error {
	p.endPart()
	if p.more, p.open = items, items > 0; p.open {
		p.show("items", part.Title)
	}
	return p.err
}

func (p *htmlReport) Item(i Item) error {
	p.more--
	p.show("item", struct{ Source, Path, Action, State, Size, MD5, Entity, Reason string }{
		sourceName(i.Entry, i.Name), plain(i.Path), plain(string(i.Action)), plain(string(i.State)),
		bytes(i.Source.SizeBytes), plain(itemOf(i.Entry).MD5), plain(i.EntityID), i.Reason})
	return p.err
}

func (p *htmlReport) End() error {
	p.endPart()
	p.show("tail", nil)
	return p.err
}

func (p *htmlReport) endPart() {
	if !p.open {
		return
	}
	more := ""
	if p.more > 0 {
		more = count(p.more) + " more: the CSV and JSON reports have all"
	}
	p.show("items-end", more)
}

// show writes a template, unless an error came before.
func (p *htmlReport) show(name string, data any) {
	if p.err == nil {
		p.err = htmlPage.ExecuteTemplate(p.w, name, data)
	}
}

// section shows a section as a table.
func (p *htmlReport) section(s section) {
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
func (p *htmlReport) findings(plan planner.Plan) {
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
