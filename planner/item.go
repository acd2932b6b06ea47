package planner

import (
	"time"

	"synapse-migrate/synapse"
)

// MD5Source says where an item's MD5 comes from.
type MD5Source string

// The sources of an MD5.
const (
	// MD5None belongs to items that need none (skip, block).
	MD5None MD5Source = ""
	// MD5Handle is what the source's file handle says.
	MD5Handle MD5Source = "handle"
	// MD5Checksum is S3's own full-object MD5 checksum.
	MD5Checksum MD5Source = "checksum"
	// MD5ETag is an ETag proven to be an MD5, see Detail.ProvenMD5.
	MD5ETag MD5Source = "etag"
	// MD5List is what a list of URLs says: the user's word, which is compared
	// with the bytes when they pass.
	MD5List MD5Source = "list"
	// MD5Metadata is a metadata key that the user named: the user's word.
	MD5Metadata MD5Source = "metadata"
	// MD5Passing is computed while the bytes are moved anyway.
	MD5Passing MD5Source = "passing"
	// MD5Read is computed by reading the object for nothing else.
	MD5Read MD5Source = "read"
	// MD5Empty is the MD5 of an object without bytes.
	MD5Empty MD5Source = "empty"
)

// Object is one object as a source lists it.
type Object struct {
	// Bucket is empty for a file of a directory. For a URL it is the URL
	// without its query, which may be a secret; Key is the path in the list.
	Bucket string
	Key    string
	// ETag is without quotes.
	ETag string
	// VersionID is S3's, where the bucket keeps versions and the object was
	// looked at; empty otherwise.
	VersionID    string
	SizeBytes    int64
	LastModified time.Time
	// StorageClass is S3's name; empty means STANDARD.
	StorageClass string
	// Download is set for an object that is read through download URLs of
	// Synapse, since no AWS credentials reach it. Bucket and Key then only
	// say where it lies, as far as that is known.
	Download *Download
	// Remark is set by listings of sources other than S3 where they have
	// anything to say; a plan doesn't keep it.
	Remark *Remark
}

// Download names a file handle through the entity that holds it, for
// Synapse's download URLs.
type Download struct {
	FileHandleID string `json:"fileHandleId"`
	EntityID     string `json:"entityId"`
}

// Detail is what HeadObject says of an object, beyond the listing.
type Detail struct {
	Object
	ContentType string
	// Encryption is S3's name (AES256, aws:kms, aws:kms:dsse), empty for
	// none. An object under SSE-C cannot be headed without its key.
	Encryption string
	// ETagsAreMD5 is true where it is established that the ETag is the MD5 of
	// the bytes if the object was written in one part and isn't encrypted with
	// a key of KMS: in AWS's general purpose buckets, and elsewhere where the
	// user says so. The ETag's own shape never establishes it. See ProvenMD5.
	ETagsAreMD5 bool
	// PartsCount is the number of parts of a multipart upload; 0 says that
	// the server was asked and the object is not a multipart upload, a negative
	// number that it wasn't.
	PartsCount int
	// PartBytes is the size of the first part of a multipart upload; 0 where
	// it is not known.
	PartBytes int64
	// ChecksumMD5 is S3's own full-object MD5 checksum, in hex; empty when
	// S3 holds none.
	ChecksumMD5 string
	// Checksums are the other full-object checksums that S3 holds, by
	// algorithm name (CRC64NVME, SHA256, ...), base64 as S3 gives them.
	Checksums map[string]string
	// UserMetadata has lower-case keys without the x-amz-meta- prefix.
	UserMetadata map[string]string
	// Restore is the x-amz-restore header: whether an archived object has a
	// temporary copy that can be read.
	Restore string
	// ArchiveStatus is set for archived Intelligent-Tiering objects.
	ArchiveStatus string
}

