package synapse

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
)

// StorageCalls are about storage locations, upload settings and STS credentials.
type StorageCalls struct{ client *Client }

// StorageLocation returns a storage location that the caller created (else
// ErrForbidden).
func (c StorageCalls) StorageLocation(ctx context.Context, id int64) (StorageLocation, error) {
	return fetch[StorageLocation](ctx, c.client,
		read("/repo/v1/storageLocation/{}", strconv.FormatInt(id, 10)))
}

// CreateStorageLocation makes a storage location, or returns the one that
// the caller made before with equal fields. Only an STS location in
// Synapse's own bucket is a new one each time.
func (c StorageCalls) CreateStorageLocation(
	ctx context.Context, l StorageLocation,
) (StorageLocation, error) {
	r := ask(l, "/repo/v1/storageLocation")
	if alwaysNew(l) {
		r.repeat = repeatNever
	}
	return fetch[StorageLocation](ctx, c.client, r)
}

// alwaysNew reports whether the server makes another location of an equal
// request: it generates the base key.
func alwaysNew(l StorageLocation) bool {
	return l.ConcreteType == TypeS3StorageLocation && l.StsEnabled != nil && *l.StsEnabled
}

// UploadSetting returns the upload setting that an entity itself carries,
// nil when it has none, inherited ones not counting.
func (c StorageCalls) UploadSetting(ctx context.Context, entityID string) (*UploadSetting, error) {
	var setting *UploadSetting
	err := c.client.do(ctx, read("/repo/v1/projectSettings/{}/type/upload", entityID),
		func(body []byte) error {
			if empty(body) {
				return nil
			}
			return json.Unmarshal(body, &setting)
		})
	if err != nil {
		return nil, err
	}
	return setting, nil
}

// CreateUploadSetting binds storage locations to a project or folder that
// has no setting. For an STS location it must be an empty folder.
func (c StorageCalls) CreateUploadSetting(ctx context.Context, s UploadSetting) (UploadSetting, error) {
	return fetch[UploadSetting](ctx, c.client, create(s, "/repo/v1/projectSettings"))
}

// UploadDestination returns the storage location in force at an entity: of
// its own setting or the nearest above, else Synapse's own.
func (c StorageCalls) UploadDestination(
	ctx context.Context, entityID string,
) (UploadDestination, error) {
	return fetch[UploadDestination](ctx, c.client, read("/file/v1/entity/{}/uploadDestination", entityID))
}

// LocationDestination returns a storage location by its ID, as any caller
// may see it: it need not be in force at the entity, nor be the caller's.
// A proxy is an Error of status 400, ErrNotFound one that does not exist.
func (c StorageCalls) LocationDestination(
	ctx context.Context, entityID string, locationID int64,
) (UploadDestination, error) {
	return fetch[UploadDestination](ctx, c.client,
		read("/file/v1/entity/{}/uploadDestination/{}", entityID, decimal(locationID)))
}

// STSCredentials returns temporary AWS credentials, valid for 12 hours, for
// the whole storage location in force at an entity.
func (c StorageCalls) STSCredentials(
	ctx context.Context, entityID string, p STSPermission,
) (STSCredentials, error) {
	r := read("/repo/v1/entity/{}/sts", entityID)
	r.query = url.Values{"permission": {string(p)}}
	return fetch[STSCredentials](ctx, c.client, r)
}

// MaxListedLocations is how many storage locations StorageLocations returns
// at most (DBOStorageLocationDAOImpl, October 2024 snapshot).
const MaxListedLocations = 100

// storageLocationPage is the server's list of storage locations.
type storageLocationPage struct {
	List []StorageLocation `json:"list"`
}

// StorageLocations returns the storage locations that the caller created,
// newest first, MaxListedLocations at most: the server has no way to see
// older ones but by their ID.
func (c StorageCalls) StorageLocations(ctx context.Context) ([]StorageLocation, error) {
	page, err := fetch[storageLocationPage](ctx, c.client, read("/repo/v1/storageLocation"))
	return page.List, err
}
