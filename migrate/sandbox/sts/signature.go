package sts

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"synapse-migrate/migrate/sandbox/identity"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	dateFormat = "20060102T150405Z"
	// maxSkew is how far a request's date may be off.
	maxSkew = 5 * time.Minute
)

// authorization is an Authorization header, taken apart.
type authorization struct {
	key, date, region, service string
	signed                     []string
	signature                  string
}

// authenticate finds the caller by the signature of the request, a
// SigV4 header (IAM user guide, "Signature Version 4", November 2026).
func authenticate(
	store *identity.Store, region string, r *http.Request, body []byte,
) (identity.Principal, error) {
	var nobody identity.Principal
	header := r.Header.Get("Authorization")
	if header == "" {
		return nobody, refuse(http.StatusForbidden, "MissingAuthenticationToken",
			"Request is missing Authentication Token")
	}
	a, complete := parseAuthorization(header)
	if !complete {
		return nobody, refuse(http.StatusBadRequest, "IncompleteSignature",
			"Authorization header requires Credential, SignedHeaders and Signature.")
	}
	caller, err := store.Lookup(a.key, r.Header.Get("X-Amz-Security-Token"))
	switch {
	case errors.Is(err, identity.ErrExpired):
		return nobody, refuse(http.StatusForbidden, "ExpiredToken",
			"The security token included in the request is expired")
	case err != nil:
		return nobody, refuse(http.StatusForbidden, "InvalidClientTokenId",
			"The security token included in the request is invalid.")
	}
	if a.region != region || a.service != "sts" {
		return nobody, mismatch("Credential should be scoped to a valid region.")
	}
	if err := checkDate(r, a.date); err != nil {
		return nobody, err
	}
	if !slices.Contains(a.signed, "host") || !a.matches(caller.Key.SecretAccessKey, r, body) {
		return nobody, mismatch("The request signature we calculated does not match the signature " +
			"you provided. Check your AWS Secret Access Key and signing method. Consult the service " +
			"documentation for details.")
	}
	return caller, nil
}

func mismatch(message string) error {
	return refuse(http.StatusForbidden, "SignatureDoesNotMatch", "%s", message)
}

func parseAuthorization(header string) (authorization, bool) {
	rest, found := strings.CutPrefix(header, algorithm+" ")
	if !found {
		return authorization{}, false
	}
	fields := map[string]string{}
	for _, field := range strings.Split(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		fields[name] = value
	}
	scope := strings.Split(fields["Credential"], "/")
	if len(scope) != 5 || scope[4] != "aws4_request" || fields["Signature"] == "" ||
		fields["SignedHeaders"] == "" {
		return authorization{}, false
	}
	return authorization{
		key: scope[0], date: scope[1], region: scope[2], service: scope[3],
		signed: strings.Split(fields["SignedHeaders"], ";"), signature: fields["Signature"],
	}, true
}

// checkDate compares the request's date with the real clock: signatures are
// made by clients, which know no other.
func checkDate(r *http.Request, day string) error {
	text := r.Header.Get("X-Amz-Date")
	date, err := time.Parse(dateFormat, text)
	if err != nil || !strings.HasPrefix(text, day) {
		return mismatch("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of " +
			"date from HTTP")
	}
	if skew := time.Since(date).Abs(); skew > maxSkew {
		return mismatch("Signature expired: " + text + " is now off by more than 5 min.")
	}
	return nil
}

// matches calculates the signature anew and compares.
func (a authorization) matches(secret string, r *http.Request, body []byte) bool {
	canonical := canonicalRequest(r, a.signed, body)
	sum := sha256.Sum256([]byte(canonical))
	scope := strings.Join([]string{a.date, a.region, a.service, "aws4_request"}, "/")
	text := strings.Join([]string{
		algorithm, r.Header.Get("X-Amz-Date"), scope, hex.EncodeToString(sum[:]),
	}, "\n")
	key := []byte("AWS4" + secret)
	for _, part := range []string{a.date, a.region, a.service, "aws4_request"} {
		key = sign(key, part)
	}
	want := hex.EncodeToString(sign(key, text))
	return hmac.Equal([]byte(want), []byte(a.signature))
}

func sign(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

func canonicalRequest(r *http.Request, signed []string, body []byte) string {
	var headers strings.Builder
	for _, name := range signed {
		headers.WriteString(name + ":" + headerValue(r, name) + "\n")
	}
	path := r.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	sum := sha256.Sum256(body)
	return strings.Join([]string{
		r.Method, path, canonicalQuery(r.URL.Query()), headers.String(),
		strings.Join(signed, ";"), hex.EncodeToString(sum[:]),
	}, "\n")
}

func canonicalQuery(query url.Values) string {
	return strings.ReplaceAll(query.Encode(), "+", "%20")
}

// headerValue is a header as it was sent; some that clients sign are kept
// by net/http in other places.
func headerValue(r *http.Request, name string) string {
	switch name {
	case "host":
		return r.Host
	case "content-length":
		return strconv.FormatInt(r.ContentLength, 10)
	}
	var values []string
	for _, v := range r.Header.Values(name) {
		values = append(values, strings.Join(strings.Fields(v), " "))
	}
	return strings.Join(values, ",")
}