// Item is one row of the plan: an object and its destination.
type Item struct {
	// ID is the ordinal in the plan, from 1, in the order of the listing.
	ID int64
	// FolderID is the Folder that the entity goes to; 0 is the destination
	// folder itself.
	FolderID int64
	// Name is the entity's name. It differs from the key's last segment
	// where --names replace changed it.
	Name   string
	Source Object
	Action Action
	// Rule says why an item is skipped or blocked; empty otherwise.
	Rule RuleID
	// MD5 is 32 lower-case hex digits, empty while not known.
	MD5       string
	MD5Source MD5Source
	// DestKey is the key in the destination's bucket; empty where Synapse
	// chooses it (upload) and where nothing is done.
	DestKey string
	// ContentType is the object's, when the plan knows it.
	ContentType string
	// Checksum is the strongest that S3 holds of the whole source object, as
	// NAME:BASE64; empty where it holds none, or wasn't asked.
	Checksum string
	// RecordOrigin has the object that is written carry a record of its
	// source, see WithOrigin.
	RecordOrigin bool
	// CompareObject is true where DestKey holds an object of the same size, and
	// nothing proves whether it is equal: the run reads it and its source. One
	// that is equal is used, another one left alone.
	CompareObject bool
	// CompareEntityID is the file entity at the item's path, where nothing
	// proves whether it holds the item's content: the run compares. One that
	// does counts as migrated; another one is left alone.
	CompareEntityID string
	// ReplaceEntityID is the file entity that gets a new version, under
	// --if-exists replace; empty otherwise.
	ReplaceEntityID string
	// ReplaceObject allows overwriting DestKey, under --if-exists replace.
	ReplaceObject bool
	// Kept are versions that point to what is overwritten; nil for none.
	Kept *Kept
	// Annotations go with the entity in the same call (the original key of
	// a renamed item); nil for none.
	Annotations map[string]string
	// Origin is what the item is in the source project; nil for other
	// sources.
	Origin *Origin
	// Follows is the item that must be done before this one can be
	// registered: the version before it of the same file (copy), or the
	// file's current version (move). 0 for none, always less than ID.
	Follows int64
	// Shares is the item that brings the same file handle: this one takes
	// its new file handle instead of one of its own. 0 for none, always
	// less than ID.
	Shares int64
}

// Origin is what a file version is in the source project: everything that
// travels with it.
type Origin struct {
	// EntityID is the source's entity, ParentID the folder it lies in.
	EntityID string `json:"entityId"`
	ParentID string `json:"parentId,omitempty"`
	// Path is the way from the source to the entity, names joined with
	// slashes, of an item that is skipped or blocked; others have a folder.
	Path string `json:"path,omitempty"`
	// EntityType is the concrete type; empty for a file.
	EntityType string `json:"entityType,omitempty"`
	// Version is the source's version number; Current is true for the
	// current version.
	Version int64 `json:"version,omitempty"`
	Current bool  `json:"current,omitempty"`
	// Etag is the entity's when it was planned (current versions only).
	Etag           string `json:"etag,omitempty"`
	VersionLabel   string `json:"versionLabel,omitempty"`
	VersionComment string `json:"versionComment,omitempty"`
	Description    string `json:"description,omitempty"`
	// Annotations keep their types; nil for none.
	Annotations map[string]synapse.AnnotationValue `json:"annotations,omitempty"`
	// ActivityID made the version; empty for none, or where the caller may
	// not see it.
	ActivityID string `json:"activityId,omitempty"`
	// FileHandleID, HandleType, FileName and StorageLocationID are the file
	// handle's; FileName is what a download is called.
	FileHandleID      string `json:"fileHandleId,omitempty"`
	HandleType        string `json:"handleType,omitempty"`
	FileName          string `json:"fileName,omitempty"`
	StorageLocationID int64  `json:"storageLocationId,omitempty"`
	// Mirror is the key that an object which Synapse copied to a key of its
	// own is to be brought to before it is registered (--layout mirrored);
	// empty leaves it where it is.
	Mirror string `json:"mirror,omitempty"`
}

// Folder is a folder of the plan below the destination folder.
type Folder struct {
	// ID is the ordinal from 1; parents have smaller IDs than children.
	ID int64
	// ParentID is 0 for a child of the destination folder.
	ParentID int64
	Name     string
	// Path is the slash-joined way of names from the destination.
	Path string
	// EntityID is set when the folder existed when planned.
	EntityID string
	// Origin is the source's folder; nil for other sources than projects.
	Origin *FolderOrigin
}

// FolderOrigin is what a folder of the plan is in the source project.
type FolderOrigin struct {
	EntityID    string                             `json:"entityId"`
	Description string                             `json:"description,omitempty"`
	Annotations map[string]synapse.AnnotationValue `json:"annotations,omitempty"`
	// Requirements are the access requirements that hold for what lies in
	// the folder (move mode only).
	Requirements []int64 `json:"requirements,omitempty"`
}
