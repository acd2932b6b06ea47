package synapse

// Concrete types of storage locations, settings and upload destinations.
const (
	TypeS3StorageLocation         = "org.sagebionetworks.repo.model.project.S3StorageLocationSetting"
	TypeExternalS3StorageLocation = "org.sagebionetworks.repo.model.project.ExternalS3StorageLocationSetting"
	TypeUploadSetting             = "org.sagebionetworks.repo.model.project.UploadDestinationListSetting"
	TypeS3Destination             = "org.sagebionetworks.repo.model.file.S3UploadDestination"
	TypeExternalS3Destination     = "org.sagebionetworks.repo.model.file.ExternalS3UploadDestination"

	// Those that can't hand out credentials.
	TypeGoogleStorageLocation      = "org.sagebionetworks.repo.model.project.ExternalGoogleCloudStorageLocationSetting"
	TypeObjectStoreStorageLocation = "org.sagebionetworks.repo.model.project.ExternalObjectStorageLocationSetting"
	TypeExternalStorageLocation    = "org.sagebionetworks.repo.model.project.ExternalStorageLocationSetting"
	TypeProxyStorageLocation       = "org.sagebionetworks.repo.model.project.ProxyStorageLocationSettings"
	TypeGoogleDestination          = "org.sagebionetworks.repo.model.file.ExternalGoogleCloudUploadDestination"
	TypeObjectStoreDestination     = "org.sagebionetworks.repo.model.file.ExternalObjectStoreUploadDestination"
	TypeExternalDestination        = "org.sagebionetworks.repo.model.file.ExternalUploadDestination"
)

// DefaultStorageLocationID is Synapse's own bucket: no base key, no STS.
const DefaultStorageLocationID int64 = 1

// StorageLocation is one storage location document. BaseKey never begins
// or ends with a slash. URL and SupportsSubfolders belong to an
// ExternalStorageLocationSetting, ProxyURL and BenefactorID to
// ProxyStorageLocationSettings, whose secret key is left out here.
type StorageLocation struct {
	ConcreteType      string `json:"concreteType"`
	StorageLocationID int64  `json:"storageLocationId,omitempty"`
	UploadType        string `json:"uploadType,omitempty"`
	Bucket            string `json:"bucket,omitempty"`
	BaseKey           string `json:"baseKey,omitempty"`
	StsEnabled        *bool  `json:"stsEnabled,omitempty"`
	EndpointURL       string `json:"endpointUrl,omitempty"`
	URL               string `json:"url,omitempty"`
	// SupportsSubfolders puts uploads into folders named as the entity's path.
	SupportsSubfolders *bool  `json:"supportsSubfolders,omitempty"`
	ProxyURL           string `json:"proxyUrl,omitempty"`
	// BenefactorID is the entity whose creators may use the proxy too.
	BenefactorID string `json:"benefactorId,omitempty"`
	Banner       string `json:"banner,omitempty"`
	Description  string `json:"description,omitempty"`
	Etag         string `json:"etag,omitempty"`
	CreatedOn    *Time  `json:"createdOn,omitempty"`
	CreatedBy    int64  `json:"createdBy,omitempty"`
}

// UploadSetting binds storage locations to a project or folder; the first
// of Locations is the one that counts for STS.
type UploadSetting struct {
	ConcreteType string  `json:"concreteType"`
	ID           string  `json:"id,omitempty"`
	ProjectID    string  `json:"projectId"`
	SettingsType string  `json:"settingsType"`
	Etag         string  `json:"etag,omitempty"`
	Locations    []int64 `json:"locations"`
}

// SettingsTypeUpload is the SettingsType of an UploadSetting.
const SettingsTypeUpload = "upload"

// UploadDestination is the storage location that is in force at an entity,
// as any caller may see it.
type UploadDestination struct {
	ConcreteType      string `json:"concreteType"`
	StorageLocationID int64  `json:"storageLocationId"`
	UploadType        string `json:"uploadType,omitempty"`
	Bucket            string `json:"bucket,omitempty"`
	BaseKey           string `json:"baseKey,omitempty"`
	StsEnabled        bool   `json:"stsEnabled"`
	Banner            string `json:"banner,omitempty"`
	// EndpointURL and KeyPrefixUUID belong to an object store of the
	// client's own, URL to an external destination.
	EndpointURL   string `json:"endpointUrl,omitempty"`
	KeyPrefixUUID string `json:"keyPrefixUUID,omitempty"`
	URL           string `json:"url,omitempty"`
	// DestinationProjectID is the project that the upload counts for, and
	// Usage what it stores in the location already; empty and nil where the
	// server doesn't tell.
	DestinationProjectID string        `json:"destinationProjectId,omitempty"`
	Usage                *StorageUsage `json:"projectStorageLocationUsage,omitempty"`
}

// StorageUsage is what a project's files take in one storage location, in
// bytes, and how much they may (ProjectStorageLocationUsage, OpenAPI file of
// March 2026). The sum is up to a minute old. MaxAllowedFileBytes is nil where
// there is no limit.
type StorageUsage struct {
	StorageLocationID   int64  `json:"storageLocationId"`
	SumFileBytes        int64  `json:"sumFileBytes"`
	MaxAllowedFileBytes *int64 `json:"maxAllowedFileBytes,omitempty"`
	IsOverLimit         bool   `json:"isOverLimit"`
}

// STSPermission is what temporary credentials may do.
type STSPermission string

// The two permissions. Synapse's own storage gives read_only alone.
const (
	STSReadOnly  STSPermission = "read_only"
	STSReadWrite STSPermission = "read_write"
)

// STSCredentials are temporary AWS credentials for a whole storage
// location. They print as REDACTED.
type STSCredentials struct {
	Bucket          string `json:"bucket"`
	BaseKey         string `json:"baseKey,omitempty"`
	AccessKeyID     string `json:"accessKeyId"`
	SecretAccessKey string `json:"secretAccessKey"`
	SessionToken    string `json:"sessionToken"`
	Expiration      *Time  `json:"expiration"`
}
