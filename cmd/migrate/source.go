package main

import (
	"context"
	"errors"
	"iter"
	"strings"

	"synapse-migrate/migrate/config"
	"synapse-migrate/planner"
)

// parseSource reads s3://BUCKET[/PREFIX]; for the bucket may stand the ARN of
// an access point.
func parseSource(text string) (planner.Source, error) {
	rest, found := strings.CutPrefix(text, "s3://")
	if !found || rest == "" || rest[0] == '/' {
		return planner.Source{}, usagef("source %q: want s3://BUCKET or s3://BUCKET/PREFIX", text)
	}
	bucket, prefix, err := config.SplitBucket(rest)
	if err != nil {
		return planner.Source{}, usagef("source %q: %w", text, err)
	}
	return planner.Source{Bucket: bucket, Prefix: prefix}, nil
}

// errNoObjects means that a source holds nothing: most often a mistyped
// prefix.
var errNoObjects = errors.New("there is no object")

// notEmpty lists as its Lister does, but takes an empty source for an error.
type notEmpty struct {
	planner.Lister
	// prefix is the source's; other listings may be empty.
	prefix string
}

// List ends with errNoObjects when a listing from the beginning finds
// nothing.
func (l notEmpty) List(ctx context.Context, bucket, prefix, after string) iter.Seq2[[]planner.Object, error] {
	return func(yield func([]planner.Object, error) bool) {
		empty := after == "" && prefix == l.prefix
		for page, err := range l.Lister.List(ctx, bucket, prefix, after) {
			empty = empty && err == nil && len(page) == 0
			if !yield(page, err) {
				return
			}
		}
		if empty {
			yield(nil, errNoObjects)
		}
	}
}
