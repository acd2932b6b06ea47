package emulator

import (
	"fmt"
	"strings"

	"synapse-migrate/synapse"
)

// doiKey is what a DOI names: an entity, or one version of it.
type doiKey struct{ entity, version int64 }

// mentions are what names an entity elsewhere.
type mentions struct {
	dois    map[doiKey]*synapse.DOIAssociation
	threads map[int64]int64 // how many mention an entity
}

// doiPrefix is that of Synapse's DOIs (DataCite, October 2024).
const doiPrefix = "10.7303/"

// AddDOI gives a version of an entity a DOI and returns it; 0 is the entity
// as a whole.
func (e *Emulator) AddDOI(entityID string, version int64) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	n, _, err := versionNumbered(e.state.tree, entityID, version)
	if err != nil {
		return "", fmt.Errorf("adding a DOI to %s: %w", entityID, err)
	}
	uri := doiPrefix + strings.ToUpper(synID(n.id))
	if version != 0 {
		uri += "." + decimal(version)
	}
	e.state.mentions.dois[doiKey{n.id, version}] = &synapse.DOIAssociation{
		AssociationID: decimal(e.state.ids.next()), ObjectID: synID(n.id), ObjectType: "ENTITY",
		ObjectVersion: version, DOIURI: uri, DOIURL: "https://doi.org/" + uri,
		AssociatedBy: decimal(n.createdBy), AssociatedOn: synapse.NewTime(e.now()),
	}
	return uri, nil
}

// AddThread enters a discussion thread that mentions an entity.
func (e *Emulator) AddThread(entityID string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	n, err := e.state.tree.nodeFor(entityID)
	if err != nil {
		return fmt.Errorf("adding a thread about %s: %w", entityID, err)
	}
	e.state.mentions.threads[n.id]++
	return nil
}

// addTo adds the DOI and the number of threads to a bundle. Without a
// version in the request, a DOI of what has versions is that of the current
// one (EntityBundleServiceImpl, October 2024 snapshot).
func (m *mentions) addTo(b *bundle, n *node, v *revision, r synapse.BundleRequest) {
	if r.IncludeDOIAssociation {
		k := doiKey{entity: n.id}
		if isVersioned(n.kind) {
			k.version = v.number
		}
		if d := m.dois[k]; d != nil {
			shown := *d
			b.DOIAssociation = &shown
		}
	}
	if r.IncludeThreadCount {
		count := m.threads[n.id]
		b.ThreadCount = &count
	}
}
