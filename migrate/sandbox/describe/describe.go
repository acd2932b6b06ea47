// Package describe has the documents that a running sandbox returns: what it
// consists of, and which requests its S3 received. It links no server, so any
// test may import it.
package describe

// Version is the format of Description. It grows when a field changes its
// meaning or goes away; new fields may be added at any time.
const Version = 1

// Description says all that is needed to use a sandbox. Its secrets open
// nothing but the sandbox itself.
type Description struct {
	// Version is the document's format.
	Version int `json:"version"`

	// SynapseEndpoint is the base URL, to which /repo/v1 is appended.
	SynapseEndpoint string `json:"synapseEndpoint"`
	S3Endpoint      string `json:"s3Endpoint"`
	STSEndpoint     string `json:"stsEndpoint"`
	// ETags is md5 where those of single-part objects are MD5s, as those of the
	// sandbox's own S3 are; empty where nothing is known of them.
	ETags string `json:"etags,omitempty"`
	// Sessions says what Synapse's credentials are worth.
	Sessions Sessions `json:"sessions"`
	// Region is the one that S3 requests are signed for.
	Region string `json:"region"`

	// Owner is the user to whom everything belongs. Colleague owns the
	// storage location of ColleagueFolder, and may do anything there.
	// Stranger has no access to anything. All three are certified, and
	// their tokens have all scopes.
	Owner     User `json:"owner"`
	Colleague User `json:"colleague"`
	Stranger  User `json:"stranger"`

	// Root may do everything in S3.
	Root Keys `json:"rootKeys"`
	// OwnerKeys may do everything in the buckets Source, Destination and
	// Elsewhere.
	OwnerKeys Keys `json:"ownerKeys"`
	// ForeignKeys may do everything in the bucket Foreign, and nothing
	// elsewhere.
	ForeignKeys Keys `json:"foreignKeys"`
	// OtherKeys have no rights in any bucket.
	OtherKeys Keys `json:"otherKeys"`
	// ReaderRole may be assumed by the owner's keys, with ExternalID; it
	// may read and list the bucket Foreign.
	ReaderRole Role `json:"readerRole"`
	// WriterRole may be assumed by the owner's keys; it may do everything
	// in the buckets Source, Destination and Elsewhere.
	WriterRole Role `json:"writerRole"`

	// Earthdata gives keys to read and list the bucket Foreign, as NASA's TEA
	// does.
	Earthdata Earthdata `json:"earthdata"`

	// Project is the owner's project, an entity ID.
	Project string `json:"project"`
	// External is an STS folder in the bucket Destination, whose storage
	// location the owner created.
	External Folder `json:"external"`
	// Managed is an STS folder in Synapse's own bucket.
	Managed Folder `json:"managed"`
	// ColleagueFolder is an STS folder in the bucket Destination, whose
	// storage location the colleague created. The owner may do anything in
	// the folder.
	ColleagueFolder Folder `json:"colleagueFolder"`
	// Plain is a folder without a storage location of its own.
	Plain Folder `json:"plain"`

	// Source is a bucket of the owner's, outside Synapse.
	Source string `json:"sourceBucket"`
	// Destination is the owner's bucket that Synapse's role may use.
	Destination string `json:"destinationBucket"`
	// Foreign is another institution's bucket.
	Foreign string `json:"foreignBucket"`
	// Elsewhere is a bucket of the owner's in ElsewhereRegion: requests to
	// it are signed for that one.
	Elsewhere       string `json:"elsewhereBucket"`
	ElsewhereRegion string `json:"elsewhereRegion"`
	// SynapseBucket is Synapse's own bucket.
	SynapseBucket string `json:"synapseBucket"`

	// Sample is the project that --project made, without its files and
	// folders (PathProject has them); nil without it.
	Sample *SampleProject `json:"sample,omitempty"`

	// Loaded says what --load filled in; nil without it.
	Loaded *Load `json:"loaded,omitempty"`
}

