package checkpoint

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxCauseBytes bounds the text of a failure's cause.
	maxCauseBytes = 2000
	// maxOperationBytes bounds the name of the operation that failed.
	maxOperationBytes = 100
)

// urlQuery finds the query of a URL, where signatures stand.
var urlQuery = regexp.MustCompile(`(?i)(https?://[^\s"'?]*)\?[^\s"']*`)

// withoutQueries hides the queries of all URLs in a text. Those who make the
// text should have done so; a run file is too lasting a place to rely on it.
func withoutQueries(text string) string {
	return urlQuery.ReplaceAllString(text, "$1?REDACTED")
}

// printable returns text as valid UTF-8 without control characters, which
// become blanks, and without characters that are not for showing; cut at a
// character's end to limit bytes, "..." included.
func printable(text string, limit int) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.IsControl(r):
			return ' '
		case !unicode.IsPrint(r):
			return utf8.RuneError
		}
		return r
	}, text)
	if len(text) <= limit {
		return text
	}
	const dots = "..."
	end := limit - len(dots)
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + dots
}

// cleaned is the failure as it is stored.
func (f Failure) cleaned() Failure {
	f.Side = Side(printable(string(f.Side), maxOperationBytes))
	f.Class = Class(printable(string(f.Class), maxOperationBytes))
	f.Operation = printable(f.Operation, maxOperationBytes)
	f.Cause = printable(withoutQueries(f.Cause), maxCauseBytes)
	return f
}
