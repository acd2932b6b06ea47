package planner

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"
)

// OriginKey is the user metadata, without the x-amz-meta- prefix, that tells
// where an object was written from, as WithOrigin makes it.
const OriginKey = "migrate-origin"

// metadataBytes is the most that the names and values of an object's user
// metadata may have together, in bytes of UTF-8, 2 KB
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html,
// read November 2026).
const metadataBytes = 2048

// hashedOrigin stands before an origin that is too long to stand there as it
// is: its SHA-256 in hex.
const hashedOrigin = "sha256:"

// recordable reports whether an object can be recognised later by what
// WithOrigin records: it lies in S3, and has an ETag. The ETag that a
// directory's file has here is its size and date, which prove nothing.
func recordable(o Object) bool {
	return o.Bucket != "" && !IsURL(o.Bucket) && o.Key != "" && o.ETag != ""
}

// origin is the text of where an object lies and which one it is there, plain
// ASCII: s3://BUCKET/KEY?etag=ETAG&versionId=ID, the latter where it is known.
func origin(o Object) string {
	key := strings.NewReplacer("+", "%20", "%2F", "/").Replace(url.QueryEscape(o.Key))
	text := "s3://" + url.PathEscape(o.Bucket) + "/" + key + "?etag=" + url.QueryEscape(o.ETag)
	if o.VersionID != "" {
		text += "&versionId=" + url.QueryEscape(o.VersionID)
	}
	return text
}

// hashed is the short form of an origin.
func hashed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hashedOrigin + hex.EncodeToString(sum[:])
}

// WithOrigin is the user metadata of an object that is written from another
// one, with a record of that: an object that still has the ETag is proven to
// be the one that was read, though neither has a digest. The record of an
// earlier copy is replaced. Where S3's limit leaves no room, it is shortened
// to a hash, or left out. What is given is not changed.
func WithOrigin(metadata map[string]string, source Object) map[string]string {
	if !recordable(source) {
		return metadata
	}
	with := make(map[string]string, len(metadata)+1)
	size := len(OriginKey)
	for k, v := range metadata {
		if !strings.EqualFold(k, OriginKey) {
			with[k] = v
			size += len(k) + len(v)
		}
	}
	text := origin(source)
	if size+len(text) > metadataBytes {
		text = hashed(text)
	}
	if size+len(text) <= metadataBytes {
		with[OriginKey] = text
	}
	return with
}

// writtenFrom reports whether user metadata says that the object was written
// from that very source. The version IDs are compared where both are known.
func writtenFrom(metadata map[string]string, source Object) bool {
	recorded := metadata[OriginKey]
	if recorded == "" || !recordable(source) {
		return false
	}
	bare := source
	bare.VersionID = ""
	for _, text := range []string{origin(source), origin(bare)} {
		if recorded == text || recorded == hashed(text) {
			return true
		}
	}
	return source.VersionID == "" && strings.HasPrefix(recorded, origin(bare)+"&versionId=")
}
