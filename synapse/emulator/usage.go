package emulator

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"synapse-migrate/synapse"
)

// usageLife is how long the sums of a project are shown before they are
// added up again (ProjectStorageLimitsManager, 2026).
const usageLife = time.Minute

type usageKey struct{ project, location int64 }

// usage is what a project's files take, by storage location, as it was added
// up last.
type usage struct {
	at   time.Time
	sums map[int64]int64
}

// storageUsage is what projects may store, and what they do.
type storageUsage struct {
	tree    *tree
	handles *fileHandles
	limits  map[usageKey]int64 // in bytes
	sums    map[int64]*usage   // by project
}

func usageRoutes() []route {
	return []route{
		{"GET /repo/v1/project/{id}/storage/usage", toView, locked(getUsage)},
	}
}

// getUsage shows the usage of the locations that are used or limited.
func getUsage(c *call) (reply, error) {
	n, err := c.state.tree.nodeFor(c.r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	if n.kind != synapse.TypeProject {
		return reply{}, invalidf("The entity with the given id is not a project.")
	}
	if err := c.state.access.require(c.user, n, synapse.AccessCreate); err != nil {
		return reply{}, err
	}
	list := []*synapse.StorageUsage{}
	for _, l := range inOrder(c.state.locations.byID) {
		u := c.state.usage.of(n.id, l.StorageLocationID, c.now())
		if u.SumFileBytes > 0 || u.MaxAllowedFileBytes != nil {
			list = append(list, u)
		}
	}
	return ok(map[string]any{"projectId": synID(n.id), "locations": list})
}

// of is what a project's files take in a storage location.
func (s *storageUsage) of(project, location int64, now time.Time) *synapse.StorageUsage {
	u := s.sums[project]
	if u == nil || now.Sub(u.at) >= usageLife {
		u = &usage{at: now, sums: s.addUp(project)}
		s.sums[project] = u
	}
	shown := &synapse.StorageUsage{StorageLocationID: location, SumFileBytes: u.sums[location]}
	if limit, limited := s.limits[usageKey{project, location}]; limited {
		shown.MaxAllowedFileBytes = &limit
		shown.IsOverLimit = shown.SumFileBytes > limit
	}
	return shown
}

// addUp adds up the files of a project by storage location, all versions.
func (s *storageUsage) addUp(project int64) map[int64]int64 {
	sums := map[int64]int64{}
	for _, n := range s.tree.nodes {
		if !holdsFile(n.kind) || s.tree.projectOf(n) != project || s.tree.inTrash(n) {
			continue
		}
		for _, v := range n.versions {
			h := s.handles.byID[v.handleID]
			if h != nil && h.ContentSize != nil && h.StorageLocationID != nil {
				sums[*h.StorageLocationID] += *h.ContentSize
			}
		}
	}
	return sums
}

// check is 400 for a file that comes to a project which takes more than
// it may where the file's bytes lie (FileEntityMetadataProvider, 2026). How
// large the file is doesn't matter.
func (s *storageUsage) check(parent *node, h *synapse.FileHandle, now time.Time) error {
	project := s.tree.projectOf(parent)
	if len(s.limits) == 0 || h.StorageLocationID == nil || project == 0 {
		return nil
	}
	u := s.of(project, *h.StorageLocationID, now)
	if !u.IsOverLimit {
		return nil
	}
	return &failure{
		status: http.StatusBadRequest, code: synapse.CodeStorageLimit,
		reason: fmt.Sprintf("The project storage usage exceeds the limit for the storage location "+
			"(Project: %s, Storage Location: %d, Usage: %s, Limit: %s).", synID(project),
			*h.StorageLocationID, sizeText(u.SumFileBytes), sizeText(*u.MaxAllowedFileBytes)),
	}
}

// sizeText is a number of bytes as the server words it: 100 Bytes, 4 KiB.
func sizeText(n int64) string {
	units := []string{"Bytes", "KiB", "MiB", "GiB", "TiB", "PiB"}
	size, i := float64(n), 0
	for size >= 1024 && i < len(units)-1 {
		size, i = size/1024, i+1
	}
	return strconv.FormatFloat(float64(int64(size*100))/100, 'f', -1, 64) + " " + units[i]
}
