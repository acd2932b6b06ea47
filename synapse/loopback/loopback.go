// Package loopback tells whether a host is this machine. It decides where
// tokens, credentials and data may travel over plain http: what goes to this
// machine crosses no network.
package loopback

import (
	"net"
	"net/url"
	"strings"
)

// Host reports whether a host, without its port, is this machine: localhost
// in any case, 127.0.0.0/8 or ::1 (RFC 6761 section 6.3, RFC 1122 section
// 3.2.1.3, RFC 4291 section 2.5.3). Other names are not looked up.
func Host(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// Clear reports whether a URL would send what is asked there over a network in
// clear: plain http to another machine.
func Clear(u *url.URL) bool { return u.Scheme == "http" && !Host(u.Hostname()) }
