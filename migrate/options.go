package migrate

import (
	"crypto/x509"
	"net/http"
	"time"

	"github.com/rs/zerolog"

	"synapse-migrate/planner"
)

// Defaults of Options.
const (
	// DefaultWorkers suits small objects, whose cost is latency.
	DefaultWorkers = 16
	// DefaultRegisterWorkers are far more than the 3 requests that Synapse
	// takes at once: those that wait for a commit of the run file must not
	// leave the Synapse budget idle.
	DefaultRegisterWorkers = 16
	// DefaultPartConcurrency is for the parts of one upload.
	DefaultPartConcurrency = 4
	// DefaultUploadPartSizeBytes, 128 MiB, is what parts of an upload have,
	// unless the object needs larger ones to stay within 10,000. Each part
	// takes a Synapse call, so they are large; none is held in memory.
	DefaultUploadPartSizeBytes int64 = planner.PartBytes
	// DefaultAttempts is how often an item is tried in one run. The
	// transports below retry on their own; this is for what outlasts them.
	DefaultAttempts = 4
	// DefaultProgressEvery is the time between two Progress calls.
	DefaultProgressEvery = time.Second
)

// Options shape a run. The zero value is the default.
type Options struct {
	// Workers is the number of items on the S3 side at once; 0 means
	// DefaultWorkers.
	Workers int
	// RegisterWorkers is the number of items on the Synapse side at once; 0
	// means DefaultRegisterWorkers.
	RegisterWorkers int
	// UploadPartSizeBytes is the size of the parts of an upload through
	// Synapse; 0 means DefaultUploadPartSizeBytes. It is raised where the
	// server's limits ask for it.
	UploadPartSizeBytes int64
	// CopyPartSizeBytes is the size of the parts of copies that Synapse makes;
	// 0 means planner.CopyPartSizeBytes, the largest there is, with which the
	// plan's calls are counted. It is raised where the server's limits ask for
	// it, and is for tests: a run that goes on with another size than the one
	// before doesn't find the copies again that were under way.
	CopyPartSizeBytes int64
	// PartConcurrency is the number of parts of one upload under way at
	// once; 0 means DefaultPartConcurrency.
	PartConcurrency int
	// MaxErrors ends the run, as Drain does, once that many items have
	// failed in it; 0 means no limit.
	MaxErrors int
	// Attempts is how often an item is tried when its failures are
	// temporary; 0 means DefaultAttempts.
	Attempts int
	// AllowPlainHTTP lets parts go to presigned URLs without encryption on
	// other machines than this one.
	AllowPlainHTTP bool
	// NoPreviews registers and uploads in such a way that Synapse writes no
	// preview objects into the destination's bucket.
	NoPreviews bool
	// RetryFailed begins with the items that failed in earlier runs.
	RetryFailed bool
	// ProgressEvery is the time between two Progress calls; 0 means
	// DefaultProgressEvery.
	ProgressEvery time.Duration
	// Drain, once closed or sent to, lets effects under way end and hands
	// out no more items. Those in flight go on as long as they need not wait
	// for the call budget or between attempts; others are left in the state
	// they have. Nil never does.
	Drain <-chan struct{}
	// Logger is told of retries and adoptions; the zero value discards.
	Logger zerolog.Logger
}

// withDefaults returns o with every zero replaced by its default.
func (o Options) withDefaults() Options {
	o.Workers = orDefault(o.Workers, DefaultWorkers)
	o.RegisterWorkers = orDefault(o.RegisterWorkers, DefaultRegisterWorkers)
	o.UploadPartSizeBytes = orDefault(o.UploadPartSizeBytes, DefaultUploadPartSizeBytes)
	o.CopyPartSizeBytes = orDefault(o.CopyPartSizeBytes, planner.CopyPartSizeBytes)
	o.PartConcurrency = orDefault(o.PartConcurrency, DefaultPartConcurrency)
	o.Attempts = orDefault(o.Attempts, DefaultAttempts)
	o.ProgressEvery = orDefault(o.ProgressEvery, DefaultProgressEvery)
	return o
}

// orDefault returns v, or otherwise where v is not positive.
func orDefault[T int | int64 | time.Duration](v, otherwise T) T {
	if v <= 0 {
		return otherwise
	}
	return v
}

// Deps are what a run works on. Observer and PartClient may be nil; Mover is
// needed by plans that copy, stream or hash or have mirrors, Source by those
// that register or upload, Own by those that have mirrors.
type Deps struct {
	// Plan is the sealed plan that the run file holds.
	Plan       planner.Plan
	Checkpoint Checkpoint
	Mover      Mover
	Source     Source
	// Own are the objects that Synapse copied to keys of its own, where the
	// plan brings them to mirrored ones (planner.Origin.Mirror). Mover is
	// then asked to copy from the destination's bucket into itself.
	Own      OwnObjects
	Synapse  Synapse
	Observer Observer
	// Calls counts the requests that were sent since the run began, retries
	// included. Nil counts the effects in Synapse alone.
	Calls func() (synapse, s3 int64)
	// PartClient sends parts to presigned URLs. It must not carry Synapse's
	// token. Nil means a client of the run's own.
	PartClient *http.Client
	// PartRoots are whom a nil PartClient trusts; nil is the system's.
	PartRoots *x509.CertPool
}
