package synapse

import (
	"context"
	"errors"
	"fmt"
)

// HandleCalls register, read and copy file handles.
type HandleCalls struct{ client *Client }

// RegisterS3Object makes a file handle for an object where it lies, and
// returns it as stored. The server reads size and existence from S3 and
// believes the MD5. Only the creator of the storage location may do this
// (ErrForbidden). Repeating it after ErrUnknownOutcome may leave a second
// handle that nothing refers to.
func (c HandleCalls) RegisterS3Object(ctx context.Context, h FileHandle) (FileHandle, error) {
	return fetch[FileHandle](ctx, c.client, create(h, "/file/v1/externalFileHandle/s3"))
}

// FileHandle returns a handle that the caller created (else ErrForbidden).
func (c HandleCalls) FileHandle(ctx context.Context, id string) (FileHandle, error) {
	return fetch[FileHandle](ctx, c.client, read("/file/v1/fileHandle/{}", id))
}

// FileHandles returns handles and presigned URLs, MaxHandleBatch at most.
// Each of the answers may be a failure of its own.
func (c HandleCalls) FileHandles(ctx context.Context, r BatchFileRequest) (BatchFileResult, error) {
	return fetchWhole[BatchFileResult](ctx, c.client, ask(r, "/file/v1/fileHandle/batch"), func(b BatchFileResult) string {
		return missing(field{"answer for each file", len(b.RequestedFiles) == len(r.RequestedFiles)})
	})
}

// CopyFileHandles makes copies of handle records, MaxHandleBatch at most,
// that the caller owns. Each of the answers may be a failure of its own.
func (c HandleCalls) CopyFileHandles(
	ctx context.Context, r CopyHandlesRequest,
) (CopyHandlesResult, error) {
	return fetch[CopyHandlesResult](ctx, c.client, create(r, "/file/v1/filehandles/copy"))
}

// DownloadURL returns a URL that gives the bytes of a file handle for
// DownloadURLLife, to anybody: it is a secret as long as it lives. The caller
// needs DOWNLOAD on the file entity that holds the handle in one of its
// versions (else ErrForbidden), or must have created the handle, in which
// case the entity doesn't matter. ErrNotFound stands for a handle that is
// gone.
func (c HandleCalls) DownloadURL(ctx context.Context, fileHandleID, entityID string) (string, error) {
	result, err := c.client.FileHandles(ctx, BatchFileRequest{
		RequestedFiles: []FileHandleAssociation{{
			FileHandleID: fileHandleID, AssociateObjectID: entityID,
			AssociateObjectType: AssociateFileEntity,
		}},
		IncludePreSignedURLs: true,
	})
	if err != nil {
		return "", err
	}
	u, err := onlyURL(result)
	if err != nil {
		return "", fmt.Errorf("asking for the download URL of file handle %s of %s: %w",
			fileHandleID, entityID, err)
	}
	return u, nil
}

// onlyURL is the URL in the answer for one file.
func onlyURL(result BatchFileResult) (string, error) {
	if len(result.RequestedFiles) != 1 {
		return "", fmt.Errorf("%d answers instead of one", len(result.RequestedFiles))
	}
	switch f := result.RequestedFiles[0]; {
	case f.FailureCode == FailureUnauthorized:
		return "", ErrForbidden
	case f.FailureCode == FailureNotFound:
		return "", ErrNotFound
	case f.FailureCode != "":
		return "", errors.New(f.FailureCode)
	case f.PreSignedURL == "":
		return "", errors.New("the answer has no URL")
	default:
		return f.PreSignedURL, nil
	}
}
