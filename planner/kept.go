package planner

// Kept are the versions of a file in the destination that point to the object
// which an item overwrites. Before that is done, the object is copied to a key
// of its own, and they are re-pointed there.
type Kept struct {
	// EntityID is the file's.
	EntityID string `json:"entityId"`
	// Versions are those that point to the object, the oldest first.
	Versions []KeptVersion `json:"versions"`
	// Key is where the object is copied to, in the destination's bucket.
	Key string `json:"key"`
	// ETag and SizeBytes are the object's when it was planned.
	ETag      string `json:"etag"`
	SizeBytes int64  `json:"sizeBytes"`
}

// KeptVersion is one version of a file.
type KeptVersion struct {
	Number int64 `json:"number"`
	// FileHandleID is the version's when it was planned.
	FileHandleID string `json:"fileHandleId"`
}
