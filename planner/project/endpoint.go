package project

import (
	"fmt"
	"net/url"
	"strings"

	"synapse-migrate/planner"
)

// atEndpoint withdraws what was found out about a bucket of the same name
// elsewhere: the file handle of an object store says at which endpoint its
// bucket is.
func atEndpoint(p planner.Place, r planner.Reach) planner.Reach {
	if p.Service != planner.ServiceObjectStore || p.Endpoint == "" || sameEndpoint(p.Endpoint, r.Endpoint) {
		return r
	}
	at := r.Endpoint
	if at == "" {
		at = "AWS"
	}
	return planner.Reach{
		Region: r.Region, Endpoint: r.Endpoint,
		Refusal: fmt.Sprintf("the file handles say that the bucket is at %s, and it was looked "+
			"for at %s: name its endpoint in the configuration file", planner.BareURL(p.Endpoint), at),
	}
}

// sameEndpoint reports whether two base URLs are of one S3. Empty is AWS,
// which has an address for each region.
func sameEndpoint(a, b string) bool {
	if a, b = endpointHost(a), endpointHost(b); a == b {
		return true
	}
	return isAWS(a) && isAWS(b)
}

// endpointHost is an endpoint's host and port, without those that the scheme
// implies.
func endpointHost(endpoint string) string {
	if endpoint != "" && !strings.Contains(endpoint, "://") {
		endpoint = "https://" + endpoint
	}
	u, err := url.Parse(endpoint)
	if err != nil {
		return endpoint
	}
	host := strings.ToLower(u.Host)
	switch u.Scheme {
	case "https":
		return strings.TrimSuffix(host, ":443")
	case "http":
		return strings.TrimSuffix(host, ":80")
	}
	return host
}

// isAWS reports whether a host is one of AWS's own; empty is.
func isAWS(host string) bool {
	return host == "" || strings.HasSuffix(host, ".amazonaws.com") ||
		strings.HasSuffix(host, ".amazonaws.com.cn")
}
