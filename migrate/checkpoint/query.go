package checkpoint

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"iter"
	"strings"
	"time"
)

// micros is a time as it is stored: microseconds since 1970, UTC; null for
// the zero time.
func micros(t time.Time) sql.NullInt64 {
	if t.IsZero() {
		return sql.NullInt64{}
	}
	return sql.NullInt64{Int64: t.UnixMicro(), Valid: true}
}

// fromMicros reverses micros.
func fromMicros(n sql.NullInt64) time.Time {
	if !n.Valid {
		return time.Time{}
	}
	return time.UnixMicro(n.Int64).UTC()
}

// seek is a query with its arguments.
type seek struct {
	query string
	args  []any
}

// stream runs a query and yields what read makes of each row. The sequence
// ends after the first error, which names what was read.
func stream[T any](
	ctx context.Context, db *sql.DB, what string, q seek,
	read func(*sql.Rows) (T, error),
) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		rows, err := db.QueryContext(ctx, q.query, q.args...)
		if err != nil {
			yield(zero, fmt.Errorf("reading %s: %w", what, classify(err)))
			return
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			value, err := read(rows)
			if err != nil {
				yield(zero, fmt.Errorf("reading %s: %w", what, classify(err)))
				return
			}
			if !yield(value, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(zero, fmt.Errorf("reading %s: %w", what, classify(err)))
		}
	}
}

// limited returns the query for n rows at most; 0 is no limit.
func (q seek) limited(n int) seek {
	if n > 0 {
		q.query += " LIMIT ?"
		q.args = append(q.args, n)
	}
	return q
}

// marks is a list of n placeholders, n at least 1.
func marks(n int) string {
	return "(?" + strings.Repeat(", ?", n-1) + ")"
}

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
