package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"synapse-migrate/migrate/access"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// A run file is bound to the Synapse and the S3 that it was made for: IDs and
// buckets of the same name on another server (a staging copy, another
// sandbox) are other things. What it is bound to comes from the run file, and
// is never taken for where to go: a run file of somebody else must not choose
// where the token is sent.

// errElsewhere: a run file was made for another server than the one that is
// reached now.
var errElsewhere = errors.New("another server")

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

// shownEndpoint is an S3 endpoint for people.
func shownEndpoint(endpoint string) string {
	if endpoint == "" {
		return "AWS"
	}
	return canonical(endpoint)
}

// sameSynapse refuses a run file of another Synapse.
func sameSynapse(path string, header planner.Header, now string) error {
	if canonical(header.Synapse) == canonical(now) {
		return nil
	}
	return hinted(fmt.Errorf("%w: %s was made for Synapse at %s, and this is %s",
		errElsewhere, path, shownEndpoint(header.Synapse), shownEndpoint(now)),
		"--synapse-endpoint "+canonical(header.Synapse)+" goes on there; what is to be migrated here needs another --run file")
}

// sameS3 refuses a run file whose bucket was reached at another S3.
func sameS3(path, what, then, now string) error {
	if canonical(then) == canonical(now) {
		return nil
	}
	return hinted(fmt.Errorf("%w: %s was planned with the %s at %s, and now it is at %s",
		errElsewhere, path, what, shownEndpoint(then), shownEndpoint(now)),
		"set the S3 endpoint as it was (--source-endpoint-url, --dest-endpoint-url, the configuration, "+
			"AWS_ENDPOINT_URL_S3), or plan anew with another --run file")
}

// sameDestination refuses a run file whose destination's bucket was reached
// at another S3. Where Synapse alone writes, it may not have been reached.
func sameDestination(path string, header planner.Header, now string) error {
	then := header.Destination
	if then.Managed && then.Endpoint == "" {
		return nil
	}
	return sameS3(path, fmt.Sprintf("bucket %q", then.Bucket), then.Endpoint, now)
}

// sameStores refuses a run file whose source or destination was reached at
// another S3 than they are now.
func sameStores(path string, header planner.Header, src planner.Source, dest planner.Destination) error {
	if err := sameS3(path, "source", header.Source.Endpoint, src.Endpoint); err != nil {
		return err
	}
	return sameDestination(path, header, dest.Endpoint)
}

// sameBuckets refuses buckets behind a project that were reached at another S3
// when the plan of the run file was made.
func sameBuckets(
	ctx context.Context, path string, buckets *access.Buckets, decisions []planner.BucketDecision,
) error {
	for _, d := range decisions {
		if !d.Reach.Readable {
			continue
		}
		now, err := buckets.Endpoint(ctx, d.Bucket)
		if err == nil {
			err = sameS3(path, fmt.Sprintf("bucket %q", d.Bucket), d.Reach.Endpoint, now)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sameUser refuses a run file of another user: all that Synapse is asked must
// come from one.
func sameUser(path string, then planner.Caller, me synapse.UserProfile) error {
	if then.UserID == me.OwnerID {
		return nil
	}
	return hinted(fmt.Errorf("%s belongs to Synapse user %s (%s), and you are %s",
		path, then.UserName, then.UserID, me.OwnerID),
		"one user must register and own everything; use that user's token, or another --run file")
}

// sameAccount refuses a run file of a user of the same ID whose account was
// made at another time: an ID is given once, so this is another Synapse.
func sameAccount(path string, then planner.Caller, me synapse.UserProfile) error {
	if then.UserID != me.OwnerID || me.CreatedOn == nil || then.CreatedOn.IsZero() || me.CreatedOn.Equal(then.CreatedOn) {
		return nil
	}
	const layout = "2006-01-02 15:04:05.000 UTC"
	return hinted(fmt.Errorf("%w: %s was made by the user %s whose account is of %s; yours, of the same ID, is of %s",
		errElsewhere, path, then.UserID, then.CreatedOn.UTC().Format(layout), me.CreatedOn.UTC().Format(layout)),
		"this is another Synapse with equal IDs (a new sandbox, a copy): plan anew with another --run file")
}

// bound makes sure that a run file was made at the Synapse that the session
// has reached.
func (s *session) bound(path string, header planner.Header) error {
	if err := sameSynapse(path, header, s.synapseURL); err != nil {
		return err
	}
	return sameAccount(path, header.Caller, s.me)
}
