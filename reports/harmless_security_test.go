package reports_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
	"synapse-migrate/reports"
)

func TestHarmless(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"nothing", "a é \u4e2d \U0001F600 \\x1b \"q\"", "a é \u4e2d \U0001F600 \\x1b \"q\""},
		{"colour", "\x1b[31m", `\x1b[31m`},
		{"clipboard", "\x1b]52;c;cm0=\a", `\x1b]52;c;cm0=\a`},
		{"C1", "\u009b31m", `\u009b31m`},
		{"C1 that is no UTF-8", "\x9b31m", `\x9b31m`},
		{"deletion", "a\x7f\b", `a\x7f\b`},
		{"lines", "a\r\nb\u2028c\u2029", `a\r\nb\u2028c\u2029`},
		{"direction", "gnp.\u202ecod", `gnp.\u202ecod`},
		{"isolate", "\u2066", `\u2066`},
		{"unseen", "a\u200bb\ufeff", `a\u200bb\ufeff`},
		{"tags", "\U000e0041", `\U000e0041`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := reports.Harmless(tt.text)
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if again := reports.Harmless(got); again != got {
				t.Errorf("once more: got %q, want %q", again, got)
			}
		})
	}
}

func TestHarmlessLinesPassForNoOtherMessage(t *testing.T) {
	got := reports.HarmlessLines("a\nhint: do \x1b[1mthis\nb")
	if want := "a\n  hint: do \\x1b[1mthis\n  b"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A run file of somebody else's may hold anything, also where this program
// writes none but its own words: no report passes it on.
func TestReportsOfForeignRunFiles(t *testing.T) {
	const evil = "\x1b]0;x\a\u009b2J\u202e<script>\n\r\t"
	file := sampleFile()
	file.plan.Digest = evil
	file.plan.Header.Source.Bucket = evil
	file.plan.Findings = append(file.plan.Findings, planner.Finding{
		Rule: evil, Severity: evil, Message: evil, Hint: evil, Examples: []string{evil}, Count: 1})
	file.plan.Totals.Actions = append(file.plan.Totals.Actions, planner.ActionTotal{Action: evil, Items: 1})
	file.runs = append(file.runs, checkpoint.RunRecord{ID: 9, End: evil, EndedOn: noon})
	for i := range file.entries {
		e := &file.entries[i]
		e.Action, e.Rule, e.MD5, e.Object.Bucket, e.DestKey = evil, evil, evil, evil, evil
		e.MD5Source, e.FileHandleID, e.EntityID, e.Object.MD5 = evil, evil, evil, evil
		if e.Failure != nil {
			e.Failure = &checkpoint.Failure{Side: evil, Operation: evil, Cause: evil}
		}
	}
	var plan bytes.Buffer
	if err := reports.PlanText(&plan, file.plan); err != nil {
		t.Fatal(err)
	}
	harmless(t, plan.String())
	for _, name := range reports.Formats() {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := reports.Write(t.Context(), &out, name, file); err != nil {
				t.Fatal(err)
			}
			harmless(t, out.String())
			if name == "html" && strings.Contains(out.String(), "<script>") {
				t.Error("the page holds a script")
			}
			if name == "json" && !json.Valid(out.Bytes()) {
				t.Error("not JSON")
			}
		})
	}
}

func FuzzHarmless(f *testing.F) {
	for _, text := range []string{"", "a\x1b[m", "\u009b", "\xff\xfe", "\U000e0001", "\\u001b"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := reports.Harmless(text)
		if !utf8.ValidString(got) {
			t.Errorf("%q: got %q, which is no UTF-8", text, got)
		}
		harmless(t, got)
		if strings.ContainsAny(got, "\r\n\t") || reports.Harmless(got) != got {
			t.Errorf("%q: got %q", text, got)
		}
		before, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		after := reports.HarmlessJSON(before)
		harmless(t, string(after))
		var was, is string
		if json.Unmarshal(before, &was) != nil || json.Unmarshal(after, &is) != nil || was != is {
			t.Errorf("%s became %s", before, after)
		}
		if diff := cmp.Diff(after, reports.HarmlessJSON(after)); diff != "" {
			t.Error(diff)
		}
	})
}
