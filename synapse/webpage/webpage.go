// Package webpage tells a page for people from the documents of a service: a
// proxy or a login answers with one in the place of what was asked for.
package webpage

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"mime"
	"strings"
)

// Typed reports whether a content type is that of a web page.
func Typed(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		return false
	}
	return kind == "text/html" || kind == "application/xhtml+xml"
}

// Begins reports whether a body begins as an HTML page, whatever its type says.
func Begins(body []byte) bool {
	d := xml.NewDecoder(bytes.NewReader(body))
	// Only the beginning is of interest: nothing here depends on the encoding,
	// nor on how strictly the rest is written.
	d.Strict = false
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	for {
		t, err := d.RawToken()
		switch t := t.(type) {
		case xml.StartElement:
			return strings.EqualFold(t.Name.Local, "html")
		case xml.Directive:
			words := strings.Fields(strings.ToLower(string(t)))
			if len(words) > 1 && words[0] == "doctype" && words[1] == "html" {
				return true
			}
		case xml.CharData:
			if len(bytes.TrimSpace(bytes.TrimPrefix(t, []byte("\ufeff")))) > 0 {
				return false
			}
		}
		if err != nil {
			return false
		}
	}
}
