package planner

import "strings"

// OwnerKey is where the proof of the bucket's ownership lies.
func OwnerKey(d Destination) string { return UnderBase(d.BaseKey, "owner.txt") }

// VersionsFolder holds the objects of older versions, below the base key.
const VersionsFolder = ".versions"

// Below returns what follows the base key and a slash. An empty base key has
// everything below it.
func Below(key, baseKey string) (string, bool) {
	if baseKey == "" {
		return key, true
	}
	return strings.CutPrefix(key, baseKey+"/")
}

// UnderBase puts a relative path below the base key.
func UnderBase(baseKey, relative string) string {
	if baseKey == "" {
		return relative
	}
	return baseKey + "/" + relative
}
