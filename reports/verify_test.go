package reports_test

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"synapse-migrate/migrate/verify"
	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
	"synapse-migrate/reports"
)

// sampleRows are a row of each verdict, with words of others that act.
func sampleRows() []verify.Row {
	return []verify.Row{
		{ItemID: 9, Kind: verify.KindFile, Path: "left/" + hostile, Action: planner.ActionBlock,
			Rule: rules.NamesInvalid, Verdict: verify.VerdictLeftOut, SizeBytes: 3},
		{Kind: verify.KindFolder, Path: "d", EntityID: "syn2", Verdict: verify.VerdictMatch},
		{ItemID: 1, Kind: verify.KindFile, Path: "d/fine.txt", Action: planner.ActionCopy, Verdict: verify.VerdictMatch,
			Proof: verify.ProofRead, EntityID: "syn3", Version: 1, FileHandleID: "77", StorageLocationID: 54,
			Bucket: "sts-bucket", Key: "data/run7/d/fine.txt", SizeBytes: 12, MD5: strings.Repeat("0f", 16),
			ETag: strings.Repeat("0f", 16), VersionLabel: "v1", ActivityID: "31", FileName: "=fine.txt",
			ContentType: "text/plain"},
		{ItemID: 2, Kind: verify.KindFile, Path: "=cmd|'x'", Action: planner.ActionStream, EntityID: "syn4",
			Verdict: verify.VerdictDiffers, SizeBytes: 5, Differences: []verify.Difference{
				{Field: verify.FieldMD5, Want: strings.Repeat("0f", 16), Got: ""},
				{Field: verify.FieldAnnotations, Want: `n (LONG) ["1"]`, Got: hostile},
			}},
		{ItemID: 3, Kind: verify.KindFile, Path: "gone", Action: planner.ActionCopy, Verdict: verify.VerdictMissing,
			Differences: []verify.Difference{{Field: verify.FieldEntity, Want: "gone"}}},
		{ItemID: 4, Kind: verify.KindFile, Path: "dark", EntityID: "syn5", Action: planner.ActionCopy,
			Verdict: verify.VerdictUnknown, Note: "S3 says \x1b[31mno"},
		{Kind: verify.KindOther, Path: "table", EntityID: "syn6", Verdict: verify.VerdictExtra, Note: "a table"},
		{Kind: verify.KindObject, Path: hostile, Bucket: "sts-bucket", Key: "data/run7/" + hostile, SizeBytes: 5,
			ETag: strings.Repeat("0f", 16), Verdict: verify.VerdictUnregistered},
	}
}

func sampleSummary() verify.Summary {
	return verify.Summary{
		Verdicts: map[verify.Verdict]int64{
			verify.VerdictMatch: 2, verify.VerdictDiffers: 1, verify.VerdictMissing: 1,
			verify.VerdictUnknown: 1, verify.VerdictExtra: 1, verify.VerdictUnregistered: 1, verify.VerdictLeftOut: 1,
		},
		Proofs: map[verify.Proof]int64{verify.ProofRead: 1}, ReadObjects: 1, ReadBytes: 12, Seed: 7,
	}
}

// evidence is what the sample's rows become, and the digest that is told.
func evidence(t *testing.T, format string, now time.Time) (text, digest string) {
	t.Helper()
	var b strings.Builder
	e, err := reports.NewEvidence(&b, format, reports.Subject{Plan: samplePlan(), Read: "sample=1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range sampleRows() {
		if err := e.Row(r); err != nil {
			t.Fatal(err)
		}
	}
	if digest, err = e.Close(sampleSummary(), now); err != nil {
		t.Fatal(err)
	}
	return b.String(), digest
}

func TestEvidence(t *testing.T) {
	for format, name := range map[string]string{
		"text": "verify.txt", "csv": "verify.csv", "json": "verify.jsonl",
	} {
		t.Run(format, func(t *testing.T) {
			text, digest := evidence(t, format, noon)
			if strings.ContainsAny(text, "\x1b\u202e") {
				t.Errorf("a terminal would obey %q", text)
			}
			if format == "text" {
				var b strings.Builder
				subject := reports.Subject{Plan: samplePlan(), Read: "sample=1"}
				if err := reports.VerifyText(&b, subject, sampleSummary(), digest); err != nil {
					t.Fatal(err)
				}
				text += b.String()
			}
			golden(t, name, text)
			if _, later := evidence(t, format, noon.Add(time.Hour)); later != digest {
				t.Errorf("the digest depends on the time: %s and %s", digest, later)
			}
		})
	}
	if _, err := reports.NewEvidence(&strings.Builder{}, "xml", reports.Subject{}); err == nil {
		t.Error("a format that there is not was taken")
	}
}

func hexSum(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// TestEvidenceDigest computes the digests as people do, with sha256sum.
func TestEvidenceDigest(t *testing.T) {
	text, digest := evidence(t, "csv", noon)
	if got := hexSum(text); got != digest {
		t.Errorf("csv: the file's is %s, told was %s", got, digest)
	}
	text, digest = evidence(t, "json", noon)
	lines := strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n")
	before := strings.Join(lines[:len(lines)-1], "")
	if got := hexSum(before); got != digest || !strings.Contains(lines[len(lines)-1], digest) {
		t.Errorf("json: that of the lines before the last is %s, told was %s", got, digest)
	}
	if _, of := evidence(t, "text", noon); of != digest {
		t.Errorf("text: told was %s, want that of the JSON lines, %s", of, digest)
	}
}

func TestEvidenceIsReadAsItWasWritten(t *testing.T) {
	text, _ := evidence(t, "json", noon)
	lines := strings.Split(text, "\n")
	for i, want := range sampleRows() {
		var got verify.Row
		if err := json.Unmarshal([]byte(lines[i+1]), &got); err != nil {
			t.Fatal(err)
		}
		if got.Path != want.Path || got.Verdict != want.Verdict || len(got.Differences) != len(want.Differences) {
			t.Errorf("row %d: got %+v, want %+v", i, got, want)
		}
	}
	text, _ = evidence(t, "csv", noon)
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		for _, cell := range row {
			if strings.ContainsAny(cell[:min(1, len(cell))], "=+-@\t\r") {
				t.Errorf("a spreadsheet would take %q for a formula", cell)
			}
		}
	}
}
