package objectstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"synapse-migrate/migrate/transfer"

	"synapse-migrate/synapse/loopback"
)

// maxRedirects is how many a request follows; a signed URL needs none, a
// published one a few.
const maxRedirects = 5

// operationGET names the requests of a Web in its counters.
const operationGET = "GET"

// follow sends a request, and again to where it is redirected. The header is
// all that is sent.
func (w *Web) follow(ctx context.Context, u *url.URL, header http.Header) (*http.Response, error) {
	if err := w.mayRead(nil, u); err != nil {
		return nil, err
	}
	for range maxRedirects + 1 {
		req := (&http.Request{
			Method: http.MethodGet, URL: u, Host: u.Host, Header: header.Clone(),
			Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		}).WithContext(ctx)
		resp, err := w.transport.send(operationGET, req)
		if err != nil {
			return nil, scrub(err, u)
		}
		if !redirects(resp.StatusCode) {
			return resp, nil
		}
		_, _ = io.CopyN(io.Discard, resp.Body, maxRefusalBytes)
		_ = resp.Body.Close()
		next, err := u.Parse(resp.Header.Get("Location"))
		if err != nil || resp.Header.Get("Location") == "" {
			return nil, fmt.Errorf("%w: status %d without a Location", transfer.ErrURL, resp.StatusCode)
		}
		if err := w.mayRead(u, next); err != nil {
			return nil, err
		}
		u = next
	}
	return nil, fmt.Errorf("%w: more than %d redirects", transfer.ErrURL, maxRedirects)
}

// redirects reports whether a status leads elsewhere.
func redirects(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// mayRead refuses URLs that nothing is read from: other schemes than https,
// plain http to other machines unless allowed, and names or passwords in
// them. From, if any, is what redirects: nothing but this machine itself may
// lead to plain http on it.
func (w *Web) mayRead(from, to *url.URL) error {
	switch {
	case to.Host == "" || to.Opaque != "":
		return fmt.Errorf("%w: no host", transfer.ErrURL)
	case to.User != nil:
		return fmt.Errorf("%w: user information in it", transfer.ErrURL)
	case to.Scheme == "https":
		return nil
	case to.Scheme != "http":
		return fmt.Errorf("%w: scheme %q", transfer.ErrURL, to.Scheme)
	case w.options.AllowPlainHTTP:
		return nil
	case !loopback.Host(to.Hostname()), from != nil && !loopback.Host(from.Hostname()):
		return fmt.Errorf("%w: plain http to %q", transfer.ErrURL, to.Hostname())
	}
	return nil
}

// scrub takes the URL out of an error. Some say more than one wants to know.
func scrub(err error, u *url.URL) error {
	err = bare(err)
	if u.RawQuery != "" && strings.Contains(err.Error(), u.RawQuery) {
		return errors.New("answer can't be read")
	}
	return err
}
