package object

import (
	"cmp"
	"context"
	"errors"
	"net/url"

	"synapse-migrate/migrate/config"
	"synapse-migrate/migrate/credentials"
	"synapse-migrate/synapse/loopback"
)

// errPlainHTTP: S3 is not reached by https.
var errPlainHTTP = errors.New("S3's endpoint is not https: data and credentials would travel in the clear")

// checkTLS refuses plain HTTP to anything but this machine.
func (h *handling) checkTLS(endpoint string) error {
	u, err := url.Parse(endpoint)
	if err == nil && loopback.Clear(u) &&
		!h.options.AllowPlainHTTP && !h.options.Config.AllowPlainHTTP {
		return errPlainHTTP
	}
	return nil
}

// warnOfRegion warns where the endpoint's credentials are used outside of the
// region that they work in. Regions are AWS's.
func (h *handling) warnOfRegion(ctx context.Context) {
	rule, _ := h.options.Config.For(h.event.Source.Bucket)
	if cmp.Or(rule.Endpoint, h.options.Endpoint) != "" {
		return
	}
	text := credentials.RegionWarning(config.KindS3Credentials, h.source.region, credentials.Whereabouts(ctx, h.settings))
	if text != "" {
		h.warn(text)
	}
}

// plainURL is a URL without query.
func plainURL(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return "the endpoint"
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}
