package objectstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/aws/smithy-go"

	"synapse-migrate/migrate/credentials"
	"synapse-migrate/migrate/document"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// errNoUpload: the multipart upload is unknown: completed, aborted, or
// never there.
var errNoUpload = errors.New("no such multipart upload")

// errCondition: the server found a condition of the request not met.
var errCondition = errors.New("condition not met")

// maxMessageBytes bounds what is kept of a server's message.
const maxMessageBytes = 300

// refusedCodes mean that the credentials themselves are no good, whatever
// they were used for (source: S3 API reference, error responses, 2025;
// InvalidTokenId is MinIO's).
var refusedCodes = map[string]bool{
	"ExpiredToken":          true,
	"ExpiredTokenException": true,
	"TokenRefreshRequired":  true,
	"InvalidToken":          true,
	"InvalidTokenId":        true,
	"InvalidAccessKeyId":    true,
}

// codeKinds maps S3's codes to what a caller may test for.
var codeKinds = map[string]error{
	"NoSuchKey":             transfer.ErrNotFound,
	"NoSuchBucket":          transfer.ErrNotFound,
	"NotFound":              transfer.ErrNotFound,
	"NoSuchUpload":          errNoUpload,
	"AccessDenied":          transfer.ErrDenied,
	"AllAccessDisabled":     transfer.ErrDenied,
	"AccountProblem":        transfer.ErrDenied,
	"SignatureDoesNotMatch": transfer.ErrCredentials,
	"InvalidObjectState":    transfer.ErrArchived,
	"PreconditionFailed":    errCondition,

	"ObjectNotInActiveTierError": transfer.ErrArchived,

	"SlowDown":             transfer.ErrThrottled,
	"RequestLimitExceeded": transfer.ErrThrottled,
	"TooManyRequests":      transfer.ErrThrottled,
	"Throttling":           transfer.ErrThrottled,
	"ThrottlingException":  transfer.ErrThrottled,

	"InvalidArgument":   transfer.ErrInvalid,
	"InvalidBucketName": transfer.ErrInvalid,
	"InvalidRequest":    transfer.ErrInvalid,
	"EntityTooLarge":    transfer.ErrInvalid,
	"KeyTooLongError":   transfer.ErrInvalid,
	"MetadataTooLarge":  transfer.ErrInvalid,
	"MethodNotAllowed":  transfer.ErrInvalid,
	"NotImplemented":    transfer.ErrInvalid,

	// Servers that keep objects as files (versitygw 1.8, MinIO; November 2026)
	// have no object beside those below it.
	"ObjectParentIsFile":            transfer.ErrInvalid,
	"ExistingObjectIsDirectory":     transfer.ErrInvalid,
	"XMinioObjectExistsAsDirectory": transfer.ErrInvalid,
}

// passingCodes are those of refusals that another attempt may do without: the
// request was damaged or cut on its way, or what it named has been given up
// since (source: S3 API reference, error responses, November 2026). All other
// codes with the status 400 say that the request itself is wrong, and it would
// be the same again.
var passingCodes = map[string]bool{
	"RequestTimeout":              true,
	"IncompleteBody":              true,
	"BadDigest":                   true,
	"XAmzContentSHA256Mismatch":   true,
	"XAmzContentChecksumMismatch": true,
	"InvalidPart":                 true,
	"InvalidPartOrder":            true,
	"EntityTooSmall":              true,
}

// sourceOnly are the operations whose only condition is the ETag of what is
// there: the source, or what is to be deleted.
var sourceOnly = map[string]bool{
	"GetObject": true, "HeadObject": true, "UploadPartCopy": true, "DeleteObject": true,
}

// statusKinds serves where there is no known code, as after HEAD.
var statusKinds = map[int]error{
	http.StatusNotFound:           transfer.ErrNotFound,
	http.StatusForbidden:          transfer.ErrDenied,
	http.StatusUnauthorized:       transfer.ErrCredentials,
	http.StatusPreconditionFailed: errCondition,
	http.StatusTooManyRequests:    transfer.ErrThrottled,
	http.StatusServiceUnavailable: transfer.ErrThrottled,
}

// Error is a request that S3, or the server of a URL, refused or that didn't
// reach it. It unwraps to
// one of the transfer.Err values where one applies, and to its cause.
type Error struct {
	// Operation is S3's name (HeadObject, CopyObject), or GET.
	Operation string
	// Bucket and Key are what it was about; Key may be empty.
	Bucket, Key string
	// Status is the answer's HTTP status, 0 without an answer and where there were no
	// credentials to ask with.
	Status int
	// Code and Message are the server's own, empty without.
	Code, Message string
	// Credentials is the name of those that were denied or refused; empty
	// where they have none, and for other errors.
	Credentials string

	kind, cause error
	// at is how messages write what it was about, where that is no object in
	// S3; placed is true where the caller says it.
	at     string
	placed bool
}

