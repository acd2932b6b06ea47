package emulator

import (
	"synapse-migrate/synapse"
)

// The handles of this file are of objects that Synapse doesn't reach, or not
// by S3. Google Cloud's buckets are looked for in Options.Storage too, beside
// those of S3.

// isCloud tells whether Synapse itself reaches the bytes of a handle.
func isCloud(h *synapse.FileHandle) bool {
	return h.ConcreteType == synapse.TypeS3FileHandle ||
		h.ConcreteType == synapse.TypeGoogleFileHandle
}

// ownFields is a handle without what its type doesn't have.
func ownFields(h synapse.FileHandle) synapse.FileHandle {
	if !isCloud(&h) {
		h.BucketName, h.Key, h.PreviewID = "", "", ""
	}
	if h.ConcreteType != synapse.TypeExternalFileHandle {
		h.ExternalURL = ""
	}
	if h.ConcreteType != synapse.TypeProxyFileHandle {
		h.FilePath = ""
	}
	if h.ConcreteType != synapse.TypeObjectStoreFileHandle {
		h.EndpointURL, h.Bucket, h.FileKey = "", "", ""
	}
	h.IsPreview = false
	return h
}

// required is 400 for the first of some fields that is empty. Texts may be
// missing or empty, other fields only missing.
func required(fields ...requiredField) error {
	for _, f := range fields {
		switch {
		case f.there:
		case f.text:
			return invalidf("%s is required and must not be the empty string.", f.name)
		default:
			return invalidf("%s is required.", f.name)
		}
	}
	return nil
}

type requiredField struct {
	name        string
	there, text bool
}

func requiredText(name, value string) requiredField {
	return requiredField{name: name, there: value != "", text: true}
}

func requiredNumber(name string, value *int64) requiredField {
	return requiredField{name: name, there: value != nil}
}

// registerExternal makes a handle for bytes that Synapse can't reach: a URL,
// a file behind a proxy, an object in somebody's own S3.
func registerExternal(c *call) (reply, error) {
	var h synapse.FileHandle
	if err := c.decode(&h); err != nil {
		return reply{}, err
	}
	return storeExternal(c, h)
}

// registerProxied is the older call for a file behind a proxy.
func registerProxied(c *call) (reply, error) {
	var h synapse.FileHandle
	if err := c.decode(&h); err != nil {
		return reply{}, err
	}
	h.ConcreteType = synapse.TypeProxyFileHandle
	return storeExternal(c, h)
}

// storeExternal checks a handle by its type and stores it
// (FileHandleManagerImpl.createExternalFileHandle, October 2024).
func storeExternal(c *call, h synapse.FileHandle) (reply, error) {
	check := map[string]func(*call, *synapse.FileHandle) error{
		synapse.TypeExternalFileHandle:    checkURLHandle,
		synapse.TypeProxyFileHandle:       checkProxyHandle,
		synapse.TypeObjectStoreFileHandle: checkObjectStoreHandle,
	}[h.ConcreteType]
	if check == nil {
		return reply{}, invalidf("Unexpected type of ExternalFileHandleInterface: %s", h.ConcreteType)
	}
	if c.user.anonymous() {
		return reply{}, forbiddenf(reasonAnonymousUpload)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := check(c, &h); err != nil {
		return reply{}, err
	}
	if err := checkColumns(&h); err != nil {
		return reply{}, err
	}
	return ok(addHandle(c, h))
}

func checkURLHandle(c *call, h *synapse.FileHandle) error {
	if h.ExternalURL == "" {
		return invalidf("ExternalURL cannot be null")
	}
	defaultNames(h)
	if err := checkExternalURL(h.ExternalURL); err != nil {
		return err
	}
	if h.StorageLocationID == nil {
		return nil
	}
	l, err := c.state.locations.find(*h.StorageLocationID)
	if err == nil && isSTS(l) {
		return invalidf("Cannot create ExternalFileHandle in an STS-enabled storage location")
	}
	return err
}

// checkProxyHandle wants everything said: Synapse can't look. Besides the
// location's creator, those may use it who may create in its benefactor.
func checkProxyHandle(c *call, h *synapse.FileHandle) error {
	err := required(
		requiredText("ProxyFileHandle.contentMd5", h.ContentMD5),
		requiredNumber("ProxyFileHandle.contentSize", h.ContentSize),
		requiredText("ProxyFileHandle.contentType", h.ContentType),
		requiredText("ProxyFileHandle.fileName", h.FileName),
		requiredText("ProxyFileHandle.filePath", h.FilePath),
		requiredNumber("ProxyFileHandle.storageLocationId", h.StorageLocationID),
	)
	if err != nil {
		return err
	}
	l, err := c.state.locations.find(*h.StorageLocationID)
	if err != nil {
		return err
	}
	if l.ConcreteType != synapse.TypeProxyStorageLocation {
		return invalidf("ProxyFileHandle.storageLocationId must refer to a valid " +
			"ProxyStorageLocationSettings.")
	}
	if !md5Pattern.MatchString(h.ContentMD5) {
		return invalidf(reasonBadMD5)
	}
	if l.CreatedBy == c.user.ID {
		return nil
	}
	if l.BenefactorID != "" {
		n, err := c.state.tree.nodeFor(l.BenefactorID)
		if err == nil && c.state.access.allowed(c.user, n, synapse.AccessCreate) {
			return nil
		}
	}
	return forbiddenf("Only the creator of the ProxyStorageLocationSettings or a user with the " +
		"'create' permission on ProxyStorageLocationSettings.benefactorId can create a " +
		"ProxyFileHandle using this storage location ID.")
}

// checkObjectStoreHandle copies endpoint and bucket from the location, which
// anybody may use.
func checkObjectStoreHandle(c *call, h *synapse.FileHandle) error {
	err := required(
		requiredNumber("ExternalObjectStoreFileHandle.storageLocationId", h.StorageLocationID),
		requiredNumber("ExternalObjectStoreFileHandle.contentSize", h.ContentSize),
		requiredText("FileHandle.contentMd5", h.ContentMD5),
		requiredText("ExternalObjectStoreFileHandle.fileKey", h.FileKey),
	)
	if err != nil {
		return err
	}
	defaultNames(h)
	if !md5Pattern.MatchString(h.ContentMD5) {
		return invalidf(reasonBadMD5)
	}
	l, err := c.state.locations.find(*h.StorageLocationID)
	if err != nil {
		return err
	}
	if l.ConcreteType != synapse.TypeObjectStoreStorageLocation {
		// The server leaves no blank behind the type.
		return invalidf("StorageLocationSetting.id=%d was type:%snot of the expected type: %s",
			l.StorageLocationID, l.ConcreteType, synapse.TypeObjectStoreStorageLocation)
	}
	h.EndpointURL, h.Bucket = l.EndpointURL, l.Bucket
	return nil
}
