package reports

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"synapse-migrate/migrate/checkpoint"
)

// csvColumns head the CSV report. New columns come last.
var csvColumns = []string{
	"item", "source_entity", "version", "source_bucket", "source_key", "path", "action", "state", "reason",
	"size_bytes", "md5", "file_handle", "entity", "bucket", "key", "attempts", "class", "rule",
}

// csvReport writes one row for each item, in the order of the listing, below a
// row of column names. Characters that a terminal might obey are escaped as in
// Go, and a cell that a spreadsheet would take for a formula begins with an
// apostrophe; the JSON report has texts as they are.
type csvReport struct{ out *csv.Writer }

func newCSV(w io.Writer) Handler { return csvReport{csv.NewWriter(w)} }

func (c csvReport) Begin(Head) error     { return c.out.Write(csvColumns) }
func (csvReport) Part(Part, int64) error { return nil }
func (c csvReport) Item(item Item) error { return c.out.Write(csvRow(item)) }

func (c csvReport) End() error {
	c.out.Flush()
	return c.out.Error()
}

// csvRow is one item in the order of csvColumns.
func csvRow(e Item) []string {
	item := itemOf(e.Entry)
	row := []string{
		strconv.FormatInt(item.ID, 10), item.SourceEntityID, positive(item.Version),
		e.Source.Bucket, item.Key, e.Path, string(item.Action), string(item.State), "",
		strconv.FormatInt(item.SizeBytes, 10), item.MD5, item.FileHandleID, item.EntityID,
		item.Bucket, item.ObjectKey, positive(int64(item.Attempts)), classOf(e.Entry), string(e.Rule),
	}
	for i, text := range row {
		row[i] = cell(plain(text))
	}
	const reasonColumn = 8 // escaped already
	row[reasonColumn] = cell(e.Reason)
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
