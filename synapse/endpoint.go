package synapse

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// DefaultEndpoint is the production service
// (https://rest-docs.synapse.org/rest/, read October 2024).
const DefaultEndpoint = "https://repo-prod.prod.sagebase.org"

// ErrPlainHTTP is returned by New for an endpoint that is neither encrypted
// nor on this machine: the access token would cross the network in clear.
var ErrPlainHTTP = errors.New("endpoint is not encrypted (https)")

// apiRoots are the roots of Synapse's services below the base URL.
var apiRoots = []string{"/repo/v1", "/file/v1", "/auth/v1"}

// ParseEndpoint reads the address of a Synapse service and returns its base
// URL: scheme, host and port, no path. One of the service's roots (such as
// /repo/v1, as clients' configurations have it) may stand behind the host.
// Empty text is DefaultEndpoint.
func ParseEndpoint(address string) (*url.URL, error) {
	if address == "" {
		address = DefaultEndpoint
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("endpoint is not a URL")
	}
	shown := RedactURL(address)
	switch {
	case u.Scheme == "":
		return nil, fmt.Errorf("endpoint %s is not a URL such as %s", shown, DefaultEndpoint)
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, fmt.Errorf("endpoint %s: scheme is not https", shown)
	case u.Hostname() == "":
		return nil, fmt.Errorf("endpoint %s: no host", shown)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("endpoint %s: only scheme, host and port are allowed", shown)
	}
	if !isRoot(u.Path) {
		return nil, fmt.Errorf("endpoint %s: the service has no such path", shown)
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

// isRoot reports whether a path is nothing more than a service's root.
func isRoot(path string) bool {
	path = strings.TrimRight(path, "/")
	for _, root := range apiRoots {
		if path == root {
			return true
		}
	}
	return path == ""
}
