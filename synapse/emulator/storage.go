package emulator

import (
	"context"
	"errors"
	"time"
)

// Errors that a Storage returns, for errors.Is. Any other error counts as
// an AWS failure.
var (
	ErrNoBucket     = errors.New("no such bucket")
	ErrNoObject     = errors.New("no such object")
	ErrPrecondition = errors.New("precondition failed")
)

// ObjectInfo is what S3 says of an object.
type ObjectInfo struct {
	SizeBytes int64
	// ETag is without quotes.
	ETag        string
	ContentType string
}

// Storage is the S3 beside Synapse, reached with Synapse's own credentials.
// Presigned URLs are made for the address that clients can reach. It must be
// safe for concurrent use.
type Storage interface {
	// Region is the bucket's region (HeadBucket); ErrNoBucket.
	Region(ctx context.Context, bucket string) (string, error)
	// Head looks at an object; ErrNoBucket, ErrNoObject.
	Head(ctx context.Context, bucket, key string) (ObjectInfo, error)
	// Read returns the first limit bytes of an object.
	Read(ctx context.Context, bucket, key string, limit int64) ([]byte, error)
	// Write makes an object, over one that is there.
	Write(ctx context.Context, bucket, key, contentType string, content []byte) error
	// Delete removes an object; a missing one is no error.
	Delete(ctx context.Context, bucket, key string) error

	// PresignGet makes a URL that downloads an object, answering with the
	// given content type and disposition where they are not empty.
	PresignGet(ctx context.Context, bucket, key, contentType, disposition string, life time.Duration) (string, error)
	// PresignPut makes a URL that uploads an object. The headers are those
	// that must be sent.
	PresignPut(
		ctx context.Context, bucket, key, contentType string, life time.Duration,
	) (url string, headers map[string]string, err error)
	// PresignPartCopy makes a URL for UploadPartCopy of the bytes first to
	// last of a source whose ETag is etag.
	PresignPartCopy(ctx context.Context, c PartCopy, life time.Duration) (url string, headers map[string]string, err error)

	// CreateUpload begins an S3 multipart upload and returns its ID.
	CreateUpload(ctx context.Context, bucket, key, contentType string) (string, error)
	// CopyPart copies a whole object into a part on condition that its
	// ETag is etag; ErrPrecondition. It returns the part's ETag.
	CopyPart(ctx context.Context, c PartCopy) (string, error)
	// CompleteUpload finishes an S3 multipart upload; etags are those of
	// the parts, from part 1.
	CompleteUpload(ctx context.Context, bucket, key, uploadID string, etags []string) error
	// AbortUpload gives a multipart upload up.
	AbortUpload(ctx context.Context, bucket, key, uploadID string) error
}

// PartCopy describes one UploadPartCopy. Last < 0 copies the whole source.
type PartCopy struct {
	SourceBucket, SourceKey, SourceETag string
	First, Last                         int64
	Bucket, Key, UploadID               string
	PartNumber                          int32
	ContentType                         string
}

// Credentials are temporary AWS credentials.
type Credentials struct {
	AccessKeyID, SecretAccessKey, SessionToken string
	Expiration                                 time.Time
}

// Vendor is AWS STS, asked with Synapse's own credentials.
type Vendor interface {
	// AssumeRole returns credentials of Synapse's role, narrowed by an
	// inline session policy (a JSON document).
	AssumeRole(ctx context.Context, sessionName, policy string, life time.Duration) (Credentials, error)
}
