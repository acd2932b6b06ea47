package emulator

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"synapse-migrate/synapse"
)

// maxListedLocations is how many locations a listing shows
// (DBOStorageLocationDAOImpl, October 2024).
const maxListedLocations = 100

func storageRoutes() []route {
	return []route{
		{"POST /repo/v1/storageLocation", toChange, createLocation},
		{"GET /repo/v1/storageLocation", toView, locked(listLocations)},
		{"GET /repo/v1/storageLocation/{id}", toView, locked(getLocation)},

		{"POST /repo/v1/projectSettings", toChange, locked(createSetting)},
		{"PUT /repo/v1/projectSettings", toChange, locked(updateSetting)},
		{"GET /repo/v1/projectSettings/{id}", toView, locked(getSetting)},
		{"DELETE /repo/v1/projectSettings/{id}", toModify, locked(deleteSetting)},
		{"GET /repo/v1/projectSettings/{id}/type/{type}", toView, locked(getSettingOfEntity)},

		{"GET /file/v1/entity/{id}/uploadDestination", toView, locked(defaultDestination)},
		{"GET /file/v1/entity/{id}/uploadDestination/{location}", toView, locked(oneDestination)},
		{"GET /file/v1/entity/{id}/uploadDestinations", toView, locked(allDestinations)},
		{"GET /file/v1/entity/{id}/uploadDestinationLocations", toView, locked(destinationLocations)},
	}
}

// locations are the storage locations.
type locations struct {
	byID map[int64]*synapse.StorageLocation
	// secretKeys are those of proxies, by location.
	secretKeys map[int64]string
}

// newLocations has location 1, Synapse's own bucket.
func newLocations(bucket string, now time.Time) *locations {
	own := &synapse.StorageLocation{
		ConcreteType: synapse.TypeS3StorageLocation, UploadType: "S3", Bucket: bucket,
		StorageLocationID: synapse.DefaultStorageLocationID,
		Etag:              newEtag(), CreatedOn: synapse.NewTime(now),
	}
	return &locations{
		byID:       map[int64]*synapse.StorageLocation{own.StorageLocationID: own},
		secretKeys: map[int64]string{},
	}
}

func (l *locations) find(id int64) (*synapse.StorageLocation, error) {
	if l := l.byID[id]; l != nil {
		return l, nil
	}
	return nil, missingf("Storage location setting: '%d' does not exist", id)
}

// bucketOf is where Synapse itself writes for a storage location; 400 for
// those where it doesn't.
func bucketOf(c *call, l *synapse.StorageLocation) (string, error) {
	switch l.ConcreteType {
	case synapse.TypeS3StorageLocation:
		return c.options.Bucket, nil
	case synapse.TypeExternalS3StorageLocation, synapse.TypeGoogleStorageLocation:
		return l.Bucket, nil
	}
	return "", invalidf("Cannot get bucket from storage location setting type class %s",
		l.ConcreteType)
}

