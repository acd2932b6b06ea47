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
	const google = "storage.googleapis.com"
	host := strings.ToLower(u.Hostname())
	return host == google || strings.HasSuffix(host, "."+google)
}
