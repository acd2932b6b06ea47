package reports

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
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
		Bucket: e.Bucket, ObjectKey: e.DestKey, FileHandleID: e.FileHandleID, EntityID: e.EntityID,
		Attempts: e.Attempts, Failure: e.Failure, Follows: e.Follows, Shares: e.Shares,
	}
	if o := e.Origin; o != nil {
		item.SourceEntityID, item.Version, item.SourceFileHandleID = o.EntityID, o.Version, o.FileHandleID
	}
	if e.Hash != "" {
		item.MD5 = e.Hash
	}
	if e.Key != "" {
		item.ObjectKey = e.Key
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

// Format is the version of the JSON report. It grows by one when a field
// changes its meaning or goes away; new fields don't count.
const Format = 1

// JSON writes one document: format, plan, states, failures by class, folders as an array,
// parents first, and items as an array in the order of the listing, one to a
// line. It is streamed: memory does not grow with the plan.
func JSON(ctx context.Context, w io.Writer, file RunFile) error {
	plan, err := file.Plan(ctx)
	if err != nil {
		return err
	}
	counts, err := file.Counts(ctx)
	if err != nil {
		return err
	}
	var states []stateJSON
	for _, s := range stateWords {
		if t := counts.State(s.state); t.Items > 0 {
			states = append(states, stateJSON{s.state, t.Items, t.SizeBytes})
		}
	}
	failures, err := file.Failures(ctx)
	if err != nil {
		return err
	}
	head, err := json.Marshal(struct {
		Format   int                       `json:"format"`
		Plan     planner.Plan              `json:"plan"`
		States   []stateJSON               `json:"states"`
		Failures []checkpoint.FailureCount `json:"failures,omitempty"`
	}{Format, plan, states, failures})
	if err != nil {
		return err
	}
	p := &printer{w: w}
	p.json("%s,\"folders\":[\n", head[:len(head)-1])
	err = arrayJSON(p, file.Folders(ctx), func(f planner.Folder) (any, error) {
		return folderJSON{f.ID, f.Path, f.EntityID}, nil
	})
	if err != nil {
		return err
	}
	p.json("],\"items\":[\n")
	paths, reasons := pathFinder{file: file, source: plan.Header.Source}, newReasons(plan)
	err = arrayJSON(p, file.Entries(ctx, checkpoint.EntryFilter{}), func(e checkpoint.Entry) (any, error) {
		item := itemOf(e)
		item.Reason = reasons.of(e)
		item.Path, err = paths.path(ctx, e)
		return item, err
	})
	if err != nil {
		return err
	}
	p.json("]}\n")
	return p.err
}

// arrayJSON writes the elements of an array, one to a line.
func arrayJSON[T any](p *printer, elements iter.Seq2[T, error], show func(T) (any, error)) error {
	separator := ""
	for element, err := range elements {
		if err != nil {
			return err
		}
		shown, err := show(element)
		if err != nil {
			return err
		}
		text, err := json.Marshal(shown)
		if err != nil {
			return err
		}
		if p.err != nil {
			return p.err
		}
		p.json("%s%s", separator, text)
		separator = ",\n"
	}
	p.json("\n")
	return nil
}

// json writes a piece of JSON.
func (p *printer) json(format string, args ...any) {
	if p.err == nil {
		_, p.err = p.w.Write(HarmlessJSON(fmt.Appendf(nil, format, args...)))
	}
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
