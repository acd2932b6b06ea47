package listing

import (
	"context"
	"errors"
	"iter"

	"synapse-migrate/planner"
)

// ErrEmpty means that a source holds nothing: most often a mistyped prefix.
var ErrEmpty = errors.New("there is no object")

// NotEmpty lists as its Lister does, but takes an empty source for an error.
type NotEmpty struct {
	planner.Lister
	// Prefix is the source's; other listings may be empty.
	Prefix string
}

// List ends with ErrEmpty when a listing from the beginning finds
// nothing.
func (l NotEmpty) List(ctx context.Context, bucket, prefix, after string) iter.Seq2[[]planner.Object, error] {
	return func(yield func([]planner.Object, error) bool) {
		empty := after == "" && prefix == l.Prefix
		for page, err := range l.Lister.List(ctx, bucket, prefix, after) {
			empty = empty && err == nil && len(page) == 0
			if !yield(page, err) {
				return
			}
		}
		if empty {
			yield(nil, ErrEmpty)
		}
	}
}
