package emulator

import (
	"net/url"
	"unicode/utf16"

	"synapse-migrate/synapse"
)

// minSecretKeyChars is the shortest key of a proxy
// (ProxyStorageLocationProcessor, October 2024).
const minSecretKeyChars = 36

// locationBody is a storage location as clients send it and as its creator
// sees it: the key of a proxy is shown to nobody else.
type locationBody struct {
	synapse.StorageLocation
	SecretKey string `json:"secretKey,omitempty"`
}

// prepareLocation checks a document by its type and puts it into the form
// in which it is stored: without what the type doesn't have (the storage
// location processors, October 2024).
func prepareLocation(l *locationBody, userID int64) error {
	sent := *l
	*l = locationBody{StorageLocation: synapse.StorageLocation{
		ConcreteType: sent.ConcreteType, UploadType: sent.UploadType,
		Banner: sent.Banner, Description: sent.Description, CreatedBy: userID,
	}}
	var err error
	switch l.ConcreteType {
	case synapse.TypeS3StorageLocation:
		err = prepareManaged(l, sent, userID)
	case synapse.TypeExternalS3StorageLocation:
		l.UploadType, l.Bucket, l.BaseKey = "S3", sent.Bucket, stripped(sent.BaseKey)
		l.StsEnabled, l.EndpointURL = sent.StsEnabled, sent.EndpointURL
		err = checkBucketName(l.Bucket)
	case synapse.TypeGoogleStorageLocation:
		l.UploadType, l.Bucket = "GOOGLECLOUDSTORAGE", sent.Bucket
		l.BaseKey = stripped(sent.BaseKey)
		err = checkBucketName(l.Bucket)
	case synapse.TypeObjectStoreStorageLocation:
		err = prepareObjectStore(l, sent)
	case synapse.TypeExternalStorageLocation:
		err = prepareExternal(l, sent)
	case synapse.TypeProxyStorageLocation:
		err = prepareProxy(l, sent)
	default:
		return invalidf("Could not read JSON: no storage location of concreteType '%s'",
			l.ConcreteType)
	}
	if l.UploadType == "" {
		l.UploadType = "NONE"
	}
	return err
}

// prepareManaged is for Synapse's own bucket: the server chooses the base
// key of an STS location.
func prepareManaged(l *locationBody, sent locationBody, userID int64) error {
	if stripped(sent.BaseKey) != "" {
		return invalidf("Cannot specify baseKey when creating an S3StorageLocationSetting")
	}
	l.StsEnabled = sent.StsEnabled
	if isSTS(&l.StorageLocation) {
		l.BaseKey = decimal(userID) + "/" + newEtag()
	}
	l.UploadType = "S3"
	return nil
}

// prepareObjectStore is for an S3 that only clients reach.
func prepareObjectStore(l *locationBody, sent locationBody) error {
	l.EndpointURL, l.Bucket = stripped(sent.EndpointURL), sent.Bucket
	if err := checkExternalURL(l.EndpointURL); err != nil {
		return err
	}
	return checkBucketName(l.Bucket)
}

// prepareExternal is for an SFTP or HTTPS server that only clients reach.
func prepareExternal(l *locationBody, sent locationBody) error {
	l.URL, l.SupportsSubfolders = sent.URL, sent.SupportsSubfolders
	if l.URL == "" {
		return invalidf("The url is required.")
	}
	return checkExternalURL(l.URL)
}

// prepareProxy is for a server that takes URLs signed with a shared key.
func prepareProxy(l *locationBody, sent locationBody) error {
	l.ProxyURL, l.BenefactorID = sent.ProxyURL, sent.BenefactorID
	l.SecretKey = sent.SecretKey
	switch "" {
	case l.ProxyURL:
		return invalidf("The proxyUrl is required.")
	case l.SecretKey:
		return invalidf("The secretKey is required.")
	}
	if n := len(utf16.Encode([]rune(l.SecretKey))); n < minSecretKeyChars {
		return invalidf("SecretKey must be at least: %d characters but was: %d", minSecretKeyChars, n)
	}
	u, err := url.Parse(l.ProxyURL)
	if err != nil || u.Scheme == "" {
		return invalidf("The proxyUrl is malformed: no protocol: %s", l.ProxyURL)
	}
	if u.Scheme != "https" {
		return invalidf("The proxyUrl protocol must be be HTTPS") // the server's own words
	}
	return nil
}

// checkExternalURL wants an absolute URL of any scheme, as far as Apache's
// UrlValidator can be followed here: with a host, except for files.
func checkExternalURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" || u.Host == "" && u.Scheme != "file" {
		return invalidf("The External URL is not a valid url: %s", text)
	}
	return nil
}
