package emulator

import (
	"strings"

	"synapse-migrate/synapse"
)

// checkCopyRequest looks at the fields of a server-side copy alone
// (MultipartUploadCopyRequestHandler.validateRequest, October 2024).
func checkCopyRequest(q synapse.MultipartRequest) error {
	const class = "MultipartUploadCopyRequest"
	if q.StorageLocationID == nil {
		return invalidf(class + ".storageLocationId is required.")
	}
	a := q.SourceFileHandleAssociation
	if a == nil {
		return invalidf(class + ".sourceFileHandleAssociation is required.")
	}
	for _, f := range []struct{ name, value string }{
		{"fileHandleId", a.FileHandleID},
		{"associateObjectId", a.AssociateObjectID},
		{"associateObjectType", a.AssociateObjectType},
	} {
		if f.value == "" {
			return invalidf(class+".sourceFileHandleAssociation.%s is required.", f.name)
		}
	}
	if strings.TrimSpace(q.FileName) == "" {
		return nil
	}
	_, err := validName(q.FileName)
	return err
}

// planCopy decides bucket, key and parts of a server-side copy, and pins the
// source's ETag.
func planCopy(c *call, q synapse.MultipartRequest) (*upload, error) {
	source, err := copySource(c, q)
	if err != nil {
		return nil, err
	}
	if err := checkCopyClouds(c, q, source); err != nil {
		return nil, err
	}
	info, err := look(c, source.BucketName, source.Key)
	if err != nil {
		return nil, awsFailure(err)
	}
	if strings.TrimSpace(q.FileName) == "" {
		q.FileName = source.FileName
	}
	u := &upload{request: q, source: source, etag: info.ETag, size: *source.ContentSize}
	c.mu.Lock()
	err = placeUpload(c, u)
	c.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return u, checkRegion(c, source.BucketName, u.bucket)
}

// checkCopyClouds: Google Cloud's buckets are neither source nor destination
// (GoogleUtils, S3MultipartUploadDAOImpl; October 2024).
func checkCopyClouds(c *call, q synapse.MultipartRequest, source *synapse.FileHandle) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	l, err := c.state.locations.find(*q.StorageLocationID)
	switch {
	case err != nil:
		return err
	case l.ConcreteType == synapse.TypeGoogleStorageLocation:
		return invalidf("Copying from a Google Cloud Bucket is not supported yet.")
	case source.ConcreteType != synapse.TypeS3FileHandle:
		return invalidf("The file handle must point to an S3 location.")
	}
	return nil
}

// copySource is a copy of the source handle, if the caller may copy it to
// where the request says
// (MultipartUploadCopyRequestHandler.initiateRequest, October 2024).
func copySource(c *call, q synapse.MultipartRequest) (*synapse.FileHandle, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l, err := c.state.locations.find(*q.StorageLocationID)
	if err != nil {
		return nil, err
	}
	a := *q.SourceFileHandleAssociation
	if mayDownload(c.state, c.user, a) != nil {
		return nil, forbiddenf("The user is not authorized to access the source file.")
	}
	if l.CreatedBy != c.user.ID {
		return nil, forbiddenf("The user does not own the destination storage location.")
	}
	h, err := c.state.handles.find(a.FileHandleID)
	if err != nil {
		return nil, err
	}
	switch {
	case h.ContentSize == nil:
		return nil, invalidf("The source file handle does not define its size.")
	case h.ContentMD5 == "":
		return nil, invalidf("The source file handle does not define its content MD5.")
	case h.StorageLocationID != nil && *h.StorageLocationID == l.StorageLocationID:
		return nil, invalidf("The source file handle is already in the given " +
			"destination storage location.")
	case !isCloud(h):
		return nil, invalidf("The source file must be stored in a cloud bucket " +
			"accessible by Synapse.")
	}
	copied := *h
	return &copied, nil
}

func checkRegion(c *call, source, destination string) error {
	if source == destination {
		return nil
	}
	from, err := c.options.Storage.Region(c.r.Context(), source)
	if err != nil {
		return awsFailure(err)
	}
	to, err := c.options.Storage.Region(c.r.Context(), destination)
	if err != nil {
		return awsFailure(err)
	}
	if from != to {
		return invalidf("Copying a file that is stored in a different region " +
			"than the destination is not supported.")
	}
	return nil
}

// copyRange is the UploadPartCopy of one part.
func (u *upload) copyRange(number int64) PartCopy {
	first := (number - 1) * u.request.PartSizeBytes
	return PartCopy{
		SourceBucket: u.source.BucketName, SourceKey: u.source.Key, SourceETag: u.etag,
		First: first, Last: min(first+u.request.PartSizeBytes, u.size) - 1,
		Bucket: u.bucket, Key: u.key, UploadID: u.s3ID, PartNumber: int32(number),
	}
}
