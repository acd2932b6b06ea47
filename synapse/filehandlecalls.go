package synapse

import "context"

// RegisterS3Object makes a file handle for an object where it lies, and
// returns it as stored. The server reads size and existence from S3 and
// believes the MD5. Only the creator of the storage location may do this
// (ErrForbidden). Repeating it after ErrUnknownOutcome may leave a second
// handle that nothing refers to.
func (c *Client) RegisterS3Object(ctx context.Context, h FileHandle) (FileHandle, error) {
	return fetch[FileHandle](ctx, c, create(h, "/file/v1/externalFileHandle/s3"))
}

// FileHandle returns a handle that the caller created (else ErrForbidden).
func (c *Client) FileHandle(ctx context.Context, id string) (FileHandle, error) {
	return fetch[FileHandle](ctx, c, read("/file/v1/fileHandle/{}", id))
}

// FileHandles returns handles and presigned URLs, MaxHandleBatch at most.
// Each of the answers may be a failure of its own.
func (c *Client) FileHandles(ctx context.Context, r BatchFileRequest) (BatchFileResult, error) {
	return fetch[BatchFileResult](ctx, c, ask(r, "/file/v1/fileHandle/batch"))
}

// CopyFileHandles makes copies of handle records, MaxHandleBatch at most,
// that the caller owns. Each of the answers may be a failure of its own.
func (c *Client) CopyFileHandles(
	ctx context.Context, r CopyHandlesRequest,
) (CopyHandlesResult, error) {
	return fetch[CopyHandlesResult](ctx, c, create(r, "/file/v1/filehandles/copy"))
}
