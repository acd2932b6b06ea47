package verify

import (
	"strings"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// neutralType is the content type that nothing is known by, and that Synapse
// makes no preview for (PreviewManagerImpl, October 2024 snapshot).
const neutralType = "application/octet-stream"

// compareHandle compares a file handle with the plan.
func (x expected) compareHandle(row *Row, h synapse.FileHandle) {
	row.MD5, row.Bucket, row.Key = h.ContentMD5, h.BucketName, h.Key
	row.FileName, row.ContentType = known(h.FileName), known(h.ContentType)
	row.differ(FieldType, synapse.TypeS3FileHandle, h.ConcreteType)
	if h.StorageLocationID != nil {
		row.StorageLocationID = *h.StorageLocationID
	}
	row.differ(FieldStorageLocation, decimal(x.to.StorageLocationID), decimal(row.StorageLocationID))
	row.differ(FieldBucket, x.to.Bucket, h.BucketName)
	switch {
	case x.key != "":
		row.differ(FieldKey, x.key, h.Key)
	case !underBase(x.to, h.Key):
		row.differ(FieldKey, "below "+planner.UnderBase(x.to.BaseKey, ""), h.Key)
	}
	size := ""
	if h.ContentSize != nil {
		row.SizeBytes, size = *h.ContentSize, decimal(*h.ContentSize)
	}
	row.differ(FieldSize, decimal(x.Source.SizeBytes), size)
	if x.MD5 != "" {
		row.differ(FieldMD5, strings.ToLower(x.MD5), strings.ToLower(h.ContentMD5))
	} else if h.ContentMD5 == "" {
		row.differ(FieldMD5, "an MD5", "")
	}
	if name, planned := x.fileName(); planned {
		row.differ(FieldFileName, name, row.FileName)
	}
	if kind, planned := x.contentType(); planned {
		row.differ(FieldContentType, kind, row.ContentType)
	}
}

// known is a file handle's file name or content type; empty where the
// handle's creator left it out.
func known(text string) string {
	if text == synapse.NotSet {
		return ""
	}
	return text
}

// synapseMakes reports whether Synapse's multipart upload or copy makes the
// item's file handle.
func synapseMakes(i planner.Item) bool {
	return i.Action.Traits().Key == planner.KeySynapse && (i.Origin == nil || i.Origin.Mirror == "")
}

// fileName is what a download is to be called: what it was in the source. The
// entity's name stands in where the source has none, or one that only
// registering takes.
func (x expected) fileName() (name string, planned bool) {
	i := x.brings
	if i.Origin != nil {
		name = known(i.Origin.FileName)
	}
	switch {
	case x.there:
		return name, planner.ValidName(name) == nil
	case i.Action == planner.ActionReuse:
		return name, true
	case i.Origin == nil || i.Origin.FileName == "",
		synapseMakes(i) && planner.ValidName(i.Origin.FileName) != nil:
		return i.Name, true
	}
	return name, true
}

// contentType is the file handle's. The plan doesn't know it where it is to
// be that of the object.
func (x expected) contentType() (kind string, planned bool) {
	i := x.brings
	kind = known(i.ContentType)
	switch {
	case x.there:
		return "", false
	case i.Action == planner.ActionUpload && kind == "":
		return neutralType, true
	case synapseMakes(i), i.Action == planner.ActionReuse && x.moves:
		return kind, true
	case x.noPreviews:
		return neutralType, true
	case i.Action == planner.ActionReuse:
		return kind, true
	}
	return kind, kind != ""
}
