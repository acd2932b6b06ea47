// Package transfer holds the words of moving one object's bytes: what is
// asked for, how far it has come, and what came out. Those who move bytes
// (objectstore), those who remember (checkpoint) and those who direct
// (migrate) speak them.
package transfer

import (
	"context"
	"errors"
	"time"

	"synapse-migrate/planner"
)

// Errors that a caller may test for with errors.Is. The wrapped cause names
// the bucket, the key and the server's own code and message.
var (
	// ErrNotFound: there is no such object or bucket.
	ErrNotFound = planner.ErrNotFound
	// ErrDenied: the credentials may not do this.
	ErrDenied = planner.ErrDenied
	// ErrChanged: the source is no longer the object that was planned.
	ErrChanged = errors.New("source changed since planned")
	// ErrExists: the destination key holds other content.
	ErrExists = errors.New("destination has other content")
	// ErrMismatch: what arrived is not what was sent.
	ErrMismatch = errors.New("copy differs from its source")
	// ErrMD5: the source's bytes are not those that the plan's MD5 stands for.
	ErrMD5 = errors.New("MD5 differs from the plan's")
	// ErrArchived: the source must be restored before it can be read.
	ErrArchived = errors.New("source is archived")
	// ErrNoRanges: the source's server gives whole objects only, and what was
	// asked for doesn't begin at the first byte.
	ErrNoRanges = errors.New("source gives no ranges")
	// ErrURL: the source's URL, or one that it redirects to, is none that is
	// read from.
	ErrURL = errors.New("URL not followed")
	// ErrThrottled: S3 was asked too often.
	ErrThrottled = errors.New("asked too often")
	// ErrInvalid: S3's rules don't allow what was asked for.
	ErrInvalid = errors.New("not a valid request")
	// ErrUnknownBucket: nothing is configured to read the source.
	ErrUnknownBucket = errors.New("no credentials to read it")
	// ErrCredentials: credentials are refused or cannot be renewed; this
	// stops a run.
	ErrCredentials = planner.ErrCredentials
)

// Request asks for one object to be brought to a key in the destination's
// bucket. Its JSON is all of it but for its functions.
type Request struct {
	// Source is pinned to its ETag. Where the plan knows none (Download), the
	// first answer's pins the others.
	Source planner.Object `json:"source"`
	// Bucket and Key are where it goes.
	Bucket string `json:"bucket"`
	Key    string `json:"key"`
	// MD5 is the source's, 32 lower-case hex digits, where its bytes were read
	// before or something proves it; empty otherwise. It serves to compare with
	// what is there.
	MD5 string `json:"md5,omitempty"`
	// RecordOrigin has what is written carry a record of its source in its user
	// metadata, see planner.WithOrigin, unless it gets a digest that proves as
	// much: the source's.
	RecordOrigin bool `json:"recordOrigin,omitempty"`
	// WantMD5 is what the bytes that Stream moves must have, 32 lower-case hex
	// digits: with another one no object is written (ErrMD5). Empty takes any.
	WantMD5 string `json:"wantMd5,omitempty"`
	// Replace allows overwriting other content at Key.
	Replace bool `json:"replace,omitempty"`
	// Resume is what an earlier attempt left behind; the zero Upload starts
	// from the beginning.
	Resume Upload `json:"resume"`
	// Save is called at part boundaries with the state from which a later
	// attempt can go on, never concurrently for one request. An error ends
	// the transfer. Nil saves nothing.
	Save func(context.Context, Upload) error `json:"-"`
	// Progress is told of bytes that arrived at the destination; it may be
	// called concurrently. Nil tells nobody. In an attempt that succeeds the
	// numbers add up to the object's size: parts that an earlier attempt
	// brought are told first, an object that was found is told whole.
	Progress func(bytes int64) `json:"-"`
}

// CheckMD5 is ErrMD5 where the bytes that passed have another MD5 than was
// asked for.
func (r Request) CheckMD5(passed string) error {
	if r.WantMD5 != "" && r.WantMD5 != passed {
		return ErrMD5
	}
	return nil
}

// Upload is a multipart upload under way: enough to go on with it in
// another process.
type Upload struct {
	UploadID      string `json:"uploadId"`
	PartSizeBytes int64  `json:"partSizeBytes"`
	Parts         []Part `json:"parts,omitempty"`
	// SourceETag is what the source had when the upload began, where the
	// request names none: the parts are of that object. Empty otherwise, and
	// where the source's server gives no ETags.
	SourceETag string `json:"sourceEtag,omitempty"`
	// Left is true once nothing goes on with the upload and it could not be
	// aborted: it is remembered for those who clean up.
	Left bool `json:"left,omitempty"`
	// Asked is when an upload was asked for whose answer never came, so that S3
	// may hold one for this key that nobody knows the ID of; zero otherwise. It
	// is remembered for those who clean up.
	Asked time.Time `json:"asked,omitzero"`
	// MD5State is the marshalled state of the MD5 over the first
	// HashedBytes of the object; nil where no MD5 is computed.
	MD5State    []byte `json:"md5State,omitempty"`
	HashedBytes int64  `json:"hashedBytes,omitempty"`
	// MD5 is 32 lower-case hex digits over the whole object, where it was
	// computed by reading the object before its bytes are moved; empty
	// otherwise.
	MD5 string `json:"md5,omitempty"`
}

// Part is one finished part.
type Part struct {
	Number    int32  `json:"number"`
	ETag      string `json:"etag"`
	SizeBytes int64  `json:"sizeBytes"`
	// Checksum is the part's CRC64NVME, base64, when one was sent.
	Checksum string `json:"checksum,omitempty"`
}

// Result is an object that has arrived and was compared with its source.
type Result struct {
	// Object is the destination's: bucket, key, ETag, size.
	Object planner.Object `json:"object"`
	// MD5 is 32 lower-case hex digits over the bytes; empty when they did
	// not pass through here, unless S3 vouched for it in a comparison.
	MD5 string `json:"md5,omitempty"`
	// ContentType is the object's; empty where it is the source's and nobody
	// had to ask.
	ContentType string `json:"contentType,omitempty"`
	// BytesRead and BytesWritten crossed this machine.
	BytesRead    int64 `json:"bytesRead"`
	BytesWritten int64 `json:"bytesWritten"`
	// Found is true when an earlier attempt had already brought it.
	Found bool `json:"found,omitempty"`
}
