package emulator

import "synapse-migrate/synapse"

// batchFiles answers for up to 100 handles at once: documents, presigned
// URLs, or why not.
func batchFiles(c *call) (reply, error) {
	var q synapse.BatchFileRequest
	if err := c.decode(&q); err != nil {
		return reply{}, err
	}
	if err := checkBatch(q); err != nil {
		return reply{}, err
	}
	found, err := authorizedHandles(c, q.RequestedFiles)
	if err != nil {
		return reply{}, err
	}
	result := synapse.BatchFileResult{RequestedFiles: make([]synapse.BatchFile, len(found))}
	for i, f := range found {
		file, err := batchFile(c, q, f)
		if err != nil {
			return reply{}, err
		}
		file.FileHandleID = q.RequestedFiles[i].FileHandleID
		result.RequestedFiles[i] = file
	}
	return created(result)
}

func checkBatch(q synapse.BatchFileRequest) error {
	switch {
	case q.RequestedFiles == nil:
		return invalidf("requestedFiles is required.")
	case !q.IncludeFileHandles && !q.IncludePreSignedURLs && !q.IncludePreviewPreSignedURLs:
		return invalidf("Must include either FileHandles or pre-signed URLs " +
			"or preview pre-signed URLs")
	}
	if err := checkBatchSize(len(q.RequestedFiles)); err != nil {
		return err
	}
	return checkAssociations(q.RequestedFiles)
}

func checkBatchSize(count int) error {
	if count > synapse.MaxHandleBatch {
		return invalidf("Request exceeds the maximum number of objects per request: %d",
			synapse.MaxHandleBatch)
	}
	return nil
}

// checkAssociations wants at least one, each of them whole
// (AuthorizationManagerImpl.validate, October 2024).
func checkAssociations(associations []synapse.FileHandleAssociation) error {
	if len(associations) == 0 {
		return invalidf("FileHandleAssociations is empty.  " +
			"Must include at least one FileHandleAssociation")
	}
	for _, a := range associations {
		switch "" {
		case a.FileHandleID:
			return invalidf("FileHandleAssociation.fileHandleId cannot be null")
		case a.AssociateObjectID:
			return invalidf("FileHandleAssociation.associateObjectId cannot be null")
		case a.AssociateObjectType:
			return invalidf("FileHandleAssociation.associateObjectType cannot be null")
		}
	}
	return nil
}

// foundHandle is a handle that the caller may download, or why not.
type foundHandle struct {
	handle, preview *synapse.FileHandle // copies
	failure         string
}

// authorizedHandles looks every association up under one lock, in order.
func authorizedHandles(c *call,
	associations []synapse.FileHandleAssociation,
) ([]foundHandle, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found := make([]foundHandle, len(associations))
	for i, a := range associations {
		if _, err := parseID(a.AssociateObjectID); err != nil {
			return nil, err
		}
		if mayDownload(c.state, c.user, a) != nil {
			found[i].failure = synapse.FailureUnauthorized
			continue
		}
		h, err := c.state.handles.find(a.FileHandleID)
		if err != nil {
			found[i].failure = synapse.FailureNotFound
			continue
		}
		copied := *h
		found[i].handle = &copied
		for _, p := range c.state.handles.previewOf(h) {
			preview := *p
			found[i].preview = &preview
		}
	}
	return found, nil
}

// mayDownload decides on one association: the handle's creator always may;
// others need DOWNLOAD on the object, and the handle must belong to one of
// its versions (AuthorizationManagerImpl.canDownloadFile, October 2024). Of
// the objects that hold files there are only entities here.
func mayDownload(s *state, u *User, a synapse.FileHandleAssociation) error {
	h, err := s.handles.find(a.FileHandleID)
	if err == nil {
		if _, err := s.handles.owned(u, numericID(h)); err == nil {
			return nil
		}
	}
	id, idErr := parseID(a.AssociateObjectID)
	n := s.tree.nodes[id]
	if err != nil || idErr != nil || n == nil || !n.holds(numericID(h)) ||
		a.AssociateObjectType != synapse.AssociateFileEntity {
		return forbiddenf("FileHandleId: %s is not associated with objectId: %s of type: %s",
			a.FileHandleID, a.AssociateObjectID, a.AssociateObjectType)
	}
	if n, err = s.tree.node(id); err != nil {
		return err
	}
	return s.access.require(u, n, synapse.AccessDownload)
}

// batchFile is the answer for one file, with the URLs that were asked for.
func batchFile(c *call, q synapse.BatchFileRequest, f foundHandle) (synapse.BatchFile, error) {
	file := synapse.BatchFile{FailureCode: f.failure}
	if f.failure != "" {
		return file, nil
	}
	if q.IncludeFileHandles {
		file.FileHandle = f.handle
	}
	var err error
	if q.IncludePreSignedURLs {
		if file.PreSignedURL, err = downloadURL(c, f.handle); err != nil {
			return file, err
		}
	}
	if q.IncludePreviewPreSignedURLs && f.preview != nil {
		file.PreviewPreSignedURL, err = downloadURL(c, f.preview)
	}
	return file, err
}
