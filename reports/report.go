package reports

import (
	"context"
	"errors"
	"fmt"
	"io"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
)

// Handler writes one report. Write calls Begin, then Part and its Items for each
// part, then End. An error ends the report.
type Handler interface {
	Begin(Head) error
	// Part begins a part with so many items, of which Item may get fewer.
	Part(part Part, items int64) error
	Item(Item) error
	End() error
}

// Head is what a report says before its items.
type Head struct {
	Plan     planner.Plan
	Counts   checkpoint.Counts
	Failures []checkpoint.FailureCount
	Runs     []checkpoint.RunRecord
}

// Item is one item of the plan.
type Item struct {
	checkpoint.Entry
	// Path is where the item's entity goes below the destination, names joined
	// with slashes, or where it would have gone.
	Path string
	// Reason says why the item failed, why it is left out, or why its action
	// was chosen. It is harmless to a terminal.
	Reason string
}

// Part is one list of items in a report.
type Part struct {
	Title string
	// States are those of its items; none for all.
	States []checkpoint.State
	// Limit is the most items that it shows; 0 for all.
	Limit int
}

// format is a way to write reports. A new one is one more row of formats, and
// a file with its Handler.
type format struct {
	name  string
	parts []Part
	begin func(io.Writer) Handler
}

var everything = []Part{{}}

var formats = []format{
	{"text", []Part{{Title: "Failed or left out", States: failedOrLeftOut}}, newText},
	{"json", everything, newJSON},
	{"csv", everything, newCSV},
	{"html", htmlParts, newHTML},
}

var failedOrLeftOut = []checkpoint.State{
	checkpoint.StateFailed, checkpoint.StateBlocked, checkpoint.StateSkipped,
}

// Formats are the names of the formats that Write knows, the default first.
func Formats() []string {
	var names []string
	for _, f := range formats {
		names = append(names, f.name)
	}
	return names
}

// errFormat: there is no such format.
var errFormat = errors.New("no such format")

// Write reports a plan and what has become of it, in one of Formats. It is
// streamed: memory does not grow with the plan. A plan that isn't finished has
// a report in text only; in other formats it is checkpoint.ErrNotSealed.
func Write(ctx context.Context, w io.Writer, format string, file RunFile) error {
	for _, f := range formats {
		if f.name == format {
			return write(ctx, f.begin(w), f.parts, file)
		}
	}
	return fmt.Errorf("%w: %q", errFormat, format)
}

func write(ctx context.Context, h Handler, parts []Part, file RunFile) error {
	head, err := readHead(ctx, file)
	if unfinished, ok := h.(unfinishedHandler); ok && errors.Is(err, checkpoint.ErrNotSealed) {
		return writeUnfinished(ctx, unfinished, file)
	}
	if err != nil {
		return err
	}
	if err := h.Begin(head); err != nil {
		return err
	}
	if folders, ok := h.(folderHandler); ok {
		if err := writeFolders(ctx, folders, file); err != nil {
			return err
		}
	}
	for _, part := range parts {
		if err := h.Part(part, head.Counts.State(part.States...).Items); err != nil {
			return err
		}
		if err := writeItems(ctx, h, part, head.Plan, file); err != nil {
			return err
		}
	}
	return h.End()
}

func readHead(ctx context.Context, file RunFile) (h Head, err error) {
	if h.Plan, err = file.Plan(ctx); err != nil {
		return h, err
	}
	if h.Counts, err = file.Counts(ctx); err != nil {
		return h, err
	}
	if h.Failures, err = file.Failures(ctx); err != nil {
		return h, err
	}
	for run, err := range file.Runs(ctx) {
		if err != nil {
			return h, err
		}
		h.Runs = append(h.Runs, run)
	}
	return h, nil
}

func writeItems(ctx context.Context, h Handler, part Part, plan planner.Plan, file RunFile) error {
	paths, reasons := pathFinder{file: file, source: plan.Header.Source}, newReasons(plan)
	for e, err := range file.Entries(ctx, checkpoint.EntryFilter{States: part.States, Limit: part.Limit}) {
		if err != nil {
			return err
		}
		path, err := paths.path(ctx, e)
		if err != nil {
			return err
		}
		if err := h.Item(Item{e, path, reasons.of(e)}); err != nil {
			return err
		}
	}
	return nil
}

// unfinishedHandler is a Handler that can say how far a plan is.
type unfinishedHandler interface {
	unfinished(planner.Header, planner.Cursor) error
}

func writeUnfinished(ctx context.Context, h unfinishedHandler, file RunFile) error {
	header, err := file.Header(ctx)
	if err != nil {
		return err
	}
	cursor, err := file.Cursor(ctx)
	if err != nil {
		return err
	}
	return h.unfinished(header, cursor)
}

// folderHandler is a Handler that shows the folders, after Begin.
type folderHandler interface{ Folder(planner.Folder) error }

func writeFolders(ctx context.Context, h folderHandler, file RunFile) error {
	for folder, err := range file.Folders(ctx) {
		if err != nil {
			return err
		}
		if err := h.Folder(folder); err != nil {
			return err
		}
	}
	return nil
}

// pathFinder finds paths below the destination. It remembers the last
// folder, since items come folder by folder.
type pathFinder struct {
	file   RunFile
	source planner.Source
	id     int64
	prefix string
}

// path is where an item's entity goes, names joined with slashes, or where it
// would have gone.
func (p *pathFinder) path(ctx context.Context, e checkpoint.Entry) (string, error) {
	if leavesOut(e.Action) {
		return p.source.LeftOutPath(e.Item), nil
	}
	if e.FolderID == 0 {
		return e.Name, nil
	}
	if e.FolderID != p.id {
		folder, err := p.file.Folder(ctx, e.FolderID)
		if err != nil {
			return "", err
		}
		p.id, p.prefix = e.FolderID, folder.Path+"/"
	}
	return p.prefix + e.Name, nil
}
