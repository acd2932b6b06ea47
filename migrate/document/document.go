// Package document checks that a successful answer of a server is the document
// that was asked for, and whole. A proxy or a login page may answer with status
// 200, and an answer may be empty or cut. The AWS SDK reads all of these as a
// document with no fields set, so half a listing would pass for a whole one.
package document

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"synapse-migrate/synapse/webpage"
)

// ErrOther means that what came is not the document that was asked for.
// Nothing is known of what the server did.
var ErrOther = errors.New("not the document that was asked for")

// Error is an answer of a good status that is not the document that was
// asked for. It unwraps to ErrOther. It holds nothing of the answer but the
// name of its first element.
type Error struct {
	// Service is who should have answered: S3, STS, Synapse.
	Service string
	// Host is the address that was asked, empty where that is not known.
	Host string
	// Status is the HTTP status of the answer.
	Status int
	// Want and Got are what was asked for and what came, in a few words.
	Want, Got string
}

// Error says what came from where instead of what.
func (e *Error) Error() string {
	from := ""
	if e.Host != "" {
		from = " from " + e.Host
	}
	return fmt.Sprintf("not an answer of %s: %s with status %d%s, instead of %s",
		e.Service, e.Got, e.Status, from, e.Want)
}

// Unwrap is ErrOther.
func (e *Error) Unwrap() error { return ErrOther }

// RetryableError lets the AWS SDK ask again: pages of proxies come and go.
func (e *Error) RetryableError() bool { return true }

// Want is what the answer to an operation has to be. The zero Want is an
// answer without a document: anything will do that is no HTML page.
type Want struct {
	// Roots are the names that the first element may have, without their
	// namespace, which servers leave out; the first is the one that is shown.
	Roots []string
	// JSON wants a JSON object instead.
	JSON bool
	// ETag wants the header ETag, which every answer about one object has.
	ETag bool
	// Data leaves the body alone: it is an object's.
	Data bool
}

// String says it in words.
func (w Want) String() string {
	switch {
	case len(w.Roots) > 0:
		return "a " + w.Roots[0]
	case w.JSON:
		return "a JSON object"
	case w.ETag:
		return "one with an ETag"
	}
	return "a plain one"
}

// What may come, in words.
const (
	gotHTML    = "an HTML page"
	gotNothing = "an empty answer"
	gotText    = "something that is not XML"
)

// root is the local name of an XML document's first element, or, where there
// is none, what the body is in words.
func root(body []byte) (name, otherwise string) {
	if webpage.Begins(body) {
		return "", gotHTML
	}
	d := xml.NewDecoder(bytes.NewReader(body))
	// Only the name is of interest: nothing here depends on the encoding, nor
	// on how strictly the rest is written.
	d.Strict = false
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	for {
		t, err := d.RawToken()
		switch t := t.(type) {
		case xml.StartElement:
			return t.Name.Local, ""
		case xml.CharData:
			if len(bytes.TrimSpace(bytes.TrimPrefix(t, []byte("\ufeff")))) > 0 {
				return "", gotText
			}
		}
		switch {
		case errors.Is(err, io.EOF) && len(bytes.TrimSpace(body)) == 0:
			return "", gotNothing
		case err != nil:
			return "", gotText
		}
	}
}

// shownElement is what messages say of a document: its name, where that is made
// of letters alone, as all of AWS's are.
func shownElement(name string) string {
	const most = 60
	odd := func(r rune) bool { return r < 'A' || r > 'z' || r > 'Z' && r < 'a' }
	if len(name) > most || strings.ContainsFunc(name, odd) {
		return "another document"
	}
	return "a document " + strconv.Quote(name)
}

// check compares the body of a successful answer with what was asked for, and
// says in words what came instead; empty for the right thing.
func (w Want) check(header http.Header, body []byte) string {
	switch {
	case w.ETag && header.Get("ETag") == "":
		if isHTML(header, body) {
			return gotHTML
		}
		return "an answer without an ETag"
	case w.Data:
		return ""
	case w.JSON:
		return checkJSON(body)
	case len(w.Roots) == 0:
		if isHTML(header, body) {
			return gotHTML
		}
		return ""
	}
	name, otherwise := root(body)
	switch {
	case otherwise != "":
		return otherwise
	case slices.Contains(w.Roots, name), strings.EqualFold(name, "Error"):
		// An error of S3's with the status of success: the SDK knows it.
		return ""
	}
	return shownElement(name)
}

// isHTML reports whether an answer to which no document belongs is a page.
func isHTML(header http.Header, body []byte) bool {
	return webpage.Typed(header.Get("Content-Type")) || webpage.Begins(body)
}

// checkJSON wants an object.
func checkJSON(body []byte) string {
	body = bytes.TrimSpace(body)
	switch {
	case len(body) == 0:
		return gotNothing
	case body[0] == '{' && json.Valid(body):
		return ""
	}
	if webpage.Begins(body) {
		return gotHTML
	}
	return "something that is not a whole JSON object"
}
