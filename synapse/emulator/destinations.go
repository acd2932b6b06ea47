package emulator

import (
	"slices"
	"strconv"
	"strings"

	"synapse-migrate/synapse"
)

// Types that answers name.
const (
	fileModel               = "org.sagebionetworks.repo.model.file."
	typeDestination         = fileModel + "UploadDestination"
	typeDestinationLocation = fileModel + "UploadDestinationLocation"
)

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
func locationsInForce(c *call) ([]int64, error) {
	id, err := parseID(c.r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if set := c.state.settings.nearest(id); set != nil && len(set.Locations) > 0 {
		return set.Locations, nil
	}
	return []int64{synapse.DefaultStorageLocationID}, nil
}

// defaultDestination is the first location in force.
func defaultDestination(c *call) (reply, error) {
	ids, err := locationsInForce(c)
	if err != nil {
		return reply{}, err
	}
	d, err := destinationOf(c, ids[0])
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
	d, err := destinationOf(c, id)
	if err != nil {
		return reply{}, err
	}
	return ok(d)
}

// allDestinations are those of all locations in force, in the order of the
// database.
func allDestinations(c *call) (reply, error) {
	ids, err := locationsInForce(c)
	if err != nil {
		return reply{}, err
	}
	list := []any{}
	for _, id := range databaseOrder(ids) {
		d, err := destinationOf(c, id)
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
	ids, err := locationsInForce(c)
	if err != nil {
		return reply{}, err
	}
	list := []destinationLocation{}
	for _, id := range databaseOrder(ids) {
		if l := c.state.locations.byID[id]; l != nil {
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

// destinationBody is an upload destination as the server writes it: only
// those that can be STS-enabled say whether they are.
type destinationBody struct {
	synapse.UploadDestination
	StsEnabled *bool `json:"stsEnabled,omitempty"`
}

// destinationOf shows a storage location as any caller may see it, for an
// upload to the entity in the path. The path of that entity is part of an
// external destination, so that there the caller must be able to read it
// (FileHandleManagerImpl.getUploadDestination, October 2024).
func destinationOf(c *call, id int64) (*destinationBody, error) {
	l, err := c.state.locations.find(id)
	if err != nil {
		return nil, err
	}
	d := &destinationBody{UploadDestination: synapse.UploadDestination{
		StorageLocationID: id, UploadType: l.UploadType, Banner: l.Banner,
	}}
	addUsage(c, d)
	sts := isSTS(l)
	switch l.ConcreteType {
	case synapse.TypeS3StorageLocation:
		d.ConcreteType, d.StsEnabled = synapse.TypeS3Destination, &sts
		d.BaseKey = l.BaseKey
	case synapse.TypeExternalS3StorageLocation:
		d.ConcreteType, d.StsEnabled = synapse.TypeExternalS3Destination, &sts
		d.Bucket, d.BaseKey = l.Bucket, l.BaseKey
	case synapse.TypeGoogleStorageLocation:
		d.ConcreteType = synapse.TypeGoogleDestination
		d.Bucket, d.BaseKey = l.Bucket, l.BaseKey
	case synapse.TypeObjectStoreStorageLocation:
		d.ConcreteType = synapse.TypeObjectStoreDestination
		d.Bucket, d.EndpointURL, d.KeyPrefixUUID = l.Bucket, l.EndpointURL, newEtag()
	case synapse.TypeExternalStorageLocation:
		d.ConcreteType = synapse.TypeExternalDestination
		d.URL, err = externalUploadURL(c, l)
	default:
		return nil, invalidf("Cannot handle upload destination location setting of type: %s",
			l.ConcreteType)
	}
	return d, err
}

func addUsage(c *call, d *destinationBody) {
	id, err := parseID(c.r.PathValue("id"))
	if err != nil {
		return
	}
	if project := c.state.tree.projectOf(c.state.tree.nodes[id]); project != 0 {
		d.DestinationProjectID = synID(project)
		d.Usage = c.state.usage.of(project, d.StorageLocationID, c.now())
	}
}

// externalUploadURL is a new name below an external location's URL, behind
// the names of the entity's path where the location has sub-folders.
func externalUploadURL(c *call, l *synapse.StorageLocation) (string, error) {
	n, err := c.state.access.readable(c.user, c.r.PathValue("id"))
	if err != nil {
		return "", err
	}
	url := l.URL
	if !strings.HasSuffix(url, "/") {
		url += "/"
	}
	if isTrue(l.SupportsSubfolders) {
		for _, a := range c.state.access.pathOf(c.user, n).Path[1:] {
			url += strings.ReplaceAll(javaEscape(a.Name), "+", "%20") + "/"
		}
	}
	return url + newEtag(), nil
}
