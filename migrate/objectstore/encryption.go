package objectstore

import (
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Encryption is how S3 shall encrypt what is written. The zero value leaves
// it to the bucket's default.
//
// The ETag of an object that is encrypted with a key of KMS is no MD5
// (source: S3 API reference, "Object", ETag, November 2026): such objects
// are compared by their checksums.
type Encryption struct {
	// SSE is AES256, aws:kms, or empty: the header
	// x-amz-server-side-encryption.
	SSE string
	// KMSKeyID is the key's ID or ARN, for aws:kms only; empty is the
	// account's own key for S3.
	KMSKeyID string
}

// headers are those of a request that writes.
func (e Encryption) headers() (types.ServerSideEncryption, *string) {
	return types.ServerSideEncryption(e.SSE), optional(e.KMSKeyID)
}