// Sessions is what Synapse's credentials can be in this sandbox.
type Sessions string

// The kinds. An S3 of somebody else's may have an STS that ignores session
// policies (SessionsOpen), or none: Synapse then gives long-lived keys for all
// of S3 (SessionsNone).
const (
	SessionsScoped Sessions = "scoped"
	SessionsOpen   Sessions = "not scoped"
	SessionsNone   Sessions = "static keys"
)

// User is a Synapse user.
type User struct {
	// ID is the numeric principal ID.
	ID   int64  `json:"id"`
	Name string `json:"name"`
	// Token is a personal access token.
	Token string `json:"token"`
}

// Keys are long-lived AWS keys.
type Keys struct {
	AccessKeyID     string `json:"accessKeyId"`
	SecretAccessKey string `json:"secretAccessKey"`
}

// Role can be assumed through the sandbox's STS.
type Role struct {
	ARN string `json:"arn"`
	// ExternalID must be given where it isn't empty.
	ExternalID string `json:"externalId,omitempty"`
}

// Earthdata is an endpoint /s3credentials.
type Earthdata struct {
	// Endpoint is its URL, Token the bearer token that it takes.
	Endpoint string `json:"endpoint"`
	Token    string `json:"token"`
}

// Folder is a Synapse folder and where its files are stored.
type Folder struct {
	// ID is the entity ID.
	ID string `json:"id"`
	// StorageLocationID is 0 for a folder without one of its own.
	StorageLocationID int64  `json:"storageLocationId,omitempty"`
	Bucket            string `json:"bucket,omitempty"`
	// BaseKey has no slash at its end.
	BaseKey string `json:"baseKey,omitempty"`
}

// Load is what was put into a bucket from a directory.
type Load struct {
	Bucket string `json:"bucket"`
	// Prefix stands before the relative path of each file.
	Prefix    string `json:"prefix,omitempty"`
	Objects   int    `json:"objects"`
	SizeBytes int64  `json:"sizeBytes"`
	// Refused are the files that could not be stored, by relative path,
	// with the reason. Symbolic links and special files are among them.
	Refused map[string]string `json:"refused,omitempty"`
}

// S3Counts is what the S3 server was asked since it started or since its
// counts were reset.
type S3Counts struct {
	// Principals has one entry for each that sent requests: "root",
	// "owner", "foreign", "synapse" for Synapse itself, "synapse-sts" for
	// the credentials that Synapse hands out, "presigned" for presigned
	// URLs whoever made them, the names of assumed roles, "unknown".
	Principals map[string]S3Count `json:"principals"`
}

// S3Count is what one principal asked.
type S3Count struct {
	// Requests counts answers with status below 400, by kind: "get",
	// "head", "put", "list", "copy", "delete", "create-upload",
	// "upload-part", "copy-part", "complete-upload", "abort-upload",
	// "list-parts", "other".
	Requests map[string]int64 `json:"requests"`
	// Refused counts answers with status 400 and above, by kind.
	Refused map[string]int64 `json:"refused,omitempty"`
	// BytesIn are bytes of objects and parts that were received, BytesOut
	// those that were sent, as announced by Content-Length.
	BytesIn  int64 `json:"bytesIn"`
	BytesOut int64 `json:"bytesOut"`
}

// Sum adds the counts of the named principals; none means all.
func (c S3Counts) Sum(principals ...string) S3Count {
	if len(principals) == 0 {
		for name := range c.Principals {
			principals = append(principals, name)
		}
	}
	sum := S3Count{Requests: map[string]int64{}, Refused: map[string]int64{}}
	for _, name := range principals {
		p := c.Principals[name]
		add(sum.Requests, p.Requests)
		add(sum.Refused, p.Refused)
		sum.BytesIn += p.BytesIn
		sum.BytesOut += p.BytesOut
	}
	return sum
}

func add(to, from map[string]int64) {
	for kind, n := range from {
		to[kind] += n
	}
}