// Error names the operation and the object, then what happened. That of a
// listing leaves the place to those who list.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Operation)
	if !e.placed {
		fmt.Fprintf(&b, " %q", cmp.Or(e.at, location(e.Bucket, e.Key)))
	}
	b.WriteString(": ")
	unsigned := errors.Is(e.cause, credentials.ErrRefused)
	if e.kind != nil && !unsigned { // the cause says the same
		fmt.Fprintf(&b, "%v: ", e.kind)
	}
	switch {
	case e.Code != "" && e.Message != "":
		fmt.Fprintf(&b, "%d %s %q", e.Status, word(e.Code), e.Message)
	case e.Status >= http.StatusMultipleChoices:
		fmt.Fprintf(&b, "%d %s", e.Status, word(e.Code))
	default:
		b.WriteString(bare(e.cause).Error())
	}
	if e.Credentials != "" {
		fmt.Fprintf(&b, " (with %s)", e.Credentials)
	}
	return strings.TrimSpace(b.String())
}

// word is a server's code as it is shown: quoted, unless it is one word, as
// all of S3's are.
func word(code string) string {
	odd := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._-", r)
	}
	if strings.ContainsFunc(code, odd) {
		return strconv.Quote(code)
	}
	return code
}

// Unwrap is the kind, if any, and the cause.
func (e *Error) Unwrap() []error {
	if e.kind == nil {
		return []error{e.cause}
	}
	return []error{e.kind, e.cause}
}

// Place is the bucket and the key that the request was for: where it went, of
// a copy.
func (e *Error) Place() (bucket, key string) { return e.Bucket, e.Key }

// failure names what was tried and sorts the cause. Nil stays nil.
func failure(operation, bucket, key string, err error) error {
	if err == nil {
		return nil
	}
	return sorted(&Error{Operation: operation, Bucket: bucket, Key: key, cause: err})
}

// webFailure names the object that was read from a URL.
func webFailure(o planner.Object, err error) error {
	e := &Error{Operation: operationGET, Bucket: o.Bucket, Key: o.Key, cause: err, at: place(o)}
	var refused *refusedError
	if errors.As(err, &refused) {
		e.Status, e.Code, e.kind = refused.status, refused.code, refused.kind
	}
	return e
}

// listFailure is the failure of a listing, whose place the caller names.
func listFailure(bucket, prefix string, err error) error {
	return sorted(&Error{
		Operation: "ListObjectsV2", Bucket: bucket, Key: prefix, cause: err, placed: true,
	})
}

// during says what an error came of and with which object, unless the error
// names an operation and its object by itself.
func during(what string, o planner.Object, err error) error {
	var named *Error
	if errors.As(err, &named) {
		return err
	}
	return fmt.Errorf("%s %q: %w", what, place(o), err)
}

// sorted fills in what the cause tells. Where there were no credentials,
// what it tells is not S3's: a status in it is that of the service that was
// to give them.
func sorted(e *Error) *Error {
	err := e.cause
	if errors.Is(err, credentials.ErrRefused) {
		var refused *credentials.RefusedError
		if !errors.As(err, &refused) || !refused.Temporary() {
			e.kind = transfer.ErrCredentials
		}
		return e
	}
	var status interface{ HTTPStatusCode() int }
	if errors.As(err, &status) {
		e.Status = status.HTTPStatusCode()
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		e.Code, e.Message = api.ErrorCode(), shorten(api.ErrorMessage())
	}
	e.kind = kind(err, e.Code, e.Status)
	if errors.Is(e.kind, errCondition) && sourceOnly[e.Operation] {
		e.kind = transfer.ErrChanged
	}
	if errors.Is(e.kind, transfer.ErrDenied) || errors.Is(e.kind, transfer.ErrCredentials) {
		e.Credentials = signedBy(err)
	}
	return e
}

// kind sorts a cause by its code, then by its status.
func kind(err error, code string, status int) error {
	switch {
	case errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		return nil
	case refusedCodes[code]:
		return transfer.ErrCredentials
	case errors.Is(err, errEndless):
		return transfer.ErrInvalid
	}
	if k, ok := codeKinds[code]; ok {
		return k
	}
	if k, ok := statusKinds[status]; ok {
		return k
	}
	var api smithy.APIError
	if status == http.StatusBadRequest && errors.As(err, &api) && !codeless(api, status) && !passingCodes[code] {
		return transfer.ErrInvalid
	}
	return nil
}

// location is how an object is written in messages.
func location(bucket, key string) string {
	return "s3://" + bucket + "/" + key
}

// shorten bounds a server's message.
func shorten(s string) string {
	if len(s) > maxMessageBytes {
		return strings.ToValidUTF8(s[:maxMessageBytes], "") + "..."
	}
	return s
}

// bare leaves out the URL that a failed request's error would print, and
// the SDK's way to a refusal of credentials and to an answer that is none.
func bare(err error) error {
	var refused *credentials.RefusedError
	if errors.As(err, &refused) {
		return refused
	}
	var other *document.Error
	if errors.As(err, &other) {
		return other
	}
	var unread *smithy.DeserializationError
	if errors.As(err, &unread) {
		return fmt.Errorf("the answer can't be read to its end: %w", unread.Err)
	}
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	var op *smithy.OperationError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}

// compact drops blanks: "Bad Request" is "BadRequest" as a code.
func compact(s string) string { return strings.ReplaceAll(s, " ", "") }
