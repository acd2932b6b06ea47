package emulator

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"synapse-migrate/synapse"
)

type proxyParameter struct{ name, value string }

// proxyURL is a signed URL of a file behind a proxy, which checks the
// signature with the same key (ProxyUrlSignerUtils and UrlSignerUtils,
// October 2024).
func proxyURL(h *synapse.FileHandle, l locationBody, expires time.Time) (string, error) {
	base := strings.TrimSpace(l.ProxyURL)
	if !strings.HasSuffix(base, "/") {
		base += "/"
	}
	path := strings.TrimSpace(h.FilePath)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	full := base + strings.ToLower(l.UploadType) + path
	u, err := url.Parse(full)
	if err != nil {
		return "", invalidf("%v", err)
	}
	parameters := []proxyParameter{}
	add := func(name, value string) {
		if value != "" {
			parameters = append(parameters, proxyParameter{name, value})
		}
	}
	add("fileName", h.FileName)
	add("contentType", h.ContentType)
	add("contentMD5", h.ContentMD5)
	if h.ContentSize != nil {
		add("contentSize", decimal(*h.ContentSize))
	}
	add("expiration", decimal(expires.UnixMilli()))
	add("hmacSignature", proxySignature(u, parameters, l.SecretKey))
	query := make([]string, len(parameters))
	for i, p := range parameters {
		query[i] = p.name + "=" + javaEscape(p.value)
	}
	return full + "?" + strings.Join(query, "&"), nil
}

// proxySignature signs method, host, path and the sorted parameters.
func proxySignature(u *url.URL, parameters []proxyParameter, key string) string {
	sorted := map[string]string{}
	for _, p := range parameters {
		sorted[p.name] = p.value
	}
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(sorted)) {
		pairs = append(pairs, name+"="+sorted[name])
	}
	mac := hmac.New(sha1.New, []byte(key))
	mac.Write([]byte("GET " + u.Hostname() + " " + u.EscapedPath() + "?" + strings.Join(pairs, "&")))
	return hex.EncodeToString(mac.Sum(nil))
}

// javaEscape is java.net.URLEncoder, which escapes the tilde but not the
// asterisk.
func javaEscape(text string) string {
	return strings.NewReplacer("~", "%7E", "%2A", "*").Replace(url.QueryEscape(text))
}
