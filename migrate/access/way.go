package access

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"

	"synapse-migrate/migrate/config"
	"synapse-migrate/migrate/credentials"
	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/planner"
	"synapse-migrate/synapse/loopback"
)

// Override is what is said of a bucket before all rules. The zero value says
// nothing.
type Override struct {
	// Profile is an AWS profile.
	Profile string
	// Endpoint is the base URL of the bucket's S3, Region its region.
	Endpoint, Region string
	// RequesterPays agrees to pay for requests.
	RequesterPays bool
}

// Principal signs requests.
type Principal struct {
	// Credentials are nil where nothing says whose.
	Credentials *credentials.Renewing
	// Home are the settings of the AWS tools that go with them: the zero value
	// where none do.
	Home credentials.AWS
}

// Way is how one bucket is reached.
type Way struct {
	// Principal are the credentials that the command line or the configuration
	// names, or those of Or. Home's region is used where S3 doesn't say one.
	Principal
	Bucket string
	// Rule is the configuration's; the zero value where it has none.
	Rule config.Rule
	// Endpoint is the base URL of the bucket's S3; empty is AWS.
	Endpoint string
	// Region is asked for where it is empty.
	Region string
	// RequesterPays agrees to pay for requests.
	RequesterPays bool
	// ETags are what the bucket's ETags are said to be.
	ETags objectstore.ETags
	// Encryption is asked for in what is written, and ACL is its canned ACL,
	// empty for none.
	Encryption config.Encryption
	ACL        string
	// note names the rule in reports; empty without one.
	note string
}

// Place is what is said of a bucket, but for its credentials.
func (o *Opener) Place(bucket string, over Override) Way {
	rule, ruled := o.options.Config.For(bucket)
	w := Way{
		Bucket: bucket, Rule: rule, Endpoint: cmp.Or(over.Endpoint, rule.Endpoint, o.options.Endpoint),
		Region:        cmp.Or(over.Region, rule.Region),
		RequesterPays: over.RequesterPays || rule.RequesterPays,
		ETags:         objectstore.ETags(cmp.Or(rule.ETags, string(o.options.ETags))),
	}
	if ruled {
		w.note = fmt.Sprintf(" (%s, line %d)", filepath.Base(o.options.Config.Path), rule.Line)
	}
	return w
}

// Or are the credentials of a bucket where nothing names any.
func (w Way) Or(p Principal) Way {
	if w.Credentials == nil {
		w.Principal, w.Endpoint = p, cmp.Or(w.Endpoint, p.Home.Endpoint)
	}
	return w
}

// Writing is the way of what is written as the rule says: by Synapse's
// credentials, or by others.
func (w Way) Writing(bySynapse bool) Way {
	w.Encryption, w.ACL = w.Rule.Encryption, w.Rule.WrittenACL(bySynapse)
	return w
}

// Name is that of the credentials, with the rule that they come from, for
// reports.
func (w Way) Name() string { return w.Credentials.Name() + w.note }

// usesPathStyle is whether the bucket stands in the path: as the rule says,
// or the profile, else everywhere but at AWS.
func (w Way) usesPathStyle() bool {
	switch {
	case config.IsARN(w.Bucket): // which no path can hold
		return false
	case w.Rule.PathStyle != nil:
		return *w.Rule.PathStyle
	case w.Home.S3.PathStyle != nil:
		return *w.Home.S3.PathStyle
	}
	return w.Endpoint != ""
}

// ErrPlainHTTP says that S3 would be reached over a network without encryption.
var ErrPlainHTTP = errors.New("not https: data and credentials would travel in the clear")

// checkTLS refuses plain HTTP to anything but this machine.
func checkTLS(endpoint string, allowed bool) error {
	u, err := url.Parse(endpoint)
	if err != nil || allowed || !loopback.Clear(u) {
		return nil
	}
	return fmt.Errorf("S3 endpoint %s://%s is %w", u.Scheme, u.Host, ErrPlainHTTP)
}

// InFolder reports whether all of a source lies below a destination's base
// key, where the folder's own credentials can read it.
func InFolder(src planner.Source, dest planner.Destination) bool {
	_, below := planner.Below(src.Prefix, dest.BaseKey)
	return below && src.Bucket == dest.Bucket
}
