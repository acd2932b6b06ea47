package checkpoint

import (
	"database/sql"
	"encoding/json"
	"fmt"
)

// document is a column that holds JSON, or null for what is not there.
type document struct{ sql.Null[[]byte] }

// decode reads the document into a variable, which keeps what it has where
// there is none. ErrFormat for what encode did not write.
func (d *document) decode(into any) error {
	if !d.Valid {
		return nil
	}
	if err := json.Unmarshal(d.V, into); err != nil {
		return fmt.Errorf("%w: damaged (%s): %w", ErrFormat, damagedHint, err)
	}
	return nil
}

// encode is a value as a document; null where it is not there.
func encode(value any, there bool) (any, error) {
	if !there {
		return nil, nil
	}
	text, err := json.Marshal(value)
	return string(text), err
}
