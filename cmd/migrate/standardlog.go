package main

import (
	"io"
	"log"
	"strings"

	"github.com/rs/zerolog"
)

// standardLog is where Go's standard logger leads, to which libraries write on
// their own: the program's log, at debug level. What they quote may be part of
// an answer, with keys in it (net/http does so where an answer is longer than it
// says: go.dev/src/net/http/transport.go, "Unsolicited response", Go 1.25), and
// is left out.
type standardLog struct{ logger zerolog.Logger }

// Write takes one message.
func (s standardLog) Write(message []byte) (int, error) {
	s.logger.Debug().Str("said", withoutQuoted(strings.TrimSpace(string(message)))).Msg("a library has something to say")
	return len(message), nil
}

// quietLibraries has the standard logger lead nowhere, until there is a log.
func quietLibraries() {
	log.SetFlags(0)
	log.SetOutput(io.Discard)
}

// withoutQuoted is a message without what stands in quotes in it; from a quote
// that doesn't end, all is left out.
func withoutQuoted(message string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(message, `"`)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteString(`"..."`)
		end := closingQuote(rest)
		if end < 0 {
			return b.String()
		}
		message = rest[end+1:]
	}
}

// closingQuote is where the quote ends whose inside a text begins with, as Go
// writes it; negative for nowhere.
func closingQuote(text string) int {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}
