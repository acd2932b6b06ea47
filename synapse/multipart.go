package synapse

// Concrete types of multipart requests.
const (
	TypeMultipartUpload = "org.sagebionetworks.repo.model.file.MultipartUploadRequest"
	TypeMultipartCopy   = "org.sagebionetworks.repo.model.file.MultipartUploadCopyRequest"
)

// Limits of Synapse's multipart calls (PartUtils, October 2024 snapshot).
const (
	MinPartSizeBytes   int64 = 5 << 20
	MaxPartSizeBytes   int64 = 5 << 30
	MaxParts                 = 10_000
	MaxUploadSizeBytes int64 = 5 << 40
)

// MultipartRequest starts, or finds again, a multipart upload or copy; the
// server resumes only on a request equal in every field. For an upload,
// FileSizeBytes and ContentMD5Hex are required; for a copy,
// SourceFileHandleAssociation and StorageLocationID.
type MultipartRequest struct {
	ConcreteType                string                 `json:"concreteType"`
	FileName                    string                 `json:"fileName,omitempty"`
	FileSizeBytes               int64                  `json:"fileSizeBytes,omitempty"`
	PartSizeBytes               int64                  `json:"partSizeBytes"`
	ContentMD5Hex               string                 `json:"contentMD5Hex,omitempty"`
	ContentType                 string                 `json:"contentType,omitempty"`
	StorageLocationID           *int64                 `json:"storageLocationId,omitempty"`
	GeneratePreview             *bool                  `json:"generatePreview,omitempty"`
	SourceFileHandleAssociation *FileHandleAssociation `json:"sourceFileHandleAssociation,omitempty"`
}

// States of a multipart upload.
const (
	UploadStateUploading = "UPLOADING"
	UploadStateCompleted = "COMPLETED"
)

// MultipartStatus is where an upload stands. PartsState has one character
// a part, '1' for those added.
type MultipartStatus struct {
	UploadID           string `json:"uploadId"`
	StartedBy          string `json:"startedBy,omitempty"`
	StartedOn          *Time  `json:"startedOn,omitempty"`
	UpdatedOn          *Time  `json:"updatedOn,omitempty"`
	State              string `json:"state"`
	PartsState         string `json:"partsState"`
	ResultFileHandleID string `json:"resultFileHandleId,omitempty"`
}

// PartURLsRequest asks for presigned URLs of parts, numbered from 1.
type PartURLsRequest struct {
	UploadID    string  `json:"uploadId,omitempty"`
	PartNumbers []int64 `json:"partNumbers"`
	ContentType string  `json:"contentType,omitempty"`
}

// PartURL is where one part goes, valid for 15 minutes. Every signed header
// must be sent with the request.
type PartURL struct {
	PartNumber         int64             `json:"partNumber"`
	UploadPresignedURL string            `json:"uploadPresignedUrl"`
	SignedHeaders      map[string]string `json:"signedHeaders,omitempty"`
}

// PartURLs is the answer to a PartURLsRequest.
type PartURLs struct {
	PartPresignedURLs []PartURL `json:"partPresignedUrls"`
}

// Outcomes of adding a part.
const (
	AddSuccess = "ADD_SUCCESS"
	AddFailed  = "ADD_FAILED"
)

// AddPartResult is the outcome of adding a part. A failure arrives with
// status 201 and AddPartState AddFailed.
type AddPartResult struct {
	UploadID     string `json:"uploadId"`
	PartNumber   int64  `json:"partNumber"`
	AddPartState string `json:"addPartState"`
	ErrorMessage string `json:"errorMessage,omitempty"`
}
