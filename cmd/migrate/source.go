package main

import (
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
