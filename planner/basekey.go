package planner

import "strings"

// OwnerFile is the object below a base key that proves to Synapse who owns
// the bucket (BucketOwnerVerifierImpl, October 2024
// snapshot of the server's source).
const OwnerFile = "owner.txt"

// VersionsFolder holds the objects of older versions, below the base key.
const VersionsFolder = ".versions"

// OwnerKey is where the proof of the bucket's ownership lies.
func OwnerKey(d Destination) string { return UnderBase(d.BaseKey, OwnerFile) }

// Below returns what follows the base key and a slash, and whether a key lies
// there at all: what the credentials of a folder reach. The slash counts: of
// the base key run7, run70/a is not below. An empty base key has everything
// below it. This is the one place that decides it.
func Below(key, baseKey string) (relative string, ok bool) {
	if baseKey == "" {
		return key, true
	}
	return strings.CutPrefix(key, baseKey+"/")
}

// UnderBase puts a relative path below the base key: the key of an object, or
// with an empty path the prefix of all of them.
func UnderBase(baseKey, relative string) string {
	if baseKey == "" {
		return relative
	}
	return baseKey + "/" + relative
}
