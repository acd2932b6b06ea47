package config

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

var (
	// accessKey is AWS's access key ID (IAM user guide, unique identifiers,
	// November 2026): not a secret by itself, but seldom alone.
	accessKey = regexp.MustCompile(`\b(AKIA|ASIA)[A-Z0-9]{16}\b`)
	// webToken is a JSON web token: Synapse's and Earthdata's.
	webToken = regexp.MustCompile(`\beyJ[\w-]{8,}\.`)
	// opaque is what AWS's secret keys and session tokens consist of.
	opaque = regexp.MustCompile(`^[A-Za-z0-9/+=_-]{40,}$`)
	// variable is the name of an environment variable.
	variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,127}$`)
	// word is a key that can be shown: nobody's secret looks like it.
	word = regexp.MustCompile(`^[A-Za-z][a-z]*([-_ ]?[A-Za-z][a-z]*){0,4}$`)
)

// looksSecret reports whether a plain value is probably a secret that was
// put where none belongs.
func looksSecret(text string) bool {
	if accessKey.MatchString(text) || webToken.MatchString(text) {
		return true
	}
	return opaque.MatchString(text) && strings.ContainsFunc(text, unicode.IsUpper) &&
		strings.ContainsFunc(text, unicode.IsLower) && strings.ContainsFunc(text, unicode.IsDigit)
}

// secretNames are in the names of query parameters that carry secrets.
var secretNames = []string{"token", "secret", "password", "signature", "key", "auth", "credential"}

// secretInURL reports whether a URL carries what belongs into a header.
func secretInURL(u *url.URL) bool {
	if u.User != nil {
		return true
	}
	for name, values := range u.Query() {
		for _, s := range secretNames {
			if strings.Contains(strings.ToLower(name), s) {
				return true
			}
		}
		for _, v := range values {
			if looksSecret(v) {
				return true
			}
		}
	}
	return false
}

// shown is a key as errors may show it, empty where it may be a secret.
func shown(key string) string {
	if len(key) > 40 || !word.MatchString(key) {
		return ""
	}
	return " " + key
}
