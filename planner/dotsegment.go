package planner

import (
	"net/url"
	"strings"
)

// DotSegment reports whether a segment of a key is . or .., also as others may
// read it: AWS takes keys as they are, but servers that keep objects as files,
// proxies, and the clients that download with presigned URLs resolve such
// segments, and then another object is meant, above the base key if need be.
// They trim blanks, take a backslash for a slash (both as MinIO does,
// cmd/object-api-utils.go, read November 2026) and decode %2e once more.
func DotSegment(key string) bool {
	for segment := range strings.FieldsFuncSeq(key, isSlash) {
		if decoded, err := url.PathUnescape(segment); err == nil {
			segment = decoded
		}
		for part := range strings.FieldsFuncSeq(segment, isSlash) {
			if part = strings.TrimSpace(part); part == "." || part == ".." {
				return true
			}
		}
	}
	return false
}

// isSlash reports whether a character divides a key somewhere.
func isSlash(r rune) bool { return r == '/' || r == '\\' }
