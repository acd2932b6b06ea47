package listing

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"

	"synapse-migrate/planner"
)

// keys is a bucket with these objects.
type keys []string

func (k keys) List(_ context.Context, _, prefix, after string) iter.Seq2[[]planner.Object, error] {
	return func(yield func([]planner.Object, error) bool) {
		for _, key := range k {
			if strings.HasPrefix(key, prefix) && key > after && !yield([]planner.Object{{Key: key}}, nil) {
				return
			}
		}
	}
}

// An empty source is a mistake; that it has no other object of some name is
// an answer.
func TestEmptySourceIsAMistake(t *testing.T) {
	tests := []struct {
		name, prefix, after string
		bucket              keys
		want                error
	}{
		{"nothing", "in/", "", keys{"other"}, ErrEmpty},
		{"something", "in/", "", keys{"in/a"}, nil},
		{"nothing more", "in/", "in/a", keys{"in/a"}, nil},
		{"a look-up", "in/b", "", keys{"in/a"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got error
			for _, err := range (NotEmpty{tt.bucket, "in/"}).List(t.Context(), "b", tt.prefix, tt.after) {
				got = errors.Join(got, err)
			}
			if !errors.Is(got, tt.want) || tt.want == nil && got != nil {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
