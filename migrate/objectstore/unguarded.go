package objectstore

import (
	"net/url"
	"strings"

	"synapse-migrate/migrate/transfer"
)

// unguarded reports whether a write to this server may overwrite what lies at its key although the request says
// If-None-Match: Google Cloud Storage documents that header for reads only (cloud.google.com/storage/docs,
// "Request preconditions", read November 2026). The key is looked at right before such a write, which is no guard
// against what another program writes in that instant.
func (s *Store) unguarded(req transfer.Request) bool {
	if req.Replace {
		return false
	}
	u, err := url.Parse(s.options.Endpoint)
	if err != nil {
		return false
	}
	// storage.googleapis.com, BUCKET.storage.googleapis.com, and the endpoints of one location: us-central1-storage.
	// googleapis.com, storage.us-central1.rep.googleapis.com (cloud.google.com/storage/docs, "Locational endpoints" and
	// "Regional endpoints", read November 2026).
	return strings.HasSuffix(strings.ToLower(u.Hostname()), ".googleapis.com")
}
