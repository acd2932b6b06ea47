package effect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/synapse"
)

// refusedConnection is what a dial to a closed port ends with.
var refusedConnection = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}

// refusal is S3's of what a presigned URL was used for.
type refusal struct {
	status int
	kind   error
}

func (e refusal) Error() string       { return fmt.Sprint("status ", e.status) }
func (e refusal) Unwrap() error       { return e.kind }
func (e refusal) HTTPStatusCode() int { return e.status }

// fromSynapse is what Synapse answered to a call.
func fromSynapse(status int) error {
	return Fail(opCreate, &synapse.Error{Method: "POST", Path: "/repo/v1/entity", Status: status})
}

func TestClassify(t *testing.T) {
	const (
		temporary, throttled, credentials = checkpoint.ClassTemporary, checkpoint.ClassThrottled,
			checkpoint.ClassCredentials
		permission, changed, conflict = checkpoint.ClassPermission, checkpoint.ClassChanged,
			checkpoint.ClassConflict
		invalid, gone = checkpoint.ClassInvalid, checkpoint.ClassGone
	)
	given := func(err error) error { return fmt.Errorf("part 3: %w: %w", ErrGivenUp, err) }
	waited := WaitedInVain(checkpoint.Entry{
		State: checkpoint.StateFailed, Failure: &checkpoint.Failure{Class: gone},
	})
	tests := []struct {
		name   string
		err    error
		class  checkpoint.Class
		remedy remedy
	}{
		{"a cut connection", Fail(opCreate, io.ErrUnexpectedEOF), temporary, remedyRetry},
		{"a reset", &synapse.Error{Cause: syscall.ECONNRESET}, temporary, remedyRetry},
		{"a time-out", context.DeadlineExceeded, temporary, remedyRetry},
		{"Synapse's own trouble", fromSynapse(500), temporary, remedyRetry},
		{"a gateway's", fmt.Errorf("%w: %w", synapse.ErrUnknownOutcome, fromSynapse(502)), temporary, remedyRetry},
		{"a lock", fromSynapse(423), temporary, remedyRetry},
		{"a slow request", fromSynapse(408), temporary, remedyRetry},
		{"a part not added", Fail(opCreate, ErrNotAdded), temporary, remedyRetry},
		{"nothing holds the name", ErrVanished, temporary, remedyRetry},
		{"maintenance", fromSynapse(503), temporary, remedyPause},
		{"no connection", Fail(opCreate, &synapse.Error{Cause: refusedConnection}), temporary, remedyPause},
		{"no address", &net.DNSError{Err: "no such host", IsNotFound: true}, temporary, remedyPause},
		{"a part sent in vain", given(refusedConnection), temporary, remedyGiveUp},
		{"Synapse's throttle", fromSynapse(429), throttled, remedyRetry},
		{"S3's throttle", transfer.ErrThrottled, throttled, remedyRetry},
		{"a presigned URL's", refusal{503, transfer.ErrThrottled},
			throttled, remedyRetry},
		{"a bad token", fromSynapse(401), credentials, remedyStop},
		{"no token", synapse.ErrAnonymous, credentials, remedyStop},
		{"AWS credentials", Fail(opCreate, transfer.ErrCredentials), credentials, remedyStop},
		{"no right in Synapse", fromSynapse(403), permission, remedyGiveUp},
		{"no two factor authentication", Fail(opCreate, &synapse.Error{Status: 403, Code: synapse.CodeTwoFactor}),
			permission, remedyStop},
		{"a full project", Fail(opCreate, &synapse.Error{Status: 400, Code: synapse.CodeStorageLimit}),
			invalid, remedyStop},
		{"no right in S3", Fail(opCreate, transfer.ErrDenied), permission, remedyGiveUp},
		{"a bucket without credentials", transfer.ErrUnknownBucket, permission, remedyGiveUp},
		{"a handle that may not be copied", ErrHandleRefused, permission, remedyGiveUp},
		{"a presigned URL refused", refusal{403, ErrURLRefused}, permission, remedyRetry},
		{"and refused again", given(refusal{403, ErrURLRefused}), permission, remedyGiveUp},
		{"all of the first items", ErrAllRefused, permission, remedyStop},
		{"another ETag", transfer.ErrChanged, changed, remedyGiveUp},
		{"another MD5", Fail(opCreate, transfer.ErrMD5), changed, remedyGiveUp},
		{"another copy", transfer.ErrMismatch, changed, remedyGiveUp},
		{"archived since", transfer.ErrArchived, changed, remedyGiveUp},
		{"a name taken in Synapse", fromSynapse(409), conflict, remedyGiveUp},
		{"a stale etag", fromSynapse(412), conflict, remedyRetry},
		{"a name held by something else", ErrConflict, conflict, remedyGiveUp},
		{"a key taken in S3", transfer.ErrExists, conflict, remedyGiveUp},
		{"another run's upload", fmt.Errorf("%w: %w", ErrOvertaken, fromSynapse(400)), conflict, remedyRetry},
		{"against Synapse's rules", fromSynapse(400), invalid, remedyGiveUp},
		{"too large for Synapse", fromSynapse(413), invalid, remedyGiveUp},
		{"against S3's rules", transfer.ErrInvalid, invalid, remedyGiveUp},
		{"a server without ranges", transfer.ErrNoRanges, invalid, remedyGiveUp},
		{"a URL not to be followed", transfer.ErrURL, invalid, remedyGiveUp},
		{"an unknown action", ErrNoSuchAction, invalid, remedyGiveUp},
		{"a URL without TLS", ErrPlainURL, invalid, remedyGiveUp},
		{"gone from Synapse", fromSynapse(404), gone, remedyGiveUp},
		{"a service that is no more", fromSynapse(410), gone, remedyGiveUp},
		{"gone from S3", transfer.ErrNotFound, gone, remedyGiveUp},
		{"a handle that is gone", ErrHandleGone, gone, remedyGiveUp},
		{"an upload that S3 forgot", ErrNoUpload, gone, remedyGiveUp},
		{"the destination folder", ErrDestinationGone, gone, remedyStop},
		{"waited for what is gone", waited, gone, remedyGiveUp},
		{"a full disk", fmt.Errorf("%w: %w", ErrRunFile, checkpoint.ErrDiskFull), "", remedyStop},
		{"left for another run", ErrLeft, "", remedyLeave},
		{"not begun", Fail(opCreate, &synapse.Error{Cause: synapse.ErrNotStarted}), "", remedyLeave},
	}
	seen := map[checkpoint.Class]int{}
	for _, test := range tests {
		class, what := classify(test.err)
		if class != test.class || what != test.remedy {
			t.Errorf("%s: class %q, %s, want %q, %s", test.name, class, what, test.class, test.remedy)
		}
		seen[class]++
	}
	for _, class := range checkpoint.Classes {
		if seen[class] < 3 || remedies[class] == "" {
			t.Errorf("class %q: %d examples and remedy %q", class, seen[class], remedies[class])
		}
	}
}

