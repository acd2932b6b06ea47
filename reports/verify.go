package reports

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"strings"
	"time"

	"synapse-migrate/migrate/verify"
	"synapse-migrate/planner"
)

// evidenceFormat is the version of the JSON lines and of the columns in the
// CSV of a verification. It grows by one when a field changes its meaning or
// goes away; new fields, and columns at the end, don't count.
const evidenceFormat = 1

// Subject is what a verification is about.
type Subject struct {
	Plan planner.Plan
	// Read says which objects were read back, as --read does.
	Read string
	// AllowExtra is true where what is extra is not wrong.
	AllowExtra bool
}

// Evidence writes what a verification finds, row by row: memory does not grow
// with the rows. The digest depends on the plan and on what was found, not on
// the time.
type Evidence struct {
	sum hash.Hash
	out evidenceHandler
}

// evidenceHandler writes evidence in one format: begin once, row for each
// row, and end, which is told the SHA-256 of what was written to sum until then.
type evidenceHandler interface {
	begin(Subject) error
	row(verify.Row) error
	// flush has all that was written so far reach its writers.
	flush() error
	end(s verify.Summary, digest string, now time.Time) error
}

// evidenceFormats are the ways to write evidence. What a handler writes to both
// writers, or to sum alone, is what the SHA-256 is about.
var evidenceFormats = []struct {
	name  string
	begin func(w, sum io.Writer) evidenceHandler
}{
	// A line for each row that is not as planned; the SHA-256 is that of the
	// JSON lines but the last.
	{"text", func(w, sum io.Writer) evidenceHandler {
		return &textEvidence{jsonEvidence{sum}, printer{w: w}}
	}},
	// One row each below a row of column names; the SHA-256 is that of the whole
	// file.
	{"csv", func(w, sum io.Writer) evidenceHandler {
		return csvEvidence{csv.NewWriter(io.MultiWriter(w, sum))}
	}},
	// Lines: one with format and plan, one for each row, and one with the summary
	// and the SHA-256 of all lines before it.
	{"json", func(w, sum io.Writer) evidenceHandler {
		return jsonEvidence{io.MultiWriter(w, sum)}
	}},
}

// EvidenceFormats are the names of the formats of evidence, the default first.
func EvidenceFormats() []string {
	var names []string
	for _, f := range evidenceFormats {
		names = append(names, f.name)
	}
	return names
}

// NewEvidence begins the evidence in one of EvidenceFormats; another format is
// an error.
func NewEvidence(w io.Writer, format string, s Subject) (*Evidence, error) {
	for _, f := range evidenceFormats {
		if f.name == format {
			e := &Evidence{sum: sha256.New()}
			e.out = f.begin(w, e.sum)
			return e, e.out.begin(s)
		}
	}
	return nil, fmt.Errorf("evidence: %w: %q", errFormat, format)
}

// Row writes a row.
func (e *Evidence) Row(r verify.Row) error { return e.out.row(r) }

// Close ends the evidence and returns its SHA-256, in hex. It does not close
// the writer.
func (e *Evidence) Close(s verify.Summary, now time.Time) (string, error) {
	if err := e.out.flush(); err != nil {
		return "", err
	}
	digest := hex.EncodeToString(e.sum.Sum(nil))
	return digest, e.out.end(s, digest, now)
}

type csvEvidence struct{ *csv.Writer }

func (c csvEvidence) begin(Subject) error                         { return c.Write(evidenceColumns) }
func (c csvEvidence) row(r verify.Row) error                      { return c.Write(evidenceRow(r)) }
func (c csvEvidence) flush() error                                { c.Flush(); return c.Error() }
func (c csvEvidence) end(verify.Summary, string, time.Time) error { return nil }

type jsonEvidence struct{ io.Writer }

func (j jsonEvidence) begin(s Subject) error {
	return jsonLine(j, map[string]any{"verification": evidenceHead{
		evidenceFormat, s.Plan.Digest, s.Plan.Header.Destination.FolderID, s.Read,
	}})
}

func (j jsonEvidence) row(r verify.Row) error { return jsonLine(j, r) }
func (j jsonEvidence) flush() error           { return nil }

func (j jsonEvidence) end(s verify.Summary, digest string, now time.Time) error {
	return jsonLine(j, map[string]any{"summary": evidenceEnd{s, digest, now.UTC()}})
}

type textEvidence struct {
	jsonEvidence
	printer
}

func (t *textEvidence) row(r verify.Row) error {
	if isTold(r) {
		t.line("%s", rowText(r))
	}
	if t.err != nil {
		return t.err
	}
	return t.jsonEvidence.row(r)
}

func (t *textEvidence) end(verify.Summary, string, time.Time) error { return nil }

// evidenceHead is the first of the JSON lines.
type evidenceHead struct {
	Format     int    `json:"format"`
	PlanSHA256 string `json:"planSha256"`
	FolderID   string `json:"folderId"`
	Read       string `json:"read"`
}

// evidenceEnd is the last of the JSON lines.
type evidenceEnd struct {
	verify.Summary
	SHA256  string    `json:"sha256"`
	EndedOn time.Time `json:"endedOn"`
}

