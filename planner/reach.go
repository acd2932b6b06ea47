package planner

// BucketOwner is whose bucket it is, as far as Synapse tells.
type BucketOwner string

// The owners.
const (
	// OwnerSynapse: Synapse's own storage.
	OwnerSynapse BucketOwner = "synapse"
	// OwnerCaller: a storage location that the caller created.
	OwnerCaller BucketOwner = "caller"
	// OwnerOther: a storage location that somebody else created.
	OwnerOther BucketOwner = "other"
	// OwnerOutside: not in a storage location that Synapse reads (Google
	// Cloud, proxies, object stores, external URLs).
	OwnerOutside BucketOwner = "outside"
)

// Reach is how the objects of a bucket can be reached, found out once with
// one of them.
type Reach struct {
	// Region and Endpoint are S3's; empty where unknown, and for AWS.
	Region   string `json:"region,omitempty"`
	Endpoint string `json:"endpoint,omitempty"`
	// Credentials names what reads the bucket; never a secret. Empty where
	// no AWS credentials are configured for it.
	Credentials string `json:"credentials,omitempty"`
	// EntityID is the entity whose temporary credentials, Synapse's, read the
	// bucket; empty where others do.
	EntityID string `json:"entityId,omitempty"`
	// Readable is true when these credentials could read the object.
	Readable bool `json:"readable"`
	// Copyable is true when the credentials that write the destination
	// could read it, so that S3 copies server-side.
	Copyable bool `json:"copyable"`
	// Refusal is what S3 answered where it could not be read.
	Refusal string `json:"refusal,omitempty"`
}

// BucketDecision is what the plan decided for one source bucket and storage
// location: a row of the report.
type BucketDecision struct {
	// Service is s3, google, proxy, object-store or url.
	Service string `json:"service"`
	Bucket  string `json:"bucket,omitempty"`
	// StorageLocationID is 0 where handles name none.
	StorageLocationID int64       `json:"storageLocationId,omitempty"`
	Owner             BucketOwner `json:"owner"`
	Reach             Reach       `json:"reach"`
	// SynapseCopies is true when Synapse can copy from here into the
	// destination's storage location; Why says why not, or why a cheaper
	// way was not possible.
	SynapseCopies bool   `json:"synapseCopies"`
	Why           string `json:"why,omitempty"`
	// Actions are what is done with its files, cheapest first.
	Actions []ActionTotal `json:"actions"`
}
