package reports

import (
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
)

// itemJSON is one item in the JSON report. Fields are left out while they
// are empty.
type itemJSON struct {
	ID  int64  `json:"id"`
	Key string `json:"key"`
	// SourceEntityID and Version say which version of which entity the item
	// is, SourceFileHandleID its file handle: projects only.
	SourceEntityID     string `json:"sourceEntityId,omitempty"`
	Version            int64  `json:"version,omitempty"`
	SourceFileHandleID string `json:"sourceFileHandleId,omitempty"`
	// Follows is the item that comes before this one, another version of the
	// same file; Shares the one whose new file handle it takes.
	Follows int64 `json:"follows,omitempty"`
	Shares  int64 `json:"shares,omitempty"`

	SizeBytes int64  `json:"sizeBytes"`
	Name      string `json:"name"`
	// Path is where the entity goes, from the destination folder, or where
	// an item that is left out would have gone.
	Path string `json:"path"`
	// FolderID is the ID of one of the report's folders; 0 is the
	// destination folder, or that of an item that is left out.
	FolderID int64          `json:"folderId"`
	Action   planner.Action `json:"action"`
	// Rule is why an item is left out, Reason why it is, why it failed, or why
	// its action was chosen, in words.
	Rule      planner.RuleID    `json:"rule,omitempty"`
	Reason    string            `json:"reason"`
	State     checkpoint.State  `json:"state"`
	MD5       string            `json:"md5,omitempty"`
	MD5Source planner.MD5Source `json:"md5Source,omitempty"`
	// Bucket and ObjectKey are where the object lies, or will lie.
	Bucket       string              `json:"bucket,omitempty"`
	ObjectKey    string              `json:"objectKey,omitempty"`
	FileHandleID string              `json:"fileHandleId,omitempty"`
	EntityID     string              `json:"entityId,omitempty"`
	Attempts     int                 `json:"attempts,omitempty"`
	Failure      *checkpoint.Failure `json:"failure,omitempty"`
}

func itemOf(e checkpoint.Entry) itemJSON {
	item := itemJSON{
		ID: e.ID, Key: e.Source.Key, SizeBytes: e.Source.SizeBytes, Name: e.Name, FolderID: e.FolderID,
		Action: e.Action, Rule: e.Rule, State: e.State, MD5: e.MD5, MD5Source: e.MD5Source,
		Bucket: e.Object.Bucket, ObjectKey: e.DestKey, FileHandleID: e.FileHandleID, EntityID: e.EntityID,
		Attempts: e.Attempts, Failure: e.Failure, Follows: e.Follows, Shares: e.Shares,
	}
	if o := e.Origin; o != nil {
		item.SourceEntityID, item.Version, item.SourceFileHandleID = o.EntityID, o.Version, o.FileHandleID
	}
	if e.Object.MD5 != "" {
		item.MD5 = e.Object.MD5
	}
	if e.Object.Key != "" {
		item.ObjectKey = e.Object.Key
	}
	return item
}

// folderJSON is one folder in the JSON report: an item's folderId is its ID,
// or 0 for the destination folder itself.
type folderJSON struct {
	ID int64 `json:"id"`
	// Path is the way from the destination folder, joined with slashes.
	Path string `json:"path"`
	// EntityID is left out until the folder exists.
	EntityID string `json:"entityId,omitempty"`
}

// stateJSON counts items in one state.
type stateJSON struct {
	State     checkpoint.State `json:"state"`
	Items     int64            `json:"items"`
	SizeBytes int64            `json:"sizeBytes"`
}

// jsonFormat is the version of the JSON report. It grows by one when a field
// changes its meaning or goes away; new fields don't count.
const jsonFormat = 1

// jsonReport writes one document: format, plan, states, failures by class,
// folders as an array, parents first, and items as an array in the order of the
// listing, one to a line.
type jsonReport struct {
	w io.Writer
	// separator comes before the next element of an array.
	separator string
}

func newJSON(w io.Writer) Handler { return &jsonReport{w: w} }

func (j *jsonReport) Begin(h Head) error {
	var states []stateJSON
	for _, s := range stateWords {
		if t := h.Counts.State(s.state); t.Items > 0 {
			states = append(states, stateJSON{s.state, t.Items, t.SizeBytes})
		}
	}
	head, err := json.Marshal(struct {
		Format   int                       `json:"format"`
		Plan     planner.Plan              `json:"plan"`
		States   []stateJSON               `json:"states"`
		Failures []checkpoint.FailureCount `json:"failures,omitempty"`
	}{jsonFormat, h.Plan, states, h.Failures})
	if err != nil {
		return err
	}
	return j.write(append(head[:len(head)-1], ",\"folders\":[\n"...))
}

func (j *jsonReport) Folder(f planner.Folder) error {
	return j.element(folderJSON{f.ID, f.Path, f.EntityID})
}

func (j *jsonReport) Part(Part, int64) error {
	j.separator = ""
	return j.write([]byte("\n],\"items\":[\n"))
}

func (j *jsonReport) Item(i Item) error {
	item := itemOf(i.Entry)
	item.Path, item.Reason = i.Path, i.Reason
	return j.element(item)
}

func (j *jsonReport) End() error { return j.write([]byte("\n]}\n")) }

// element writes an element of an array on a line of its own.
func (j *jsonReport) element(value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	text = append([]byte(j.separator), text...)
	j.separator = ",\n"
	return j.write(text)
}

// write writes a piece of JSON.
func (j *jsonReport) write(text []byte) error {
	_, err := j.w.Write(HarmlessJSON(text))
	return err
}

// HarmlessJSON escapes in JSON what Harmless does in text, line breaks
// between values apart, and what JSON has no need to escape: it means the
// same as before. Bytes that are no UTF-8 become U+FFFD, as for all readers
// of JSON.
func HarmlessJSON(text []byte) []byte {
	var out []byte
	for _, r := range string(text) {
		switch {
		case r == '\n' || !dangerous(r):
			out = utf8.AppendRune(out, r)
		case r <= 0xffff:
			out = fmt.Appendf(out, `\u%04x`, r)
		default:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		}
	}
	return out
}
