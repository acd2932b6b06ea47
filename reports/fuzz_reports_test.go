package reports_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"synapse-migrate/migrate"
	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/verify"
	"synapse-migrate/planner"
	"synapse-migrate/reports"
)

// filled is a run file with texts wherever a key, a name, a server's reason
// or a made-up word can stand.
func filled(text, other string) fakeFile {
	file := sampleFile()
	file.plan.Header.Source.Prefix, file.plan.Header.Destination.FolderName = text, other
	file.plan.Findings = append(file.plan.Findings, planner.Finding{
		Rule: planner.RuleID(other), Severity: planner.Severity(text), Message: text,
		Examples: []string{other, text}, Count: 2,
	})
	for i := range file.folders {
		file.folders[i].Name, file.folders[i].Path = other, text+"/"+other
	}
	for i := range file.entries {
		e := &file.entries[i]
		e.Source.Key, e.Name, e.Object.Bucket, e.Rule, e.MD5 = text, other, other, planner.RuleID(text), other
		if e.Failure != nil {
			e.Failure.Cause, e.Failure.Operation, e.Failure.Side = other, text, checkpoint.Side(text)
		}
	}
	return file
}

// FuzzReports: whatever stands in a run file, no report has what a terminal
// obeys, a spreadsheet computes or a browser runs.
func FuzzReports(f *testing.F) {
	for _, text := range []string{
		"", "a", hostile, "=1+1", "\uff1dx", " =x", "\t@x", "\"\r\n=x", "<script>",
		"</td><img src=x onerror=y>", "{{.}}",
		"javascript:x", "\xff\xfe", "\u2028", "&#61;", "';--", "\x00", "]]>", "\u202e", "\u009b2J",
	} {
		f.Add(text, hostile)
	}
	f.Fuzz(func(t *testing.T, text, other string) {
		file := filled(text, other)
		for _, name := range reports.Formats() {
			var out bytes.Buffer
			if err := reports.Write(t.Context(), &out, name, file); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			harmless(t, out.String())
			switch name {
			case "json":
				if !json.Valid(out.Bytes()) {
					t.Error("not JSON")
				}
			case "csv":
				noFormulas(t, &out)
			case "html":
				noScript(t, out.String())
			}
		}
	})
}

// noFormulas checks that each cell is text, and that all rows are as wide.
func noFormulas(t *testing.T, out io.Reader) {
	t.Helper()
	rows, err := csv.NewReader(out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		for _, text := range row {
			first, _ := utf8.DecodeRuneInString(strings.TrimLeft(text, " "))
			if strings.ContainsRune("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20", first) {
				t.Errorf("a spreadsheet may take %q for a formula", text)
			}
		}
	}
}

// noScript checks that a page has no elements but its own.
func noScript(t *testing.T, page string) {
	t.Helper()
	for _, tag := range []string{
		"<script", "<img", "<a ", "<iframe", "<svg", "<link", "<form", "<object", "<embed", "<base",
	} {
		if strings.Contains(strings.ToLower(page), tag) {
			t.Errorf("the page has %s", tag)
		}
	}
	if strings.Count(page, "<meta") != strings.Count(bare(t), "<meta") || strings.Count(page, "<style") != 1 {
		t.Error("the page has another head than its own")
	}
}

// bare is the page of a run file that nobody made up.
func bare(t *testing.T) string {
	t.Helper()
	var out bytes.Buffer
	if err := reports.Write(t.Context(), &out, "html", sampleFile()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// FuzzEvidence: the same for what a verification finds.
func FuzzEvidence(f *testing.F) {
	for _, text := range []string{"", "a", hostile, "=1+1", "-1", "\"\r\n=x", "\xff\xfe", "\u2028", "\x00"} {
		f.Add(text, hostile)
	}
	f.Fuzz(func(t *testing.T, text, other string) {
		row := verify.Row{
			Verdict: verify.VerdictDiffers, Path: text, EntityID: other, Bucket: other, Key: text, MD5: other, ETag: text,
			Note: other, Differences: []verify.Difference{{Field: text, Want: other, Got: text}},
		}
		for _, format := range []string{"csv", "json", "text"} {
			out := evidenceOf(t, format, row)
			harmless(t, out.String())
			if format == "csv" {
				noFormulas(t, out)
			}
			for line := range strings.Lines(out.String()) {
				if format == "json" && !json.Valid([]byte(line)) {
					t.Errorf("%q is no JSON", line)
				}
			}
		}
	})
}

// FuzzProgress: whatever numbers come out of servers' answers, a terminal
// gets nothing but the movements that the bars are made of.
func FuzzProgress(f *testing.F) {
	f.Add(int64(5), int64(1<<40), int64(1), int64(0), int64(time.Second), "profile")
	f.Add(int64(0), int64(-1), int64(-5), int64(1<<62), int64(0), hostile)
	f.Add(int64(-1), int64(1<<62), int64(1<<62), int64(-1<<62), int64(-1), "\x1b[2J")
	f.Fuzz(func(t *testing.T, items, size, done, arrived, elapsed int64, limit string) {
		for _, terminal := range []bool{true, false} {
			var out bytes.Buffer
			p := reports.NewProgress(&out, terminal, reports.Remaining{
				Items: items, SizeBytes: size, Source: planner.Source{Bucket: limit},
			}, time.Nanosecond)
			p.Progress(migrate.Progress{
				Elapsed: time.Duration(elapsed), Counts: migrate.Counts{Done: done, DoneBytes: arrived},
				Arrived: arrived, Limit: migrate.Limit(limit),
			})
			p.Close()
			harmless(t, strings.NewReplacer("\r\x1b[K", "", "\x1b[2A\r", "").Replace(out.String()))
		}
	})
}
