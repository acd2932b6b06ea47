package planner

import (
	"encoding/hex"
	"strings"
)

// EmptyMD5 is the MD5 of no bytes.
const EmptyMD5 = "d41d8cd98f00b204e9800998ecf8427e"

// KnownMD5 is an object's MD5 where something proves it without a read, and
// what that is; MD5None where nothing does. The order is that of trust: what
// S3 computed over the whole object, then an ETag that is proven to be an
// MD5, then the word of a user.
func KnownMD5(d Detail, metadataKey string) (string, MD5Source) {
	if d.SizeBytes == 0 {
		return EmptyMD5, MD5Empty
	}
	if sum := d.ProvenMD5(); sum != "" {
		if strings.EqualFold(sum, d.ChecksumMD5) {
			return sum, MD5Checksum
		}
		return sum, MD5ETag
	}
	if metadataKey != "" {
		if sum, ok := MD5Hex(d.UserMetadata[strings.ToLower(metadataKey)]); ok {
			return sum, MD5Metadata
		}
	}
	return "", MD5None
}

// ProvenMD5 is the object's MD5, as 32 lower-case hex digits, where S3 itself
// vouches for it: by its own checksum over the whole object, or by an ETag
// that is proven to be one. Empty where nothing does.
func (d Detail) ProvenMD5() string {
	if sum, ok := MD5Hex(d.ChecksumMD5); ok {
		return sum
	}
	if sum, ok := d.likeMD5(); ok && d.ETagsAreMD5 {
		return sum
	}
	return ""
}

// LooksLikeMD5 reports whether nothing but where the object lies keeps its
// ETag from being taken for its MD5.
func (d Detail) LooksLikeMD5() bool {
	_, like := d.likeMD5()
	return like && d.SizeBytes > 0 && d.ProvenMD5() == ""
}

// likeMD5 is an ETag that is the MD5 where a server makes such ETags at all:
// not that of a multipart upload, and under SSE-S3 or no encryption
// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html, read
// November 2026).
func (d Detail) likeMD5() (string, bool) {
	if d.PartsCount != 0 || d.Encryption != "" && d.Encryption != "AES256" {
		return "", false
	}
	return MD5Hex(d.ETag)
}

// MD5Hex returns 32 hex digits in lower case, if s is that.
func MD5Hex(s string) (string, bool) {
	if len(s) != 32 {
		return "", false
	}
	if _, err := hex.DecodeString(s); err != nil {
		return "", false
	}
	return strings.ToLower(s), true
}
