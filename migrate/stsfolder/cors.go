package stsfolder

import (
	"errors"
	"slices"

	"synapse-migrate/migrate/objectstore"
)

// maxCORSRules is how many rules a bucket may have (S3 API reference,
// PutBucketCors, November 2026).
const maxCORSRules = 100

// errTooManyRules means that a bucket has as many CORS rules as S3 allows.
var errTooManyRules = errors.New("the bucket has 100 CORS rules already")

// CORS is the rule that lets people up- and download in a browser
// (https://help.synapse.org/docs/Custom-Storage-Locations.2048327803.html,
// a stored copy read November 2026): S3 still asks each request for its
// signature. Programs don't need it. The ETag is exposed for uploads in
// parts.
func CORS() objectstore.CORSRule {
	return objectstore.CORSRule{
		ID: "Synapse", Origins: []string{"*"}, Methods: []string{"GET", "HEAD", "POST", "PUT"},
		Headers: []string{"*"}, ExposedOnes: []string{"ETag"}, MaxAgeSeconds: 3000,
	}
}

// mergeCORS adds the rule to those of a bucket unless one of them allows as
// much. All that are there stay as they are.
func mergeCORS(existing []objectstore.CORSRule) (merged []objectstore.CORSRule, changed bool, err error) {
	rule := CORS()
	if slices.ContainsFunc(existing, func(r objectstore.CORSRule) bool { return allowsAll(r, rule) }) {
		return existing, false, nil
	}
	if len(existing) >= maxCORSRules {
		return nil, false, errTooManyRules
	}
	for slices.ContainsFunc(existing, func(r objectstore.CORSRule) bool { return r.ID == rule.ID }) {
		rule.ID += "-sts"
	}
	return append(slices.Clone(existing), rule), true, nil
}

// allowsAll reports whether a rule allows what another one does. What it
// exposes is a convenience and doesn't count.
func allowsAll(r, wanted objectstore.CORSRule) bool {
	within := func(wanted, have []string) bool {
		return !slices.ContainsFunc(wanted, func(w string) bool { return !slices.Contains(have, w) })
	}
	return within(wanted.Origins, r.Origins) && within(wanted.Methods, r.Methods) &&
		within(wanted.Headers, r.Headers)
}
