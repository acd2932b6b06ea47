package emulator

import (
	"net/http"

	"synapse-migrate/synapse"
)

func fileHandleRoutes() []route {
	return []route{
		{"POST /file/v1/externalFileHandle/s3", toChange, registerObject},
		{"POST /file/v1/externalFileHandle/googleCloud", toChange, registerGoogleObject},
		{"POST /file/v1/externalFileHandle/proxy", toChange, registerProxied},
		{"POST /file/v1/externalFileHandle", toChange, registerExternal},
		{"GET /file/v1/fileHandle/{id}", toView, locked(getFileHandle)},
		{"DELETE /file/v1/fileHandle/{id}", toModify, deleteFileHandle},
		{"POST /file/v1/fileHandle/{id}/copy", toChange, copyFileHandle},
		{"POST /file/v1/filehandles/copy", toChange, copyFileHandles},
		{"POST /file/v1/fileHandle/batch", []string{scopeView, scopeDownload}, batchFiles},
		{"GET /file/v1/fileHandle/{id}/url", toDownload, redirectToHandle},
		{"GET /file/v1/file/{id}", toDownload, redirectToAssociation},
		{"GET /repo/v1/entity/{id}/file", toDownload, redirectToEntityFile},
		{"GET /repo/v1/entity/{id}/version/{version}/file", toDownload, redirectToEntityFile},
		{"GET /repo/v1/entity/{id}/filehandles", toView, entityFileHandles},
		{"GET /repo/v1/entity/{id}/version/{version}/filehandles", toView, entityFileHandles},
	}
}

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
