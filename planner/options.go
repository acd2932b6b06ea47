package planner

import (
	"time"

	"synapse-migrate/synapse"
)

// DefaultWorkers is the number of objects examined at once, unless another
// is asked for.
const DefaultWorkers = 32

// NamesPolicy says what happens with key segments that aren't valid entity
// names (--names).
type NamesPolicy string

// The policies for names; empty means NamesFail.
const (
	// NamesFail blocks the object.
	NamesFail NamesPolicy = "fail"
	// NamesReplace gives it the name that ReplaceName makes.
	NamesReplace NamesPolicy = "replace"
)

// ExistsPolicy says what happens with what is already there under the same
// name or key with other content (--if-exists).
type ExistsPolicy string

// The policies for what exists; empty means ExistsFail.
const (
	// ExistsFail blocks the object.
	ExistsFail ExistsPolicy = "fail"
	// ExistsSkip skips it.
	ExistsSkip ExistsPolicy = "skip"
	// ExistsReplace gives the file entity a new version, and overwrites the
	// object at the destination key.
	ExistsReplace ExistsPolicy = "replace"
)

// Options shape a plan. The zero value is the default of every flag.
type Options struct {
	// Names is --names; empty is NamesFail.
	Names NamesPolicy
	// IfExists is --if-exists; empty is ExistsFail.
	IfExists ExistsPolicy
	// ShardFolders is --shard-folders: folders with too many children are
	// spread over numbered sub-folders.
	ShardFolders bool
	// Force is --action: register, copy, stream or upload for every object
	// that isn't skipped. Objects that can't be migrated in that way are
	// blocked. Empty chooses the cheapest that works.
	Force Action
	// NoPreviews is --no-previews: files get a content type that Synapse
	// makes no previews for.
	NoPreviews bool
	// MD5MetadataKey names the user metadata that holds an object's MD5 in
	// 32 hex digits, without x-amz-meta-; the user vouches for it. Empty
	// uses none.
	MD5MetadataKey string
	// AcceptAccessChange is --accept-access-change: the user has seen who
	// can reach the destination.
	AcceptAccessChange bool
	// CopyWithSource declares that the source's credentials also write to
	// the destination, so that objects are copied server-side with them.
	CopyWithSource bool
	// RequesterPays tells that requests to the source are charged to the
	// caller.
	RequesterPays bool
	// UploadPartSizeBytes and TransferPartSizeBytes are the part sizes that
	// costs are reckoned with: of uploads through Synapse, and of large
	// streams and copies. Zero is 128 MiB; they grow where that makes over
	// 10,000 parts.
	UploadPartSizeBytes, TransferPartSizeBytes int64
	// Limits are the services' own; fields left zero have their defaults.
	Limits Limits
}

// Limits are numbers that the services set. Tests lower them.
type Limits struct {
	// Children is the largest number of children of one folder, 10,000
	// (NodeConstants, October 2024 snapshot of the server's source).
	Children int64
	// Depth is the deepest an entity may lie, the root counting as 1: 50
	// (NodeConstants, October 2024 snapshot).
	Depth int
	// KeyChars is the longest key of a file handle in characters,
	// synapse.MaxKeyChars.
	KeyChars int
	// KeyBytes is the longest key in S3, 1,024 bytes of UTF-8
	// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html,
	// read November 2026).
	KeyBytes int
	// ObjectBytes is the largest object that can be written to S3: 10,000
	// parts of 5 GiB, 48.8 TiB
	// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html,
	// read November 2026).
	ObjectBytes int64
	// UploadBytes is the largest upload through Synapse,
	// synapse.MaxUploadSizeBytes.
	UploadBytes int64
	// Requests in Window is the rate at which Cost.BudgetTime counts:
	// Synapse allows 600 in 60 s (UserRequestFrequencyThrottler, October
	// 2024 snapshot).
	Requests int64
	Window   time.Duration
}

// withDefaults fills in what is zero.
func (l Limits) withDefaults() Limits {
	fill(&l.Children, 10_000)
	fill(&l.Depth, 50)
	fill(&l.KeyChars, synapse.MaxKeyChars)
	fill(&l.KeyBytes, 1024)
	fill(&l.ObjectBytes, MaxParts*MaxPartBytes)
	fill(&l.UploadBytes, synapse.MaxUploadSizeBytes)
	fill(&l.Requests, 600)
	fill(&l.Window, time.Minute)
	return l
}

// WithDefaults fills in what is zero.
func (o Options) WithDefaults() Options {
	fill(&o.Names, NamesFail)
	fill(&o.IfExists, ExistsFail)
	fill(&o.UploadPartSizeBytes, PartBytes)
	fill(&o.TransferPartSizeBytes, PartBytes)
	o.Limits = o.Limits.withDefaults()
	return o
}

// fill sets *v to def where it is zero.
func fill[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}
