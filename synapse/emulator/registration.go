package emulator

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"synapse-migrate/synapse"
)

// Reasons that several calls give.
const (
	reasonAnonymousUpload = "Anonymous cannot upload files."
	reasonAnonymousCopy   = "Anonymous cannot copy files."
	reasonBadMD5          = "The content MD5 digest must be a valid hexadecimal string of length 32."
)

// md5Pattern is an MD5 in hex, either case (MD5ChecksumHelper).
var md5Pattern = regexp.MustCompile(`^[0-9a-fA-F]{32}$`)

// registerObject makes a handle for an object that lies in S3 already
// (FileHandleManagerImpl.createExternalS3FileHandle, October 2024). The MD5,
// the type and a size that was sent are believed.
func registerObject(c *call) (reply, error) {
	return registerCloud(c, synapse.TypeS3FileHandle, synapse.TypeExternalS3StorageLocation)
}

// registerGoogleObject is the same for Google Cloud, where no key is
// compared with the base key
// (FileHandleManagerImpl.createExternalGoogleCloudFileHandle, October 2024).
func registerGoogleObject(c *call) (reply, error) {
	return registerCloud(c, synapse.TypeGoogleFileHandle, synapse.TypeGoogleStorageLocation)
}

// registerCloud makes a handle of a type in a location of a type.
func registerCloud(c *call, handleType, locationType string) (reply, error) {
	var h synapse.FileHandle
	if err := c.decode(&h); err != nil {
		return reply{}, err
	}
	if c.user.anonymous() {
		return reply{}, forbiddenf(reasonAnonymousUpload)
	}
	h.ConcreteType = handleType
	if err := checkRegistration(&h); err != nil {
		return reply{}, err
	}
	if err := checkRegistrationPlace(c, &h, locationType); err != nil {
		return reply{}, err
	}
	info, err := look(c, h.BucketName, h.Key)
	if err != nil {
		return reply{}, invalidf("Unable to access the file at bucket: %s key: %s.",
			h.BucketName, h.Key)
	}
	if h.ContentSize == nil {
		h.ContentSize = &info.SizeBytes
	}
	if err := checkColumns(&h); err != nil {
		return reply{}, err
	}
	stored := storeHandle(c, h)
	makePreview(c, stored.ID)
	return ok(stored)
}

// look asks S3 for an object, its bucket's region first.
func look(c *call, bucket, key string) (ObjectInfo, error) {
	if _, err := c.options.Storage.Region(c.r.Context(), bucket); err != nil {
		return ObjectInfo{}, err
	}
	return c.options.Storage.Head(c.r.Context(), bucket, key)
}

// checkRegistration looks at what the request alone shows.
func checkRegistration(h *synapse.FileHandle) error {
	if h.StorageLocationID == nil {
		return invalidf("FileHandle.storageLocationId is required.")
	}
	for _, f := range []struct{ name, value string }{
		{"FileHandle.bucket", h.BucketName},
		{"FileHandle.key", h.Key},
		{"FileHandle.contentMd5", h.ContentMD5},
	} {
		if f.value == "" {
			return invalidf("%s is required and must not be the empty string.", f.name)
		}
	}
	defaultNames(h)
	if !md5Pattern.MatchString(h.ContentMD5) {
		return invalidf(reasonBadMD5)
	}
	return nil
}

func defaultNames(h *synapse.FileHandle) {
	if h.FileName == "" {
		h.FileName = synapse.NotSet
	}
	if h.ContentType == "" {
		h.ContentType = synapse.NotSet
	}
}

// checkRegistrationPlace compares bucket and key with the storage location,
// which only its creator may use.
func checkRegistrationPlace(c *call, h *synapse.FileHandle, locationType string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := *h.StorageLocationID
	l, err := c.state.locations.find(id)
	if err != nil {
		return err
	}
	class := className(locationType)
	switch {
	case l.ConcreteType != locationType:
		return invalidf("StorageLocationSetting.id=%d was not of the expected type: %s",
			id, locationType)
	case h.BucketName != l.Bucket:
		return invalidf("The bucket for %s.id=%d does not match the provided bucket: %s",
			class, id, h.BucketName)
	case isSTS(l) && !strings.HasPrefix(h.Key, l.BaseKey): // no slash: the server's own test
		return invalidf("The baseKey for ExternalS3StorageLocationSetting.id=%d "+
			"does not match the provided key: %s", id, h.Key)
	case l.CreatedBy != c.user.ID:
		return forbiddenf("Only the creator of %s.id=%d can create an external %s with "+
			"storageLocationId = %d", class, id, className(h.ConcreteType), id)
	}
	return nil
}

func className(concreteType string) string {
	return concreteType[strings.LastIndexByte(concreteType, '.')+1:]
}

// checkColumns refuses what the server's Files table cannot hold, in
// characters (Files table, October 2024). The text is the database's own
// form; its exact words were not seen.
func checkColumns(h *synapse.FileHandle) error {
	for _, column := range []struct {
		name, value string
		limit       int
	}{
		{"KEY", h.Key, synapse.MaxKeyChars},
		{"KEY", h.ExternalURL, synapse.MaxKeyChars},
		{"KEY", h.FilePath, synapse.MaxKeyChars},
		{"KEY", h.FileKey, synapse.MaxKeyChars},
		{"BUCKET_NAME", h.Bucket, 100},
		{"ENDPOINT", h.EndpointURL, 512},
		{"BUCKET_NAME", h.BucketName, 100},
		{"NAME", h.FileName, 256},
		{"CONTENT_TYPE", h.ContentType, 256},
	} {
		if utf8.RuneCountInString(column.value) > column.limit {
			return invalidf("Data truncation: Data too long for column '%s' at row 1", column.name)
		}
	}
	return nil
}
