package planner

import (
	"encoding/hex"
	"strings"
)

// emptyMD5 is the MD5 of no bytes.
const emptyMD5 = "d41d8cd98f00b204e9800998ecf8427e"

// knownMD5 is an object's MD5 where something proves it without a read, and
// what that is; MD5None where nothing does. The order is that of trust: what
// S3 computed over the whole object, then an ETag that is proven to be an
// MD5, then the word of a user.
func knownMD5(d Detail, metadataKey string) (string, MD5Source) {
	if d.SizeBytes == 0 {
		return emptyMD5, MD5Empty
	}
	if sum, ok := md5Hex(d.ChecksumMD5); ok {
		return sum, MD5Checksum
	}
	if sum, ok := md5Hex(d.ETag); ok && provenETag(d) {
		return sum, MD5ETag
	}
	if metadataKey != "" {
		if sum, ok := md5Hex(d.UserMetadata[strings.ToLower(metadataKey)]); ok {
			return sum, MD5Metadata
		}
	}
	return "", MD5None
}

// provenETag reports whether the ETag is the MD5 of the bytes: not a
// multipart upload, and under SSE-S3 or no encryption
// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html, read
// November 2026). The ETag's shape proves nothing.
func provenETag(d Detail) bool {
	return d.PartsCount == 0 && (d.Encryption == "" || d.Encryption == "AES256")
}

// md5Hex returns 32 hex digits in lower case, if s is that.
func md5Hex(s string) (string, bool) {
	if len(s) != 32 {
		return "", false
	}
	if _, err := hex.DecodeString(s); err != nil {
		return "", false
	}
	return strings.ToLower(s), true
}
