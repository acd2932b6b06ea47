package reports

import (
	"context"
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
)

// csvColumns head the CSV report. New columns come last.
var csvColumns = []string{
	"item", "source_entity", "version", "source_bucket", "source_key", "path", "action", "state", "reason",
	"size_bytes", "md5", "file_handle", "entity", "bucket", "key", "attempts", "class", "rule",
}

// CSV writes one row for each item, in the order of the listing, below a row
// of column names. It is streamed: memory does not grow with the plan.
// Characters that a terminal might obey are escaped as in Go, and a cell
// that a spreadsheet would take for a formula begins with an apostrophe; the
// JSON report has texts as they are.
func CSV(ctx context.Context, w io.Writer, file RunFile) error {
	plan, err := file.Plan(ctx)
	if err != nil {
		return err
	}
	out := csv.NewWriter(w)
	if err := out.Write(csvColumns); err != nil {
		return err
	}
	paths := pathFinder{file: file, source: plan.Header.Source}
	reasons := newReasons(plan)
	for e, err := range file.Entries(ctx, checkpoint.EntryFilter{}) {
		if err != nil {
			return err
		}
		path, err := paths.path(ctx, e)
		if err != nil {
			return err
		}
		if err := out.Write(csvRow(e, path, reasons.of(e))); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// csvRow is one item in the order of csvColumns.
func csvRow(e checkpoint.Entry, path, reason string) []string {
	item := itemOf(e)
	row := []string{
		strconv.FormatInt(item.ID, 10), item.SourceEntityID, positive(item.Version),
		e.Source.Bucket, item.Key, path, string(item.Action), string(item.State), "",
		strconv.FormatInt(item.SizeBytes, 10), item.MD5, item.FileHandleID, item.EntityID,
		item.Bucket, item.ObjectKey, positive(int64(item.Attempts)), classOf(e), string(e.Rule),
	}
	for i, text := range row {
		row[i] = cell(plain(text))
	}
	const reasonColumn = 8 // escaped already
	row[reasonColumn] = cell(reason)
	return row
}

// classOf is the class of a failed item's failure, empty for others.
func classOf(e checkpoint.Entry) string {
	if e.State != checkpoint.StateFailed || e.Failure == nil {
		return ""
	}
	return string(e.Failure.Class)
}

// positive is a number, or nothing.
func positive(n int64) string {
	if n <= 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// formulas are what a spreadsheet may take for the beginning of a formula,
// full-width forms included, and what marks those that are none.
const formulas = "=+-@'\uff1d\uff0b\uff0d\uff20"

// cell is a text without control characters that a spreadsheet takes for no
// formula (OWASP, CSV Injection, read November 2026: cells that begin with =,
// +, -, @, a tab or a line break are).
func cell(text string) string {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(text, " "))
	if strings.ContainsRune(formulas, first) {
		return "'" + text
	}
	return text
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
