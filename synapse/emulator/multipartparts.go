package emulator

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"synapse-migrate/synapse"
)

// partURLLife is how long a part's URL works (S3MultipartUploadDAOImpl,
// October 2024).
const partURLLife = 15 * time.Minute

// reasonPartMD5 is what a part whose MD5 differs answers, with status 201.
const reasonPartMD5 = "The provided MD5 does not match the MD5 of the uploaded part.  " +
	"Please re-upload the part."

func checkStarter(c *call, u *upload) error {
	if u.userID != c.user.ID {
		return forbiddenf("Only the user that started a multipart upload can get part upload " +
			"pre-signed URLs for that file upload.")
	}
	return nil
}

func checkPartNumber(number int64, parts int) error {
	switch {
	case number < 1:
		return invalidf("Part numbers cannot be less than one.")
	case number > int64(parts):
		return invalidf("Part number cannot be larger than number of parts. "+
			"Number of parts: %d, provided part number: %d", parts, number)
	}
	return nil
}

// presignParts makes URLs for parts: of an upload, plain PUTs of temporary
// objects; of a copy, UploadPartCopy.
func presignParts(c *call) (reply, error) {
	var q synapse.PartURLsRequest
	if err := c.decode(&q); err != nil {
		return reply{}, err
	}
	if q.PartNumbers == nil {
		return reply{}, invalidf("BatchPresignedUploadUrlRequest.partNumbers is required.")
	}
	if len(q.PartNumbers) == 0 {
		return reply{}, invalidf(
			"BatchPresignedUploadUrlRequest.partNumbers must contain at least one value")
	}
	u, err := uploadForParts(c, q.PartNumbers)
	if err != nil {
		return reply{}, err
	}
	urls := make([]synapse.PartURL, len(q.PartNumbers))
	for i, number := range q.PartNumbers {
		if urls[i], err = presignPart(c, u, number, q.ContentType); err != nil {
			return reply{}, awsFailure(err)
		}
	}
	return created(synapse.PartURLs{PartPresignedURLs: urls})
}

