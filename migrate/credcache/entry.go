package credcache

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"synapse-migrate/migrate/wholefile"
	"synapse-migrate/synapse"
)

// format is the version of an entry's form. Other versions are no entries.
const format = 1

// maxEntryBytes bounds what is read of a file; real entries have 2 KiB.
const maxEntryBytes = 64 << 10

// errEntry is a file that is no entry.
var errEntry = errors.New("no entry")

// entry is one file.
type entry struct {
	Format int `json:"format"`
	// Obtained is when the credentials were asked for.
	Obtained    *synapse.Time          `json:"obtained"`
	Credentials synapse.STSCredentials `json:"credentials"`
}

// read reads an entry that nobody else can have written.
func read(path string) (entry, error) {
	file, err := openOwn(path)
	if err != nil {
		return entry{}, err
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, maxEntryBytes+1))
	if err != nil {
		return entry{}, err
	}
	return parse(text)
}

// parse reads an entry's text. Errors hold nothing of it.
func parse(text []byte) (entry, error) {
	var e entry
	if len(text) > maxEntryBytes || json.Unmarshal(text, &e) != nil {
		return entry{}, errEntry
	}
	c := e.Credentials
	if e.Format != format || e.Obtained == nil || c.Expiration == nil ||
		c.AccessKeyID == "" || c.SecretAccessKey == "" || c.SessionToken == "" {
		return entry{}, errEntry
	}
	if !e.Obtained.Before(c.Expiration.Time) {
		return entry{}, errEntry
	}
	return e, nil
}

// write writes an entry, whole or not at all.
func write(path string, e entry) error {
	if e.Credentials.Expiration == nil {
		return fmt.Errorf("%w: it would never expire", errEntry)
	}
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return wholefile.Write(path, wholefile.Options{}, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}
