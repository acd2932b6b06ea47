package object

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/migrate/wholefile"
	"synapse-migrate/planner"
)

// maxStateBytes bounds a state file: 10,000 parts have about 2 MB.
const maxStateBytes = 16 << 20

// stateFormat is the version of the state file.
const stateFormat = 1

// errState says that a state file can't be read, or is of other objects.
var errState = errors.New("unusable state file")

// state is how far a transfer has come: the document in a state file. It
// holds no secret.
type state struct {
	Format      int     `json:"format"`
	Source      Address `json:"source"`
	SourceETag  string  `json:"sourceEtag"`
	SizeBytes   int64   `json:"sizeBytes"`
	Destination Address `json:"destination"`
	// Upload is the multipart upload under way.
	Upload transfer.Upload `json:"upload"`
}

// stateOf is the state of a transfer that has not begun.
func stateOf(e Event, source planner.Object) state {
	return state{
		Format: stateFormat, Source: e.Source, Destination: e.Dest,
		SourceETag: source.ETag, SizeBytes: source.SizeBytes,
	}
}

// loadState reads a state file; false where there is none. One of other
// objects is refused: it may be another transfer's.
func loadState(path string, e Event) (state, bool, error) {
	var s state
	if path == "" {
		return s, false, nil
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, false, nil
	}
	if err != nil {
		return s, false, fmt.Errorf("%w: %w", errState, err)
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxStateBytes+1))
	switch {
	case err != nil:
		return s, false, fmt.Errorf("%w: %w", errState, err)
	case len(data) > maxStateBytes || json.Unmarshal(data, &s) != nil || s.Format != stateFormat:
		return state{}, false, fmt.Errorf("%w: %q was not written by this version of migrate object", errState, path)
	case s.Source != e.Source || s.Destination != e.Dest:
		return state{}, false, fmt.Errorf("%w: %q is of other objects", errState, path)
	}
	return s, true, nil
}

// save replaces the state file, whole or not at all, with mode 0600.
func (s state) save(path string) error {
	data, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("saving the state: %w", err)
	}
	err = wholefile.Write(path, wholefile.Options{}, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
	if err != nil {
		return fmt.Errorf("saving the state: %w", err)
	}
	return nil
}