// refusing is an S3 that answers everything with one code.
type refusing struct {
	status int
	code   string
}

// Do answers.
func (s refusing) Do(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: s.status, Request: r, Header: http.Header{},
		Body: io.NopCloser(strings.NewReader("<Error><Code>" + s.code + "</Code></Error>")),
	}, nil
}

// TestClassifyS3Codes: S3's own codes, as they come out of its client.
func TestClassifyS3Codes(t *testing.T) {
	tests := []struct {
		status int
		code   string
		want   checkpoint.Class
	}{
		{500, "InternalError", checkpoint.ClassTemporary},
		{503, "ServiceUnavailable", checkpoint.ClassThrottled},
		{429, "Quota", checkpoint.ClassThrottled},
		{400, "DirectoryObjectContainsData", checkpoint.ClassInvalid},
		{400, "BadDigest", checkpoint.ClassTemporary},
		{503, "SlowDown", checkpoint.ClassThrottled},
		{429, "", checkpoint.ClassThrottled},
		{400, "ExpiredToken", checkpoint.ClassCredentials},
		{403, "InvalidAccessKeyId", checkpoint.ClassCredentials},
		{403, "SignatureDoesNotMatch", checkpoint.ClassCredentials},
		{403, "AccessDenied", checkpoint.ClassPermission},
		{403, "InvalidObjectState", checkpoint.ClassChanged},
		{400, "InvalidArgument", checkpoint.ClassInvalid},
		{400, "EntityTooLarge", checkpoint.ClassInvalid},
		{404, "NoSuchBucket", checkpoint.ClassGone},
		{404, "NoSuchKey", checkpoint.ClassGone},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.status, test.code), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store, err := objectstore.New(objectstore.Options{
					Credentials: credentials.NewStaticCredentialsProvider("A", "B", ""),
					Endpoint:    "http://127.0.0.1", PathStyle: true,
					HTTPClient: refusing{test.status, test.code},
				})
				if err != nil {
					t.Fatal(err)
				}
				for _, err := range store.List(t.Context(), "b", "", "") {
					if class, _ := classify(err); class != test.want {
						t.Errorf("%v is %q, want %q", err, class, test.want)
					}
					return
				}
				t.Error("no error")
			})
		})
	}
}

