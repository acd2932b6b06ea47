package emulator

import (
	"net/http"

	"synapse-migrate/synapse"
)

// fileHandleRoutes are the calls on file handles: register, read, copy,
// delete and download.
func fileHandleRoutes() []route {
	view := []string{scopeView}
	modify := []string{scopeModify}
	change := []string{scopeView, scopeModify}
	download := []string{scopeDownload}
	return []route{
		{"POST /file/v1/externalFileHandle/s3", change, registerObject},
		{"POST /file/v1/externalFileHandle/googleCloud", change, registerGoogleObject},
		{"POST /file/v1/externalFileHandle/proxy", change, registerProxied},
		{"POST /file/v1/externalFileHandle", change, registerExternal},
		{"GET /file/v1/fileHandle/{id}", view, locked(getFileHandle)},
		{"DELETE /file/v1/fileHandle/{id}", modify, deleteFileHandle},
		{"POST /file/v1/fileHandle/{id}/copy", change, copyFileHandle},
		{"POST /file/v1/filehandles/copy", change, copyFileHandles},
		{"POST /file/v1/fileHandle/batch", []string{scopeView, scopeDownload}, batchFiles},
		{"GET /file/v1/fileHandle/{id}/url", download, redirectToHandle},
		{"GET /file/v1/file/{id}", download, redirectToAssociation},
		{"GET /repo/v1/entity/{id}/file", download, redirectToEntityFile},
		{"GET /repo/v1/entity/{id}/version/{version}/file", download, redirectToEntityFile},
		{"GET /repo/v1/entity/{id}/filehandles", view, entityFileHandles},
		{"GET /repo/v1/entity/{id}/version/{version}/filehandles", view, entityFileHandles},
	}
}

// findOwnedHandle finds a file handle that the caller created; 404, 403.
func findOwnedHandle(c *call, text string) (*synapse.FileHandle, error) {
	h, err := c.state.handles.find(text)
	if err != nil {
		return nil, err
	}
	return c.state.handles.owned(c.user, numericID(h))
}

// addHandle stores a new handle of the caller and returns what was stored.
// What the server sets is overwritten. The caller holds the lock.
func addHandle(c *call, h synapse.FileHandle) synapse.FileHandle {
	h = ownFields(h)
	id := c.state.ids.next()
	now := synapse.NewTime(c.now())
	h.ID = decimal(id)
	h.Etag = newEtag()
	h.CreatedBy = c.userID()
	h.CreatedOn, h.ModifiedOn = now, now
	h.Status = "AVAILABLE"
	c.state.handles.byID[id] = &h
	return h
}

// storeHandle is addHandle for a caller without the lock.
func storeHandle(c *call, h synapse.FileHandle) synapse.FileHandle {
	c.mu.Lock()
	defer c.mu.Unlock()
	return addHandle(c, h)
}

func getFileHandle(c *call) (reply, error) {
	h, err := findOwnedHandle(c, c.r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	return ok(*h)
}

// deleteFileHandle forgets a handle and its preview, then deletes their
// objects by the server's rule (FileHandleManagerImpl.deleteFileHandle,
// October 2024). A handle that doesn't exist is success.
func deleteFileHandle(c *call) (reply, error) {
	removed, objects, err := forgetHandle(c, c.r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	for _, o := range objects {
		if err := c.options.Storage.Delete(c.r.Context(), o.BucketName, o.Key); err != nil {
			restoreHandles(c, removed)
			return reply{}, awsFailure(err)
		}
	}
	return ok(nil)
}

// forgetHandle removes the rows of a handle and its preview, and names
// those whose objects must go.
func forgetHandle(c *call, text string) (removed, objects []*synapse.FileHandle, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h, err := c.state.handles.find(text)
	if err != nil {
		return nil, nil, nil // a missing handle is success
	}
	id := numericID(h)
	if _, err := c.state.handles.owned(c.user, id); err != nil {
		return nil, nil, err
	}
	if c.state.tree.uses(id) {
		return nil, nil, failf(http.StatusConflict, "Cannot delete a file handle that has been "+
			"assigned to an owner object. FileHandle id: %s", h.ID)
	}
	removed = append(removed, c.state.handles.previewOf(h)...)
	removed = append(removed, h)
	for _, r := range removed {
		delete(c.state.handles.byID, numericID(r))
		if isCloud(r) && c.state.handles.sharers(r) <= 1 {
			objects = append(objects, r)
		}
	}
	return removed, objects, nil
}

// restoreHandles undoes forgetHandle, as a transaction that rolls back.
func restoreHandles(c *call, removed []*synapse.FileHandle) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, h := range removed {
		c.state.handles.byID[numericID(h)] = h
	}
}
