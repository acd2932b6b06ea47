package sts

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

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
	if !slices.Contains(a.signed, "host") || !a.matches(caller.Key, r, body) {
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

// matches signs a copy of the request anew, of which it keeps what was signed,
// and compares.
func (a authorization) matches(key identity.Key, r *http.Request, body []byte) bool {
	date, err := time.Parse(dateFormat, r.Header.Get("X-Amz-Date"))
	if err != nil {
		return false
	}
	again := &http.Request{Method: r.Method, URL: r.URL, Host: r.Host, Header: http.Header{}}
	for _, name := range a.signed {
		switch name = http.CanonicalHeaderKey(name); {
		case name == "Content-Length": // which net/http keeps elsewhere
			again.ContentLength = r.ContentLength
		case len(r.Header.Values(name)) > 0:
			again.Header[name] = slices.Clone(r.Header.Values(name))
		}
	}
	sum := sha256.Sum256(body)
	keys := aws.Credentials{AccessKeyID: key.AccessKeyID, SecretAccessKey: key.SecretAccessKey}
	err = v4.NewSigner().SignHTTP(r.Context(), keys, again, hex.EncodeToString(sum[:]), a.service, a.region, date)
	want, complete := parseAuthorization(again.Header.Get("Authorization"))
	return err == nil && complete && hmac.Equal([]byte(want.signature), []byte(a.signature))
}
