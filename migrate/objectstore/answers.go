package objectstore

import "synapse-migrate/migrate/document"

// wanted are the answers to all operations that this package makes, as far as
// they have to be (source: S3 API reference, response syntax of each,
// November 2026). Servers leave out namespaces and optional fields; where one
// is known to name an element otherwise, that name stands second.
var wanted = map[string]document.Want{
	"ListObjectsV2":        {Roots: []string{"ListBucketResult"}},
	"ListParts":            {Roots: []string{"ListPartsResult"}},
	"ListMultipartUploads": {Roots: []string{"ListMultipartUploadsResult"}},
	"CopyObject":           {Roots: []string{"CopyObjectResult"}},
	"UploadPartCopy":       {Roots: []string{"CopyPartResult", "CopyObjectResult"}},
	// The second is that of gofakes3, which rclone serves S3 with.
	"CreateMultipartUpload":   {Roots: []string{"InitiateMultipartUploadResult", "InitiateMultipartUpload"}},
	"CompleteMultipartUpload": {Roots: []string{"CompleteMultipartUploadResult"}},
	"GetObjectTagging":        {Roots: []string{"Tagging"}},
	"GetBucketCors":           {Roots: []string{"CORSConfiguration"}},
	"GetBucketPolicy":         {JSON: true},

	"GetBucketOwnershipControls": {Roots: []string{"OwnershipControls"}},

	"HeadObject": {ETag: true, Data: true},
	"GetObject":  {ETag: true, Data: true},
	"PutObject":  {ETag: true},
	"UploadPart": {ETag: true},

	"HeadBucket":           {},
	"DeleteObject":         {},
	"AbortMultipartUpload": {},
	"PutBucketPolicy":      {},
	"PutBucketCors":        {},
}