// createLocation makes a storage location of the caller, or finds the one
// that was made from an equal document.
func createLocation(c *call) (reply, error) {
	var l locationBody
	if err := c.decode(&l); err != nil {
		return reply{}, err
	}
	if err := prepareLocation(&l, c.user.ID); err != nil {
		return reply{}, err
	}
	switch l.ConcreteType {
	case synapse.TypeExternalS3StorageLocation, synapse.TypeGoogleStorageLocation:
		if err := verifyOwner(c, &l.StorageLocation); err != nil {
			return reply{}, err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	stored, err := addLocation(c, l)
	if err != nil {
		return reply{}, err
	}
	return created(stored)
}

// stripped takes slashes, blanks and tabs off both ends
// (StorageLocationUtils, October 2024).
func stripped(text string) string { return strings.Trim(text, "/ \t") }

// checkBucketName wants a valid domain name (Guava's InternetDomainName):
// labels of letters, digits, inner hyphens and underscores, at most 63
// characters each and 253 in all; the last doesn't begin with a digit.
func checkBucketName(bucket string) error {
	if bucket == "" {
		return invalidf("The bucket name is required.")
	}
	labels := strings.Split(strings.TrimSuffix(bucket, "."), ".")
	last := labels[len(labels)-1]
	valid := len(bucket) <= 253 && len(labels) <= 127 && !startsWithDigit(last)
	for _, label := range labels {
		valid = valid && validLabel(label)
	}
	if !valid {
		return invalidf("Invalid bucket name.")
	}
	return nil
}

func startsWithDigit(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

func validLabel(label string) bool {
	if label == "" || len(label) > 63 || strings.Trim(label, "-_") != label {
		return false
	}
	for _, r := range label {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r > 0x7f
		if !letter && (r < '0' || r > '9') && r != '-' && r != '_' {
			return false
		}
	}
	return true
}

// addLocation stores a prepared document, or finds the caller's equal one:
// equal in all but ID, ETag and time of creation. The caller holds the lock.
func addLocation(c *call, l locationBody) (locationBody, error) {
	fingerprint, err := locationFingerprint(l)
	if err != nil {
		return l, err
	}
	for _, known := range c.state.locations.byID {
		other, err := locationFingerprint(c.state.locations.whole(known))
		if err != nil {
			return l, err
		}
		if other == fingerprint {
			return c.state.locations.whole(known), nil
		}
	}
	l.StorageLocationID = c.state.ids.next()
	l.Etag = newEtag()
	l.CreatedOn = synapse.NewTime(c.now())
	c.state.locations.byID[l.StorageLocationID] = &l.StorageLocation
	if l.SecretKey != "" {
		c.state.locations.secretKeys[l.StorageLocationID] = l.SecretKey
	}
	return c.state.locations.whole(&l.StorageLocation), nil
}

// whole is a location with the key of its proxy.
func (l *locations) whole(one *synapse.StorageLocation) locationBody {
	return locationBody{*one, l.secretKeys[one.StorageLocationID]}
}

// locationFingerprint is a document without what the server sets; the
// creator stays in.
func locationFingerprint(l locationBody) (string, error) {
	l.StorageLocationID, l.Etag, l.CreatedOn = 0, "", nil
	text, err := json.Marshal(l)
	return string(text), err
}

func getLocation(c *call) (reply, error) {
	id, err := strconv.ParseInt(c.r.PathValue("id"), 10, 64)
	if err != nil {
		return reply{}, invalidf("%s is not a valid storage location ID.", c.r.PathValue("id"))
	}
	l, err := c.state.locations.find(id)
	if err != nil {
		return reply{}, err
	}
	if l.CreatedBy != c.user.ID {
		return reply{}, forbiddenf("Only the creator can access storage location settings")
	}
	return ok(c.state.locations.whole(l))
}

// listLocations shows the caller's locations, newest first.
func listLocations(c *call) (reply, error) {
	mine := []locationBody{}
	for _, l := range c.state.locations.byID {
		if l.CreatedBy == c.user.ID {
			mine = append(mine, c.state.locations.whole(l))
		}
	}
	slices.SortFunc(mine, func(a, b locationBody) int {
		return cmp.Compare(b.StorageLocationID, a.StorageLocationID)
	})
	mine = mine[:min(len(mine), maxListedLocations)]
	return ok(listOf("org.sagebionetworks.repo.model.project.StorageLocationSetting", mine))
}

// listOf is the server's ListWrapper of items of one type.
func listOf(concreteType string, items any) map[string]any {
	return map[string]any{"concreteType": concreteType, "list": items}
}

// of is where a handle says its bytes are; nil when it doesn't.
func (l *locations) of(h *synapse.FileHandle) *synapse.StorageLocation {
	if h.StorageLocationID == nil {
		return nil
	}
	return l.byID[*h.StorageLocationID]
}
