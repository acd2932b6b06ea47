package synapse

import "context"

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