// uploadForParts is a copy of the caller's upload, which has all the parts.
func uploadForParts(c *call, numbers []int64) (*upload, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	u, err := c.state.uploads.find(c.r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if err := checkStarter(c, u); err != nil {
		return nil, err
	}
	for _, number := range numbers {
		if err := checkPartNumber(number, len(u.parts)); err != nil {
			return nil, err
		}
	}
	copied := *u
	return &copied, nil
}

func presignPart(c *call, u *upload, number int64, contentType string) (synapse.PartURL, error) {
	url := synapse.PartURL{PartNumber: number}
	var err error
	if u.source != nil {
		part := u.copyRange(number)
		part.ContentType = contentType
		url.UploadPresignedURL, url.SignedHeaders, err = c.options.Storage.PresignPartCopy(
			c.r.Context(), part, partURLLife)
		return url, err
	}
	url.UploadPresignedURL, url.SignedHeaders, err = c.options.Storage.PresignPut(
		c.r.Context(), u.bucket, u.partKey(number), contentType, partURLLife)
	return url, err
}

// partKey is where an uploaded part waits until it is added.
func (u *upload) partKey(number int64) string {
	return u.key + "/" + decimal(number)
}

// addPart takes a part that was sent. What goes wrong with the part itself
// is told with status 201.
func addPart(c *call) (reply, error) {
	md5Hex := c.r.URL.Query().Get("partMD5Hex")
	if md5Hex == "" {
		return reply{}, invalidf("Required request parameter 'partMD5Hex' for method parameter " +
			"type String is not present")
	}
	number, err := strconv.ParseInt(c.r.PathValue("part"), 10, 32)
	if err != nil {
		return reply{}, invalidf("%s is not a valid part number.", c.r.PathValue("part"))
	}
	u, err := uploadForAdd(c, number)
	if err != nil {
		return reply{}, err
	}
	result := synapse.AddPartResult{
		UploadID: decimal(u.id), PartNumber: number, AddPartState: synapse.AddSuccess,
	}
	etag, err := takePart(c, u, number, md5Hex)
	if err != nil {
		result.AddPartState, result.ErrorMessage = synapse.AddFailed, reasonOf(err)
		etag = ""
	}
	markPart(c, u.id, number, etag)
	return created(result)
}

// uploadForAdd is a copy of the caller's upload, in the server's order of
// checks: completed, number, who started it.
func uploadForAdd(c *call, number int64) (*upload, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	u, err := c.state.uploads.find(c.r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if u.state == synapse.UploadStateCompleted {
		return nil, invalidf("Cannot add parts to completed file upload.")
	}
	if err := checkPartNumber(number, len(u.parts)); err != nil {
		return nil, err
	}
	if err := checkStarter(c, u); err != nil {
		return nil, err
	}
	copied := *u
	return &copied, nil
}

// takePart copies the temporary object into the S3 upload, on condition that
// its ETag is the MD5, and deletes it; it returns the part's ETag. The
// part of a copy is in S3 already, and nothing is verified.
func takePart(c *call, u *upload, number int64, md5Hex string) (string, error) {
	if u.source != nil {
		return md5Hex, nil
	}
	ctx := c.r.Context()
	etag, err := c.options.Storage.CopyPart(ctx, PartCopy{
		SourceBucket: u.bucket, SourceKey: u.partKey(number), SourceETag: md5Hex,
		Last: -1, Bucket: u.bucket, Key: u.key, UploadID: u.s3ID, PartNumber: int32(number),
	})
	if errors.Is(err, ErrPrecondition) {
		return "", &failure{reason: reasonPartMD5}
	}
	if err != nil {
		return "", err
	}
	return etag, c.options.Storage.Delete(ctx, u.bucket, u.partKey(number))
}

// markPart remembers a part's ETag; none marks it as missing.
func markPart(c *call, id, number int64, etag string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	u := c.state.uploads.byID[id]
	u.parts[number-1] = etag
	u.updated = c.now()
}

// completeMultipart makes the object and its handle. Repeated, it answers
// the same.
func completeMultipart(c *call) (reply, error) {
	u, status, err := uploadForComplete(c)
	if err != nil {
		return reply{}, err
	}
	if status != nil {
		return created(status)
	}
	ctx := c.r.Context()
	if err := c.options.Storage.CompleteUpload(ctx, u.bucket, u.key, u.s3ID, u.parts); err != nil {
		return completedMeanwhile(c, u.id, err)
	}
	status, err = finishUpload(ctx, c, u)
	if err != nil {
		return reply{}, err
	}
	makePreview(c, status.ResultFileHandleID)
	return created(status)
}

// uploadForComplete is a copy of the caller's upload, all parts added; or
// the status, when it is complete already.
func uploadForComplete(c *call) (*upload, *synapse.MultipartStatus, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	u, err := c.state.uploads.find(c.r.PathValue("id"))
	if err != nil {
		return nil, nil, err
	}
	if err := checkStarter(c, u); err != nil {
		return nil, nil, err
	}
	if u.state == synapse.UploadStateCompleted {
		return nil, u.status(), nil
	}
	missing := 0
	for _, etag := range u.parts {
		if etag == "" {
			missing++
		}
	}
	if missing > 0 {
		return nil, nil, invalidf("Missing %d part(s).  All parts must be successfully added "+
			"before a file upload can be completed.", missing)
	}
	copied := *u
	copied.parts = slices.Clone(u.parts)
	return &copied, nil, nil
}

// completedMeanwhile answers for S3's refusal to complete: another caller
// may have been faster, else the refusal is a 400.
func completedMeanwhile(c *call, id int64, refusal error) (reply, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if u := c.state.uploads.byID[id]; u.state == synapse.UploadStateCompleted {
		return created(u.status())
	}
	return reply{}, invalidf("%v", refusal)
}

// finishUpload makes the handle of a completed upload; its size is what S3
// says, its MD5 what was said at the start.
func finishUpload(ctx context.Context, c *call, u *upload) (*synapse.MultipartStatus, error) {
	info, err := c.options.Storage.Head(ctx, u.bucket, u.key)
	if err != nil {
		return nil, awsFailure(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	stored := c.state.uploads.byID[u.id]
	if stored.state == synapse.UploadStateCompleted {
		return stored.status(), nil
	}
	made := u.handle(info.SizeBytes)
	l := c.state.locations.byID[u.location]
	if l != nil && l.ConcreteType == synapse.TypeGoogleStorageLocation {
		made.ConcreteType = synapse.TypeGoogleFileHandle
	}
	h := addHandle(c, made)
	if u.request.GeneratePreview != nil && !*u.request.GeneratePreview {
		id, _ := strconv.ParseInt(h.ID, 10, 64)
		c.state.handles.byID[id].PreviewID = h.ID
	}
	stored.result, _ = strconv.ParseInt(h.ID, 10, 64)
	stored.state = synapse.UploadStateCompleted
	stored.updated = c.now()
	return stored.status(), nil
}

// handle is the handle of a completed upload, as far as the upload knows it.
func (u *upload) handle(size int64) synapse.FileHandle {
	h := synapse.FileHandle{
		ConcreteType:      synapse.TypeS3FileHandle,
		FileName:          u.request.FileName,
		ContentType:       u.request.ContentType,
		ContentMD5:        u.request.ContentMD5Hex,
		BucketName:        u.bucket,
		Key:               u.key,
		StorageLocationID: &u.location,
		ContentSize:       &size,
	}
	if u.source != nil {
		h.ContentType, h.ContentMD5 = u.source.ContentType, u.source.ContentMD5
	}
	return h
}
