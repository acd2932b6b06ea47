package emulator

import (
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
