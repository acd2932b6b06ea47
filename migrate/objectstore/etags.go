package objectstore

import (
	"net/url"
	"strings"
)

// ETags says what the ETags of a server's objects are. Empty is what is
// documented: at AWS that of an object of a general purpose bucket is the MD5
// of its bytes, if it was written in one part and isn't encrypted with a key of
// KMS (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html, read
// November 2026); of other servers nothing is known.
type ETags string

const (
	// ETagsMD5 says that another server does as AWS does. The user must know:
	// MinIO makes random ones under --no-compat and for encrypted objects, and
	// they look the same (github.com/minio/minio, issue 20520).
	ETagsMD5 ETags = "md5"
	// ETagsOpaque says that they tell nothing of the content.
	ETagsOpaque ETags = "opaque"
)

// Known reports whether it is one of the values.
func (e ETags) Known() bool { return e == "" || e == ETagsMD5 || e == ETagsOpaque }

// expressClass is the storage class of directory buckets, whose ETags are no
// MD5s (https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html,
// ETag, read November 2026).
const expressClass = "EXPRESS_ONEZONE"

// generalClasses are the storage classes of general purpose buckets
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html,
// read November 2026). S3 leaves the header out for STANDARD. The others that
// S3 knows (OUTPOSTS, SNOW, FSX_OPENZFS, FSX_ONTAP) are kept elsewhere, and
// nothing says what their ETags are.
var generalClasses = map[string]bool{
	"": true, "STANDARD": true, "REDUCED_REDUNDANCY": true, "STANDARD_IA": true,
	"ONEZONE_IA": true, "INTELLIGENT_TIERING": true, "GLACIER_IR": true,
	"GLACIER": true, "DEEP_ARCHIVE": true,
}

// otherBuckets are how names of what is no general purpose bucket end, after two
// hyphens: directory buckets, access points of these, of Object Lambda (which may give other bytes
// than the object's), and of Outposts
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html,
// read November 2026).
var otherBuckets = []string{"x-s3", "xa-s3", "ol-s3", "op-s3"}

// otherServices are words in ARNs and host names that stand for the same.
var otherServices = []string{"s3express", "s3-object-lambda", "s3-outposts"}

// etagsAreMD5 reports whether it is established that the ETag of an object of
// that class is its MD5, but for parts and encryption, which only the object
// tells: planner.Detail.ProvenMD5.
func (o Options) etagsAreMD5(bucket, class string) bool {
	switch {
	case o.ETags == ETagsOpaque || class == expressClass:
		return false
	case !isAWS(o.Endpoint):
		return o.ETags == ETagsMD5
	}
	return generalClasses[class] && isGeneral(bucket, o.Endpoint)
}

// isGeneral reports whether a name is that of a general purpose bucket of AWS.
func isGeneral(bucket, endpoint string) bool {
	for _, end := range otherBuckets {
		if strings.HasSuffix(bucket, "--"+end) {
			return false
		}
	}
	for _, word := range otherServices {
		if strings.Contains(bucket, ":"+word+":") || strings.Contains(endpoint, word) {
			return false
		}
	}
	return true
}

// awsDomains are those of AWS's partitions
// (https://docs.aws.amazon.com/general/latest/gr/s3.html, read November 2026).
var awsDomains = []string{".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu", ".api.aws"}

// isAWS reports whether an endpoint is one of AWS's own; empty is.
func isAWS(endpoint string) bool {
	if endpoint == "" {
		return true
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "https" {
		return false
	}
	for _, domain := range awsDomains {
		if strings.HasSuffix(strings.ToLower(u.Hostname()), domain) {
			return true
		}
	}
	return false
}
