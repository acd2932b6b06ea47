package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"

	"synapse-migrate/reports"
)

// isTerminal reports whether people look at w, or type into it.
func isTerminal(w any) bool {
	if o, is := w.(*output); is {
		w = o.Writer
	}
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// say writes a line for people to standard error. Whatever the arguments
// hold, a terminal obeys nothing of it, and no line of theirs passes for one
// of the program's.
func say(w io.Writer, format string, args ...any) {
	_, _ = fmt.Fprintln(w, reports.HarmlessLines(fmt.Sprintf(format, args...)))
}

// shown is somebody else's words, with what a terminal might obey escaped.
func shown(text string) string {
	obeyed := func(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }
	if !strings.ContainsFunc(text, obeyed) {
		return text
	}
	quoted := strconv.Quote(text)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}
