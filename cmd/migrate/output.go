package main

import (
	"io"
	"os"
	"sync"

	"synapse-migrate/migrate/wholefile"
)

// output is standard output. It remembers the first error, so that no command
// ends well whose results nobody can read, on a full disk say.
type output struct {
	io.Writer
	failed error
}

// Write names what was written to.
func (o *output) Write(p []byte) (int, error) {
	n, err := o.Writer.Write(p)
	if err != nil {
		err = wholefile.Named("standard output", err)
		if o.failed == nil {
			o.failed = err
		}
	}
	return n, err
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
	say(l.stderr, "warning: the log has gaps from here on: %v; everything else goes on", wholefile.Named(l.name, err))
}

// close closes the file.
func (l *logFile) close() {
	if err := l.file.Close(); err != nil {
		l.tell(err)
	}
}
