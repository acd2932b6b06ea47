package project

import (
	"context"

	"synapse-migrate/planner"
)

// SourceBuckets reaches the buckets behind a project. It is safe for
// concurrent use.
type SourceBuckets interface {
	// Reach finds out how a bucket is reached, with an object in it as the
	// sample; its Download names an entity that holds it, and its ETag is
	// empty. A refusal is an answer, not an error.
	Reach(ctx context.Context, sample planner.Object) (planner.Reach, error)
	// Head looks at an object with the credentials that read its bucket, as
	// an Examiner does.
	Head(ctx context.Context, bucket, key string) (planner.Detail, error)
}
