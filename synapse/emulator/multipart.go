package emulator

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"synapse-migrate/synapse"
)

// uploads are the multipart uploads and copies (MultipartManagerV2Impl, October
// 2024).
type uploads struct {
	byID map[int64]*upload
	// byHash finds the upload that an equal request began; those that were
	// restarted are left out.
	byHash map[string]int64
}

// multipartRequest is a request as sent: sizes tell missing from zero.
type multipartRequest struct {
	synapse.MultipartRequest
	FileSizeBytes *int64 `json:"fileSizeBytes"`
	PartSizeBytes *int64 `json:"partSizeBytes"`
}

type upload struct {
	id       int64
	hash     string // of (user, request)
	request  synapse.MultipartRequest
	userID   int64
	state    string
	parts    []string // ETag by part, empty while missing
	bucket   string
	key      string
	s3ID     string
	result   int64
	source   *synapse.FileHandle // of a copy
	etag     string              // of a copy's source
	started  time.Time
	updated  time.Time
	location int64
	size     int64
}

func multipartRoutes() []route {
	return []route{
		{"POST /file/v1/file/multipart", toChange, startMultipart},
		{"POST /file/v1/file/multipart/{id}/presigned/url/batch", toChange, presignParts},
		{"PUT /file/v1/file/multipart/{id}/add/{part}", toChange, addPart},
		{"PUT /file/v1/file/multipart/{id}/complete", toChange, completeMultipart},
	}
}

// startMultipart begins an upload or a copy, or finds the one that the same
// request began before.
func startMultipart(c *call) (reply, error) {
	var sent multipartRequest
	if err := c.decode(&sent); err != nil {
		return reply{}, err
	}
	q, err := checkMultipart(c, sent)
	if err != nil {
		return reply{}, err
	}
	hash, err := requestHash(c.user.ID, q)
	if err != nil {
		return reply{}, err
	}
	if c.r.URL.Query().Get("forceRestart") != "true" {
		status, err := resumable(c, hash)
		if err != nil {
			return reply{}, err
		}
		if status != nil {
			return created(status)
		}
	}
	forgetRequest(c, hash)
	u, err := planMultipart(c, q)
	if err != nil {
		return reply{}, err
	}
	u.hash = hash
	return openUpload(c, u)
}

func planMultipart(c *call, q synapse.MultipartRequest) (*upload, error) {
	if q.ConcreteType == synapse.TypeMultipartCopy {
		return planCopy(c, q)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	u := &upload{request: q, size: q.FileSizeBytes}
	return u, placeUpload(c, u)
}

// checkMultipart looks at what a request alone shows, and fills in the
// defaults: an upload, to Synapse's own bucket.
func checkMultipart(c *call, sent multipartRequest) (synapse.MultipartRequest, error) {
	q := sent.MultipartRequest
	if q.ConcreteType == "" {
		q.ConcreteType = synapse.TypeMultipartUpload
	}
	class := q.ConcreteType[strings.LastIndexByte(q.ConcreteType, '.')+1:]
	switch q.ConcreteType {
	case synapse.TypeMultipartUpload, synapse.TypeMultipartCopy:
	default:
		return q, invalidf("Request type unsupported: %s", class)
	}
	if sent.PartSizeBytes == nil {
		return q, invalidf("%s.partSizeBytes is required.", class)
	}
	q.PartSizeBytes = *sent.PartSizeBytes
	if err := checkPartSize(q.PartSizeBytes); err != nil {
		return q, err
	}
	if c.user.anonymous() {
		return q, forbiddenf(reasonAnonymousUpload)
	}
	if q.ConcreteType == synapse.TypeMultipartCopy {
		return q, checkCopyRequest(q)
	}
	if err := checkUploadRequest(sent); err != nil {
		return q, err
	}
	q.FileSizeBytes = *sent.FileSizeBytes
	if q.StorageLocationID == nil {
		location := synapse.DefaultStorageLocationID
		q.StorageLocationID = &location
	}
	return q, nil
}

// checkUploadRequest looks at the fields of an upload alone.
func checkUploadRequest(sent multipartRequest) error {
	if sent.FileName == "" {
		return invalidf("MultipartUploadRequest.fileName is required " +
			"and must not be the empty string.")
	}
	if _, err := validName(sent.FileName); err != nil {
		return err
	}
	if sent.FileSizeBytes == nil {
		return invalidf("MultipartUploadRequest.fileSizeBytes is required.")
	}
	if sent.ContentMD5Hex == "" {
		return invalidf("MultipartUploadRequest.contentMD5Hex is required " +
			"and must not be the empty string.")
	}
	return checkFileSize(*sent.FileSizeBytes)
}

// checkPartSize and checkFileSize are PartUtils' (October 2024).
func checkPartSize(bytes int64) error {
	switch {
	case bytes < synapse.MinPartSizeBytes:
		return invalidf("The part size must be at least %d bytes.", synapse.MinPartSizeBytes)
	case bytes > synapse.MaxPartSizeBytes:
		return invalidf("The part size must not exceed %d bytes.", synapse.MaxPartSizeBytes)
	}
	return nil
}

func checkFileSize(bytes int64) error {
	switch {
	case bytes < 1:
		return invalidf("File size must be at least one byte")
	case bytes > synapse.MaxUploadSizeBytes:
		return invalidf("The maximum file size is 5 TB")
	}
	return nil
}

func partCount(fileBytes, partBytes int64) (int, error) {
	if err := checkFileSize(fileBytes); err != nil {
		return 0, err
	}
	count := (fileBytes + partBytes - 1) / partBytes
	if count > synapse.MaxParts {
		return 0, invalidf("File Upload would require %d parts, which exceeds the maximum number "+
			"of allowed parts of: %d. Please choose a larger part size.", count, synapse.MaxParts)
	}
	return int(count), nil
}

// requestHash tells requests of one user apart: any field that differs
// makes another one.
func requestHash(userID int64, q synapse.MultipartRequest) (string, error) {
	text, err := json.Marshal(q)
	if err != nil {
		return "", err
	}
	sum := md5.Sum(append(text, decimal(userID)...))
	return hex.EncodeToString(sum[:]), nil
}

// resumable is the status of the upload that a request began before; nil
// when there is none, or when it is complete and its object has vanished.
func resumable(c *call, hash string) (*synapse.MultipartStatus, error) {
	c.mu.Lock()
	u := c.state.uploads.byID[c.state.uploads.byHash[hash]]
	if u == nil {
		c.mu.Unlock()
		return nil, nil
	}
	status, bucket, key := u.status(), u.bucket, u.key
	c.mu.Unlock()
	if status.State == synapse.UploadStateCompleted {
		if _, err := c.options.Storage.Head(c.r.Context(), bucket, key); err != nil {
			return nil, missingObject(err)
		}
	}
	return status, nil
}

// forgetRequest lets the next equal request begin anew. The upload itself
// goes on for those who know its ID.
func forgetRequest(c *call, hash string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.state.uploads.byHash, hash)
}

