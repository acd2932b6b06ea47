package emulator

import (
	"slices"
	"strconv"

	"synapse-migrate/synapse"
)

// Types that answers name.
const (
	fileModel                  = "org.sagebionetworks.repo.model.file."
	typeObjectStoreDestination = fileModel + "ExternalObjectStoreUploadDestination"
	typeDestination            = fileModel + "UploadDestination"
	typeDestinationLocation    = fileModel + "UploadDestinationLocation"
)

// objectStoreDestination is where clients write with keys of their own.
type objectStoreDestination struct {
	synapse.UploadDestination
	KeyPrefixUUID string `json:"keyPrefixUUID"`
	EndpointURL   string `json:"endpointUrl"`
}

// destinationLocation is the short form of an upload destination.
type destinationLocation struct {
	StorageLocationID int64  `json:"storageLocationId"`
	UploadType        string `json:"uploadType"`
	Description       string `json:"description,omitempty"`
}

// locationsInForce are the storage locations of the nearest setting up the
// tree, else Synapse's own bucket. No permission is asked for, and the
// entity need not exist (FileHandleManagerImpl, October 2024). The caller
// holds the lock.
func (c *call) locationsInForce() ([]int64, error) {
	id, err := parseID(c.r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if set := c.state.nearestSetting(id); set != nil && len(set.Locations) > 0 {
		return set.Locations, nil
	}
	return []int64{synapse.DefaultStorageLocationID}, nil
}

// defaultDestination is the first location in force.
func defaultDestination(c *call) (reply, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	ids, err := c.locationsInForce()
	if err != nil {
		return reply{}, err
	}
	d, err := c.state.destination(ids[0])
	if err != nil {
		return reply{}, err
	}
	return ok(d)
}

// oneDestination is any location, configured here or not.
func oneDestination(c *call) (reply, error) {
	id, err := strconv.ParseInt(c.r.PathValue("location"), 10, 64)
	if err != nil {
		return reply{}, invalidf("%s is not a valid storage location ID.", c.r.PathValue("location"))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	d, err := c.state.destination(id)
	if err != nil {
		return reply{}, err
	}
	return ok(d)
}

// allDestinations are those of all locations in force, in the order of the
// database.
func allDestinations(c *call) (reply, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	ids, err := c.locationsInForce()
	if err != nil {
		return reply{}, err
	}
	list := []any{}
	for _, id := range databaseOrder(ids) {
		d, err := c.state.destination(id)
		if err != nil {
			return reply{}, err
		}
		list = append(list, d)
	}
	return ok(listOf(typeDestination, list))
}

// destinationLocations are the locations in force, in the order of the
// database, not of the setting.
func destinationLocations(c *call) (reply, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	ids, err := c.locationsInForce()
	if err != nil {
		return reply{}, err
	}
	list := []destinationLocation{}
	for _, id := range databaseOrder(ids) {
		if l := c.state.locations[id]; l != nil {
			list = append(list, destinationLocation{
				StorageLocationID: id, UploadType: l.UploadType, Description: l.Description,
			})
		}
	}
	return ok(listOf(typeDestinationLocation, list))
}

// databaseOrder is ascending, each once.
func databaseOrder(ids []int64) []int64 {
	return slices.Compact(slices.Sorted(slices.Values(ids)))
}

// destination shows a storage location as any caller may see it.
func (s *state) destination(id int64) (any, error) {
	l, err := s.location(id)
	if err != nil {
		return nil, err
	}
	d := synapse.UploadDestination{
		ConcreteType:      synapse.TypeS3Destination,
		StorageLocationID: id,
		UploadType:        l.UploadType,
		BaseKey:           l.BaseKey,
		StsEnabled:        isSTS(l),
		Banner:            l.Banner,
	}
	switch l.ConcreteType {
	case synapse.TypeExternalS3StorageLocation:
		d.ConcreteType, d.Bucket = synapse.TypeExternalS3Destination, l.Bucket
	case typeObjectStoreLocation:
		d.ConcreteType, d.Bucket = typeObjectStoreDestination, l.Bucket
		return objectStoreDestination{d, newEtag(), l.EndpointURL}, nil
	}
	return d, nil
}
