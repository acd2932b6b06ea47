package migrate

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"time"
)

// partTransport is for presigned URLs: as many idle connections to one host
// as there are parts under way.
func partTransport(idle int, roots *x509.CertPool) *http.Transport {
	return &http.Transport{
		TLSClientConfig:       &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		Proxy:                 http.ProxyFromEnvironment,
		MaxIdleConnsPerHost:   idle,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: 2 * time.Minute,
	}
}

// partClient never follows a redirect: a body can't be sent twice, and a
// presigned URL is for the host that it names.
func partClient(t http.RoundTripper) *http.Client {
	return &http.Client{
		Transport: t,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
}