// placeUpload finds the storage location of a request, and decides where its
// object goes: [baseKey/]{userId}/{uuid}/{fileName}. The caller holds the
// lock.
func placeUpload(c *call, u *upload) error {
	l, err := c.state.locations.find(*u.request.StorageLocationID)
	if err != nil {
		return err
	}
	if u.bucket, err = bucketOf(c, l); err != nil {
		return err
	}
	if _, err := validName(u.request.FileName); err != nil {
		return err
	}
	count, err := partCount(u.size, u.request.PartSizeBytes)
	if err != nil {
		return err
	}
	base := ""
	if l.BaseKey != "" {
		base = l.BaseKey + "/"
	}
	u.key = base + c.userID() + "/" + newEtag() + "/" + u.request.FileName
	u.parts = make([]string, count)
	u.location = l.StorageLocationID
	return nil
}

// openUpload begins the S3 upload and remembers it. When another equal
// request was faster, that one's is the answer.
func openUpload(c *call, u *upload) (reply, error) {
	contentType := u.request.ContentType
	if u.source != nil {
		contentType = u.source.ContentType
	}
	if contentType == "" {
		contentType = "application/octet-stream"
	}
	var err error
	u.s3ID, err = c.options.Storage.CreateUpload(c.r.Context(), u.bucket, u.key, contentType)
	if err != nil {
		return reply{}, awsFailure(err)
	}
	kept := keepUpload(c, u)
	if kept.UploadID != decimal(u.id) {
		// The loser's empty upload is nobody's; giving it up is a courtesy.
		_ = c.options.Storage.AbortUpload(c.r.Context(), u.bucket, u.key, u.s3ID)
	}
	return created(kept)
}

func keepUpload(c *call, u *upload) *synapse.MultipartStatus {
	c.mu.Lock()
	defer c.mu.Unlock()
	if faster := c.state.uploads.byID[c.state.uploads.byHash[u.hash]]; faster != nil {
		return faster.status()
	}
	u.id = c.state.ids.next()
	u.userID = c.user.ID
	u.state = synapse.UploadStateUploading
	u.started = c.now()
	u.updated = u.started
	c.state.uploads.byID[u.id] = u
	if c.state.uploads.byHash == nil {
		c.state.uploads.byHash = map[string]int64{}
	}
	c.state.uploads.byHash[u.hash] = u.id
	return u.status()
}

// status is what callers see of an upload.
func (u *upload) status() *synapse.MultipartStatus {
	added := make([]byte, len(u.parts))
	for i, etag := range u.parts {
		added[i] = '0'
		if etag != "" || u.state == synapse.UploadStateCompleted {
			added[i] = '1'
		}
	}
	status := &synapse.MultipartStatus{
		UploadID:   decimal(u.id),
		StartedBy:  decimal(u.userID),
		StartedOn:  synapse.NewTime(u.started),
		UpdatedOn:  synapse.NewTime(u.updated),
		State:      u.state,
		PartsState: string(added),
	}
	if u.result != 0 {
		status.ResultFileHandleID = decimal(u.result)
	}
	return status
}

// find finds an upload by the text of its ID; 400, 404. The caller
// holds the lock.
func (u *uploads) find(text string) (*upload, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, invalidf("Invalid UploadId.")
	}
	if u := u.byID[id]; u != nil {
		return u, nil
	}
	return nil, missingf("MultipartUploadStatus cannot be found for id: %d", id)
}
