package reports_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"synapse-migrate/migrate/verify"
	"synapse-migrate/reports"
)

// What a verification finds is shown in all formats, and neither obeyed by a
// terminal nor computed by a spreadsheet.
func TestEvidenceIsHarmless(t *testing.T) {
	const evil = "=cmd|'x'!A1\x1b[2J\u009b\u202e\r\n\t"
	row := verify.Row{
		Verdict: "differs", Kind: "file", Path: evil, EntityID: evil, FileHandleID: evil,
		Bucket: evil, Key: evil, MD5: evil, ETag: evil, Note: evil, ItemID: 1,
		Differences: []verify.Difference{{Field: "etag", Want: evil, Got: evil}},
	}
	for _, format := range []string{"csv", "json", "text"} {
		t.Run(format, func(t *testing.T) {
			out := evidenceOf(t, format, row)
			harmless(t, out.String())
			if !strings.Contains(out.String(), "cmd|'x'!A1") {
				t.Errorf("the row is not in %q", out.String())
			}
			if format != "csv" {
				return
			}
			rows, err := csv.NewReader(out).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range rows[len(rows)-1] {
				if text != "" && strings.ContainsAny(text[:1], "=+-@\t\r\n") {
					t.Errorf("a spreadsheet may take %q for a formula", text)
				}
			}
		})
	}
}

// evidenceOf is evidence of one row, in a format.
func evidenceOf(t *testing.T, format string, row verify.Row) *bytes.Buffer {
	t.Helper()
	var out bytes.Buffer
	e, err := reports.NewEvidence(&out, format, reports.Subject{Plan: samplePlan()})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Row(row); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Close(verify.Summary{}, time.Time{}); err != nil {
		t.Fatal(err)
	}
	return &out
}
