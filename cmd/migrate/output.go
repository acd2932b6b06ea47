package main

import (
	"io"

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