// TestHealthOf: what an outcome says about the side that it is about.
func TestHealthOf(t *testing.T) {
	bucket, list := Service{PartySource, "src"}, Service{Party: PartySource}
	nowhere := &net.DNSError{Err: "no such host", IsNotFound: true}
	resolver := &net.DNSError{Err: "server misbehaving", IsTemporary: true}
	offline := &net.OpError{Op: "dial", Err: syscall.ENETUNREACH}
	tests := []struct {
		name string
		err  error
		at   Service
		want health
	}{
		{"done", nil, bucket, healthUp},
		{"refused", transfer.ErrDenied, bucket, healthUp},
		{"Synapse's own trouble", fromSynapse(500), Service{Party: PartySynapse}, healthUp},
		{"throttled", fromSynapse(429), Service{Party: PartySynapse}, healthUp},
		{"SlowDown", refusal{503, transfer.ErrThrottled}, bucket, healthUp},
		{"S3's trouble", refusal{500, nil}, bucket, healthUp},
		{"maintenance", fromSynapse(503), Service{Party: PartySynapse}, healthDown},
		{"no credentials in maintenance", fromSynapse(503), bucket, healthDown},
		{"no connection", refusedConnection, bucket, healthDown},
		{"no address", nowhere, bucket, healthDown},
		{"one host of a list", refusedConnection, list, healthUnclear},
		{"one name of a list", nowhere, list, healthUnclear},
		{"no resolver", resolver, list, healthDown},
		{"no network", offline, list, healthDown},
		{"a gateway", fromSynapse(502), Service{Party: PartySynapse}, healthUnclear},
		{"a cut", io.ErrUnexpectedEOF, bucket, healthUnclear},
		{"not begun", ErrLeft, bucket, healthUntold},
	}
	for _, test := range tests {
		if got := healthOf(test.err, test.at); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

// aboutBucket is an error of package objectstore's.
type aboutBucket struct {
	error
	bucket string
}

func (e aboutBucket) Place() (bucket, key string) { return e.bucket, "key" }

// TestBlamed: a stream takes two sides, and breaks at one.
func TestBlamed(t *testing.T) {
	source, destination := Service{PartySource, "src"}, Service{PartyDestination, "dest"}
	for bucket, want := range map[string]Service{"src": source, "dest": destination, "": source} {
		err := error(aboutBucket{io.EOF, bucket})
		if got := blamed(err, []Service{source, destination}); got != want {
			t.Errorf("an error about %q: blamed %v, want %v", bucket, got, want)
		}
	}
	if got := blamed(aboutBucket{io.EOF, "dest"}, []Service{source}); got != source {
		t.Errorf("with one side: blamed %v", got)
	}
	same := []Service{{PartySource, "dest"}, destination}
	if got := blamed(aboutBucket{io.EOF, "dest"}, same); got != same[0] {
		t.Errorf("within one bucket: blamed %v", got)
	}
}

// TestRulesAreReachable: no rule stands behind another that takes its errors.
func TestRulesAreReachable(t *testing.T) {
	for i, r := range rules {
		first := slices.IndexFunc(rules, func(before rule) bool { return errors.Is(r.is, before.is) })
		if first != i {
			t.Errorf("rule %d (%v) is hidden by rule %d", i, r.is, first)
		}
	}
}
