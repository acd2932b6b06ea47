package synapse

import "time"

// Concrete types of file handles.
const (
	TypeS3FileHandle       = "org.sagebionetworks.repo.model.file.S3FileHandle"
	TypeExternalFileHandle = "org.sagebionetworks.repo.model.file.ExternalFileHandle"
	TypeGoogleFileHandle   = "org.sagebionetworks.repo.model.file.GoogleCloudFileHandle"
	TypeProxyFileHandle    = "org.sagebionetworks.repo.model.file.ProxyFileHandle"
	// TypeObjectStoreFileHandle is an object in an S3 that Synapse can't reach.
	TypeObjectStoreFileHandle = "org.sagebionetworks.repo.model.file.ExternalObjectStoreFileHandle"
)

// NotSet is what the server stores for a content type or file name that a
// registration left out.
const NotSet = "NOT_SET"

// MaxKeyChars is the longest key a file handle can hold, in characters
// (column of the server's Files table, October 2024 snapshot).
const MaxKeyChars = 700

// MaxHandleBatch is the largest number of handles in one batch or copy
// request (FileHandleManagerImpl, October 2024 snapshot).
const MaxHandleBatch = 100

// DownloadURLLife is how long a download URL lives
// (FileHandleManagerImpl, October 2024 snapshot).
const DownloadURLLife = 30 * time.Second

// FileHandle is one file handle document. ContentMD5 is 32 hex digits;
// ContentSize is in bytes, nil when unknown. BucketName, Key and the preview
// fields belong to one in an S3 or Google Cloud bucket that Synapse reaches,
// ExternalURL to an ExternalFileHandle, FilePath to a ProxyFileHandle, and
// EndpointURL, Bucket and FileKey to an ExternalObjectStoreFileHandle.
type FileHandle struct {
	ConcreteType      string `json:"concreteType"`
	ID                string `json:"id,omitempty"`
	Etag              string `json:"etag,omitempty"`
	CreatedBy         string `json:"createdBy,omitempty"`
	CreatedOn         *Time  `json:"createdOn,omitempty"`
	ModifiedOn        *Time  `json:"modifiedOn,omitempty"`
	ContentType       string `json:"contentType,omitempty"`
	ContentMD5        string `json:"contentMd5,omitempty"`
	FileName          string `json:"fileName,omitempty"`
	StorageLocationID *int64 `json:"storageLocationId,omitempty"`
	ContentSize       *int64 `json:"contentSize,omitempty"`
	Status            string `json:"status,omitempty"`
	BucketName        string `json:"bucketName,omitempty"`
	Key               string `json:"key,omitempty"`
	PreviewID         string `json:"previewId,omitempty"`
	IsPreview         bool   `json:"isPreview,omitempty"`
	ExternalURL       string `json:"externalURL,omitempty"`
	FilePath          string `json:"filePath,omitempty"`
	EndpointURL       string `json:"endpointUrl,omitempty"`
	Bucket            string `json:"bucket,omitempty"`
	FileKey           string `json:"fileKey,omitempty"`
}

// FileHandleAssociation names a handle through the object that holds it.
type FileHandleAssociation struct {
	FileHandleID        string `json:"fileHandleId"`
	AssociateObjectID   string `json:"associateObjectId"`
	AssociateObjectType string `json:"associateObjectType"`
}

// AssociateFileEntity is the association type of a file entity.
const AssociateFileEntity = "FileEntity"

// BatchFileRequest asks for handles and presigned URLs, at most
// MaxHandleBatch at once.
type BatchFileRequest struct {
	RequestedFiles              []FileHandleAssociation `json:"requestedFiles"`
	IncludeFileHandles          bool                    `json:"includeFileHandles"`
	IncludePreSignedURLs        bool                    `json:"includePreSignedURLs"`
	IncludePreviewPreSignedURLs bool                    `json:"includePreviewPreSignedURLs"`
}

// Failure codes of one file in a batch.
const (
	FailureUnauthorized = "UNAUTHORIZED"
	FailureNotFound     = "NOT_FOUND"
)

// BatchFile is the answer for one file of a batch: a FailureCode, or what
// was asked for. Presigned URLs live 30 seconds.
type BatchFile struct {
	FileHandleID        string      `json:"fileHandleId"`
	FileHandle          *FileHandle `json:"fileHandle,omitempty"`
	PreSignedURL        string      `json:"preSignedURL,omitempty"`
	PreviewPreSignedURL string      `json:"previewPreSignedURL,omitempty"`
	FailureCode         string      `json:"failureCode,omitempty"`
}

// BatchFileResult holds the answers in the order of the request.
type BatchFileResult struct {
	RequestedFiles []BatchFile `json:"requestedFiles"`
}

// CopyHandleRequest asks for a copy of one handle's record.
type CopyHandleRequest struct {
	OriginalFile   FileHandleAssociation `json:"originalFile"`
	NewFileName    string                `json:"newFileName,omitempty"`
	NewContentType string                `json:"newContentType,omitempty"`
}

// CopyHandlesRequest copies at most MaxHandleBatch records at once.
type CopyHandlesRequest struct {
	CopyRequests []CopyHandleRequest `json:"copyRequests"`
}

// CopyHandleResult is the answer for one record: a FailureCode, or the new
// handle, which the caller owns.
type CopyHandleResult struct {
	OriginalFileHandleID string      `json:"originalFileHandleId"`
	NewFileHandle        *FileHandle `json:"newFileHandle,omitempty"`
	FailureCode          string      `json:"failureCode,omitempty"`
}

// CopyHandlesResult holds the answers in the order of the request.
type CopyHandlesResult struct {
	CopyResults []CopyHandleResult `json:"copyResults"`
}
