package register

import (
	"fmt"
	"strings"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// NeutralType is a content type that Synapse's preview worker has no
// generator for (PreviewManagerImpl, October 2024 snapshot).
const NeutralType = "application/octet-stream"

// objectOf is where an entry's object lies: where it was brought, or where it
// has been all along.
func objectOf(e checkpoint.Entry) (bucket, key string) {
	if e.Object.Bucket != "" {
		return e.Object.Bucket, e.Object.Key
	}
	return e.Source.Bucket, e.Source.Key
}

// contentType is the entry's content type as far as it is known. That of a
// file handle in the source travels; an object's own may be another.
func contentType(e checkpoint.Entry) string {
	if e.Object.ContentType != "" && (e.Origin == nil || e.ContentType == "") {
		return e.Object.ContentType
	}
	return e.ContentType
}

// entryMD5 is the entry's MD5 as far as it is known.
func entryMD5(e checkpoint.Entry) string {
	if e.Object.MD5 != "" {
		return e.Object.MD5
	}
	return transfer.PlannedMD5(e.Item)
}

// registration is the file handle to register for an entry. ContentSize
// stays nil: the server believes a given size, but looks an absent one up.
func registration(e checkpoint.Entry, location int64, noPreviews bool) synapse.FileHandle {
	bucket, key := objectOf(e)
	h := synapse.FileHandle{
		ConcreteType:      synapse.TypeS3FileHandle,
		StorageLocationID: &location,
		BucketName:        bucket,
		Key:               key,
		ContentMD5:        entryMD5(e),
		FileName:          e.Name,
		ContentType:       contentType(e),
	}
	if e.Origin != nil && e.Origin.FileName != "" {
		h.FileName = e.Origin.FileName
	}
	if noPreviews {
		h.ContentType = NeutralType
	}
	return h
}

// checkRegistered compares the size that Synapse saw with the plan's.
func checkRegistered(h synapse.FileHandle, sizeBytes int64) error {
	switch {
	case h.ID == "":
		return fmt.Errorf("answer without a file handle ID")
	case h.ContentSize == nil:
		return fmt.Errorf("file handle %s without a size", h.ID)
	case *h.ContentSize != sizeBytes:
		return fmt.Errorf("%w: Synapse sees %d bytes, planned were %d",
			transfer.ErrChanged, *h.ContentSize, sizeBytes)
	}
	return nil
}

// fileEntity is the entity to create for an entry whose handle is known.
func fileEntity(e checkpoint.Entry, parentID string) synapse.Entity {
	file := synapse.Entity{
		ConcreteType:     synapse.TypeFile,
		Name:             e.Name,
		ParentID:         parentID,
		DataFileHandleID: e.FileHandleID,
	}
	if o := e.Origin; o != nil {
		file.Description = o.Description
		file.VersionLabel, file.VersionComment = o.VersionLabel, o.VersionComment
	}
	return file
}

// wantedAnnotations are what an item's entity is to have: the source's, and
// those of the plan.
func wantedAnnotations(i planner.Item) map[string]synapse.AnnotationValue {
	var from map[string]synapse.AnnotationValue
	if i.Origin != nil {
		from = i.Origin.Annotations
	}
	return annotated(from, i.Annotations)
}

// annotated adds an item's annotations, all of type STRING, to a map.
func annotated(
	to map[string]synapse.AnnotationValue, add map[string]string,
) map[string]synapse.AnnotationValue {
	all := make(map[string]synapse.AnnotationValue, len(to)+len(add))
	for k, v := range to {
		all[k] = v
	}
	for k, v := range add {
		all[k] = synapse.AnnotationValue{
			Type: synapse.AnnotationString, Value: []string{v},
		}
	}
	return all
}

// sameContent reports whether a file handle holds the entry's content in the
// storage location, and, unless Synapse chose the key, at the same place.
func sameContent(h synapse.FileHandle, e checkpoint.Entry, location int64) bool {
	switch {
	case h.StorageLocationID == nil || *h.StorageLocationID != location:
		return false
	case h.ContentSize == nil || *h.ContentSize != e.Source.SizeBytes:
		return false
	case entryMD5(e) == "" || !strings.EqualFold(h.ContentMD5, entryMD5(e)):
		return false
	case e.Object.Bucket == "" && synapseChoosesKey(e.Item):
		return true
	}
	bucket, key := objectOf(e)
	return h.BucketName == bucket && h.Key == key
}

// synapseChoosesKey reports whether an object gets a key that the plan can't
// know.
func synapseChoosesKey(i planner.Item) bool {
	return i.Action.Traits().Key == planner.KeySynapse
}
