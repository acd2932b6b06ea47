package main

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"os"
	"strings"
	"sync"

	"github.com/rs/zerolog"

	"synapse-migrate/migrate/wholefile"
	"synapse-migrate/reports"
)

// logger opens the log, for libraries too that write to Go's standard one. The returned function closes it.
func (f *commonFlags) logger(env environment) (zerolog.Logger, func(), error) {
	level, err := zerolog.ParseLevel(f.logLevel)
	if err != nil || f.logLevel == "" {
		return zerolog.Logger{}, nil, usagef("--log-level %q: want debug, info, warn or error", f.logLevel)
	}
	out, done := env.stderr, func() {}
	if f.logFile != "" {
		file, err := openLog(f.logFile, env.stderr)
		if err != nil {
			return zerolog.Logger{}, nil, fmt.Errorf("opening the log: %w", err)
		}
		out, done = file, file.close
	}
	switch f.logFormat {
	case "json":
		out = harmlessLog{Writer: out}
	case "console":
		colours := isTerminal(out)
		out = zerolog.ConsoleWriter{Out: harmlessLog{out, colours}, NoColor: !colours}
	default:
		return zerolog.Logger{}, nil, usagef("--log-format %q: want console or json", f.logFormat)
	}
	logger := zerolog.New(out).Level(level).With().Timestamp().Logger()
	log.SetFlags(0)
	log.SetOutput(standardLog{logger})
	return logger, func() {
		quietLibraries()
		done()
	}, nil
}

// logFile is the file that a log is appended to. What can't be written is
// dropped: a log is no reason to stop. That is said once.
type logFile struct {
	file   io.WriteCloser
	name   string
	stderr io.Writer

	mutex sync.Mutex
	// torn is true where the file ends within an event.
	torn, told bool
}

// openLog opens a log to be appended to.
func openLog(path string, stderr io.Writer) (*logFile, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &logFile{file: file, name: path, stderr: stderr}, nil
}

// Write appends a whole event, or drops it; it never fails.
func (l *logFile) Write(event []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	text := event
	if l.torn {
		text = append([]byte("\n"), event...)
	}
	n, err := l.file.Write(text)
	l.torn = err != nil && (l.torn || n > 0)
	if err != nil {
		l.tell(err)
	}
	return len(event), nil
}

// tell says that the log lacks something.
func (l *logFile) tell(err error) {
	if l.told {
		return
	}
	l.told = true
	clearLine(l.stderr)
	say(l.stderr, "warning: the log has gaps from here on: %v; everything else continues", wholefile.Named(l.name, err))
}

// close closes the file.
func (l *logFile) close() {
	if err := l.file.Close(); err != nil {
		l.tell(err)
	}
}

// harmlessLog is where a log goes: what a terminal might obey is escaped,
// apart from the colours, if they are wanted. Those are zerolog's own: it
// escapes others' in all that it writes.
type harmlessLog struct {
	io.Writer
	colours bool
}

// Write writes whole events.
func (l harmlessLog) Write(event []byte) (int, error) {
	const escape = "\x1b"
	pieces := [][]byte{event}
	if l.colours {
		pieces = bytes.Split(event, []byte(escape))
	}
	for i, piece := range pieces {
		pieces[i] = reports.HarmlessJSON(piece)
	}
	if _, err := l.Writer.Write(bytes.Join(pieces, []byte(escape))); err != nil {
		return 0, err
	}
	return len(event), nil
}

// standardLog is where Go's standard logger leads, to which libraries write on
// their own: the program's log, at debug level. What they quote may be part of
// an answer, with keys in it (net/http does so where an answer is longer than it
// says: go.dev/src/net/http/transport.go, "Unsolicited response", Go 1.25), and
// is left out.
type standardLog struct{ logger zerolog.Logger }

// Write takes one message.
func (s standardLog) Write(message []byte) (int, error) {
	s.logger.Debug().Str("said", withoutQuoted(strings.TrimSpace(string(message)))).Msg("message from a library")
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
