package checkpoint

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"synapse-migrate/planner"
)

// Header is what Create was given.
func (f *File) Header(ctx context.Context) (planner.Header, error) {
	var h planner.Header
	found, err := f.meta(ctx, metaHeader, &h)
	if err == nil && !found {
		err = fmt.Errorf("%w: no header: %s", ErrFormat, damagedHint)
	}
	if err != nil {
		return planner.Header{}, fmt.Errorf("reading the plan's header: %w", err)
	}
	return h, nil
}

// The names in the table meta.
const (
	metaHeader = "header"
	metaCursor = "cursor"
	metaPlan   = "plan"
)

// meta reads a document, and reports whether it was there.
func (f *File) meta(ctx context.Context, name string, into any) (bool, error) {
	var text []byte
	err := f.reads.QueryRowContext(ctx,
		`SELECT value FROM meta WHERE name = ?`, name).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, classify(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return false, fmt.Errorf("%w: damaged (%s): %w", ErrFormat, damagedHint, err)
	}
	return true, nil
}

// putMeta stores a document.
func (s *session) putMeta(name string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	_, err = s.exec(`INSERT INTO meta (name, value) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, text)
	return err
}