// jsonLine writes a value on one line, of which a terminal obeys nothing.
func jsonLine(w io.Writer, value any) error {
	line, err := json.Marshal(value)
	if err != nil {
		return err
	}
	_, err = w.Write(append(HarmlessJSON(line), '\n'))
	return err
}

// evidenceColumns head the CSV. New columns come last.
var evidenceColumns = []string{
	"verdict", "kind", "path", "item", "action", "rule", "entity", "version", "file_handle",
	"storage_location", "bucket", "key", "size_bytes", "md5", "etag", "proof", "differences", "note",
	"version_label", "activity", "file_name", "content_type",
}

// evidenceRow is one row in the order of evidenceColumns.
func evidenceRow(r verify.Row) []string {
	row := []string{
		string(r.Verdict), string(r.Kind), r.Path, positive(r.ItemID), string(r.Action), string(r.Rule),
		r.EntityID, positive(r.Version), r.FileHandleID, positive(r.StorageLocationID), r.Bucket, r.Key,
		fmt.Sprint(r.SizeBytes), r.MD5, r.ETag, string(r.Proof), differences(r), r.Note,
		r.VersionLabel, r.ActivityID, r.FileName, r.ContentType,
	}
	for i, text := range row {
		row[i] = cell(plain(text))
	}
	return row
}

// differences are what is not as planned, in one line.
func differences(r verify.Row) string {
	var all []string
	for _, d := range r.Differences {
		all = append(all, fmt.Sprintf("%s: planned %s, is %s", d.Field, orNothing(d.Want), orNothing(d.Got)))
	}
	return strings.Join(all, "; ")
}

// orNothing quotes a value.
func orNothing(text string) string {
	if text == "" {
		return "nothing"
	}
	return quote(text)
}

// isTold reports whether a row stands in the text: what is as planned, and
// what the plan leaves out, is counted only.
func isTold(r verify.Row) bool {
	return r.Verdict != verify.VerdictMatch && r.Verdict != verify.VerdictLeftOut
}

// rowText is a row for people.
func rowText(r verify.Row) string {
	what := r.Path
	if r.Kind == verify.KindObject {
		what = "s3://" + r.Bucket + "/" + r.Key
	}
	text := fmt.Sprintf("%-12s %s %s", r.Verdict, r.Kind, quote(what))
	if r.Verdict == verify.VerdictUnregistered {
		text += ", " + bytes(r.SizeBytes)
	}
	if r.EntityID != "" {
		text += " (" + plain(r.EntityID) + ")"
	}
	for _, part := range []string{differences(r), plain(r.Note)} {
		if part != "" {
			text += ": " + part
		}
	}
	return text
}

// verdictWords say what a verdict means.
var verdictWords = map[verify.Verdict]string{
	verify.VerdictMatch:   "as planned",
	verify.VerdictDiffers: "there, and not as planned",
	verify.VerdictMissing: "the entity or its object is not there",
	verify.VerdictExtra:   "there, and not in the plan",
	verify.VerdictUnregistered: "objects that no file in the folder refers to, " +
		"but anyone who gets its credentials can read",
	verify.VerdictUnknown: "could not be found out",
	verify.VerdictLeftOut: "left out by the plan: not compared (migrate report names each with its reason)",
}

// proofWords say how far the content of a file is known.
var proofWords = map[verify.Proof]string{
	verify.ProofRead:     "read back and hashed",
	verify.ProofS3:       "S3 vouches for the MD5",
	verify.ProofChecksum: "S3 holds equal checksums of source and object",
	verify.ProofETag:     "the object's ETag is that of the source, or of its content",
	verify.ProofOrigin:   "the object says that it was written from the planned source, as it was then",
}

// VerifyText sums a verification up.
func VerifyText(w io.Writer, subject Subject, s verify.Summary, digest string) error {
	p := &printer{w: w}
	p.line("Plan %.12s against %s, reading %s", subject.Plan.Digest,
		plain(subject.Plan.Header.Destination.FolderID), plain(subject.Read))
	verdicts := section{head: []string{"verdict", "entries", ""}}
	for _, v := range verify.Verdicts {
		if n := s.Verdicts[v]; n > 0 || v == verify.VerdictMatch {
			verdicts.row(string(v), count(n), verdictWords[v])
		}
	}
	p.section(verdicts)
	proofs := section{head: []string{"content of matching files", "files", ""}}
	for _, proof := range verify.Proofs {
		if n := s.Proofs[proof]; n > 0 {
			proofs.row(string(proof), count(n), proofWords[proof])
		}
	}
	if s.ReadObjects > 0 {
		proofs.note(fmt.Sprintf("read back: %s, %s", planner.Plural(s.ReadObjects, "object", "objects"), bytes(s.ReadBytes)))
	}
	if s.Seed != 0 {
		proofs.note(fmt.Sprintf("the sample was chosen with --seed %d", s.Seed))
	}
	p.section(proofs)
	p.line("SHA-256 of the plan      %s", subject.Plan.Digest)
	p.line("SHA-256 of the evidence  %s", digest)
	return p.err
}
