// Package binding holds a run file to what it was made for: a Synapse and its
// user, the S3 of each bucket, the arguments, and the configuration. IDs and
// buckets of the same name on another server (a staging copy, another sandbox)
// are other things.
//
// What a run file is bound to is compared with where one is now, and is never
// taken for where to go: a run file of somebody else must not choose where the
// token is sent.
package binding

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// ErrElsewhere says that a run file was made for another server than the one that is
// reached now.
var ErrElsewhere = errors.New("another server")

// Kind is what is not as it was.
type Kind string

// The kinds. Those of a server unwrap to ErrElsewhere.
const (
	KindSynapse   Kind = "synapse"
	KindS3        Kind = "s3"
	KindAccount   Kind = "account"
	KindUser      Kind = "user"
	KindArguments Kind = "arguments"
)

// Mismatch is the error of a run file that is bound to something else.
type Mismatch struct {
	// Path is the run file's.
	Path string
	Kind Kind
	// Then is the Synapse of KindSynapse that the file was made for.
	Then string
	text string
}

// Error names what differs.
func (m *Mismatch) Error() string {
	if m.Unwrap() != nil {
		return ErrElsewhere.Error() + ": " + m.text
	}
	return m.text
}

// Unwrap is ErrElsewhere where the server is another one.
func (m *Mismatch) Unwrap() error {
	if m.Kind == KindUser || m.Kind == KindArguments {
		return nil
	}
	return ErrElsewhere
}

// mismatch is one of a kind.
func mismatch(kind Kind, path, format string, args ...any) *Mismatch {
	return &Mismatch{Path: path, Kind: kind, text: fmt.Sprintf(format, args...)}
}

// canonical is an endpoint as it is compared: without what can be written in
// several ways and means the same (case, default port, slash at the end).
// Empty stays empty: AWS.
func canonical(endpoint string) string {
	u, err := url.Parse(strings.TrimSpace(endpoint))
	if err != nil || u.Host == "" {
		return endpoint
	}
	scheme, host := strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	if port := map[string]string{"http": ":80", "https": ":443"}[scheme]; port != "" {
		host = strings.TrimSuffix(host, port)
	}
	return scheme + "://" + host + strings.TrimRight(u.EscapedPath(), "/")
}

// shown is an S3 endpoint for people.
func shown(endpoint string) string {
	if endpoint == "" {
		return "AWS"
	}
	return canonical(endpoint)
}

// Synapse refuses a run file of another Synapse than the one with the base URL
// now, or of another account of the same ID there: an ID is given once, so
// that is another Synapse.
func Synapse(path string, header planner.Header, now string, me synapse.UserProfile) error {
	if canonical(header.Synapse) != canonical(now) {
		m := mismatch(KindSynapse, path, "%s was made for Synapse at %s, and this is %s",
			path, shown(header.Synapse), shown(now))
		m.Then = canonical(header.Synapse)
		return m
	}
	then := header.Caller
	if then.UserID != me.OwnerID || me.CreatedOn == nil || then.CreatedOn.IsZero() || me.CreatedOn.Equal(then.CreatedOn) {
		return nil
	}
	const layout = "2006-01-02 15:04:05.000 UTC"
	return mismatch(KindAccount, path,
		"%s was made by the user %s whose account is of %s; yours, of the same ID, is of %s",
		path, then.UserID, then.CreatedOn.UTC().Format(layout), me.CreatedOn.UTC().Format(layout))
}

// User refuses a run file of another user: all that Synapse is asked must come
// from one.
func User(path string, header planner.Header, me synapse.UserProfile) error {
	then := header.Caller
	if then.UserID == me.OwnerID {
		return nil
	}
	return mismatch(KindUser, path, "%s belongs to Synapse user %s (%s), and you are %s",
		path, then.UserName, then.UserID, me.OwnerID)
}

// Bucket refuses a run file whose bucket was reached at another S3 than now.
func Bucket(path, bucket, then, now string) error {
	return s3(path, fmt.Sprintf("bucket %q", bucket), then, now)
}

func s3(path, what, then, now string) error {
	if canonical(then) == canonical(now) {
		return nil
	}
	return mismatch(KindS3, path, "%s was planned with the %s at %s, and now it is at %s",
		path, what, shown(then), shown(now))
}

// Destination refuses a run file whose destination's bucket was reached at
// another S3 than now. Where Synapse alone writes, it may not have been
// reached.
func Destination(path string, header planner.Header, now string) error {
	then := header.Destination
	if then.Managed && then.Endpoint == "" {
		return nil
	}
	return Bucket(path, then.Bucket, then.Endpoint, now)
}

// Ends refuses a run file whose source or destination was reached at another
// S3 than now.
func Ends(path string, header planner.Header, src planner.Source, dest planner.Destination) error {
	if err := s3(path, "source", header.Source.Endpoint, src.Endpoint); err != nil {
		return err
	}
	return Destination(path, header, dest.Endpoint)
}

// Buckets refuses buckets behind a project that were reached at another S3 when
// the plan was made; endpoint tells where one is reached now.
func Buckets(
	path string, decisions []planner.BucketDecision, endpoint func(bucket string) (string, error),
) error {
	for _, d := range decisions {
		if !d.Reach.Readable {
			continue
		}
		now, err := endpoint(d.Bucket)
		if err == nil {
			err = Bucket(path, d.Bucket, d.Reach.Endpoint, now)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
