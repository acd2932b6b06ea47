package emulator

import (
	"path"

	"synapse-migrate/synapse"
)

// copyFileHandles copies the records of up to 100 handles: same object, new
// owner (FileHandleManagerImpl.copyFileHandles, October 2024).
func copyFileHandles(c *call) (reply, error) {
	var q synapse.CopyHandlesRequest
	if err := c.decode(&q); err != nil {
		return reply{}, err
	}
	if c.user.anonymous() {
		return reply{}, forbiddenf(reasonAnonymousCopy)
	}
	originals, err := checkCopies(q)
	if err != nil {
		return reply{}, err
	}
	found, err := authorizedHandles(c, originals)
	if err != nil {
		return reply{}, err
	}
	result := synapse.CopyHandlesResult{CopyResults: make([]synapse.CopyHandleResult, len(found))}
	for i, f := range found {
		r := synapse.CopyHandleResult{
			OriginalFileHandleID: originals[i].FileHandleID,
			FailureCode:          f.failure,
		}
		if f.handle != nil {
			copied := storeHandle(c, copyOf(*f.handle, q.CopyRequests[i]))
			makePreview(c, copied.ID)
			r.NewFileHandle = &copied
		}
		result.CopyResults[i] = r
	}
	return ok(result)
}

// checkCopies looks at a copy request and returns its originals.
func checkCopies(q synapse.CopyHandlesRequest) ([]synapse.FileHandleAssociation, error) {
	if q.CopyRequests == nil {
		return nil, invalidf("BatchFileHandleCopyRequest.copyRequests is required.")
	}
	if err := checkBatchSize(len(q.CopyRequests)); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	originals := make([]synapse.FileHandleAssociation, len(q.CopyRequests))
	for i, r := range q.CopyRequests {
		if seen[r.OriginalFile.FileHandleID] {
			return nil, invalidf("Request contains duplicated FileHandleId.")
		}
		seen[r.OriginalFile.FileHandleID] = true
		originals[i] = r.OriginalFile
	}
	return originals, checkAssociations(originals)
}

// copyOf is the record that a copy request makes: names are not checked,
// the preview is left behind.
func copyOf(h synapse.FileHandle, r synapse.CopyHandleRequest) synapse.FileHandle {
	if r.NewFileName != "" {
		h.FileName = r.NewFileName
	}
	if r.NewContentType != "" {
		h.ContentType = r.NewContentType
	}
	h.PreviewID = ""
	return h
}

// copyFileHandle copies the record of one S3 handle under another name or
// content type; the creator alone may
// (FileHandleManagerImpl.createS3FileHandleCopy, October 2024).
func copyFileHandle(c *call) (reply, error) {
	if c.user.anonymous() {
		return reply{}, forbiddenf(reasonAnonymousCopy)
	}
	query := c.r.URL.Query()
	name, contentType := query.Get("fileName"), query.Get("contentType")
	if name == "" && contentType == "" {
		return reply{}, invalidf("Either the fileName or the contentType needs to be set")
	}
	if query.Has("fileName") {
		if _, err := validName(name); err != nil {
			return reply{}, err
		}
	}
	stored, err := storeRenamed(c, name, contentType)
	if err != nil {
		return reply{}, err
	}
	makePreview(c, stored.ID)
	return created(stored)
}

// storeRenamed copies the handle in the path, which must be one of S3 and the
// caller's.
func storeRenamed(c *call, name, contentType string) (stored synapse.FileHandle, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h, err := c.state.handles.find(c.r.PathValue("id"))
	if err != nil {
		return stored, err
	}
	if h.ConcreteType != synapse.TypeS3FileHandle {
		return stored, invalidf("Expected file handle to copy from to be of type %s, "+
			"but it was type %s", synapse.TypeS3FileHandle, h.ConcreteType)
	}
	if _, err := c.state.handles.owned(c.user, numericID(h)); err != nil {
		return stored, forbiddenf("Only the creator of a file handle can create a copy. "+
			"File handle id=%s is not owned by you", h.ID)
	}
	return addHandle(c, renamed(*h, name, contentType)), nil
}

// renamed is a handle under another name or type, where given; its preview
// stays unless the extension or the type is another.
func renamed(h synapse.FileHandle, name, contentType string) synapse.FileHandle {
	if name != "" {
		if path.Ext(name) != path.Ext(h.FileName) {
			h.PreviewID = ""
		}
		h.FileName = name
	}
	if contentType != "" {
		if contentType != h.ContentType {
			h.PreviewID = ""
		}
		h.ContentType = contentType
	}
	return h
}
