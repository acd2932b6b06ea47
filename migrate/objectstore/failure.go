package objectstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"synapse-migrate/migrate/credentials"
	"synapse-migrate/migrate/transfer"
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
}

// sourceOnly are the operations whose only condition is the source's ETag.
var sourceOnly = map[string]bool{
	"GetObject": true, "HeadObject": true, "UploadPartCopy": true,
}

// statusKinds serves where there is no known code, as after HEAD.
var statusKinds = map[int]error{
	http.StatusNotFound:           transfer.ErrNotFound,
	http.StatusForbidden:          transfer.ErrDenied,
	http.StatusUnauthorized:       transfer.ErrCredentials,
	http.StatusPreconditionFailed: errCondition,
}

// Error is a request that S3 refused or that didn't reach it. It unwraps to
// one of the transfer.Err values where one applies, and to its cause.
type Error struct {
	// Operation is S3's name: HeadObject, CopyObject.
	Operation string
	// Bucket and Key are what it was about; Key may be empty.
	Bucket, Key string
	// Status is the HTTP status, 0 without an answer.
	Status int
	// Code and Message are the server's own, empty without.
	Code, Message string

	kind, cause error
}

// Error names the operation and the object, then what happened.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %q: ", e.Operation, location(e.Bucket, e.Key))
	if e.kind != nil {
		fmt.Fprintf(&b, "%v: ", e.kind)
	}
	switch {
	case e.Code != "" && e.Message != "":
		fmt.Fprintf(&b, "%d %s %q", e.Status, e.Code, e.Message)
	case e.Status != 0:
		fmt.Fprintf(&b, "%d %s", e.Status, e.Code)
	default:
		b.WriteString(bare(e.cause).Error())
	}
	return strings.TrimSpace(b.String())
}

// Unwrap is the kind, if any, and the cause.
func (e *Error) Unwrap() []error {
	if e.kind == nil {
		return []error{e.cause}
	}
	return []error{e.kind, e.cause}
}

// failure names what was tried and sorts the cause. Nil stays nil.
func failure(operation, bucket, key string, err error) error {
	if err == nil {
		return nil
	}
	e := &Error{Operation: operation, Bucket: bucket, Key: key, cause: err}
	var status interface{ HTTPStatusCode() int }
	if errors.As(err, &status) {
		e.Status = status.HTTPStatusCode()
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		e.Code, e.Message = api.ErrorCode(), shorten(api.ErrorMessage())
	}
	e.kind = kind(err, e.Code, e.Status)
	if errors.Is(e.kind, errCondition) && sourceOnly[operation] {
		e.kind = transfer.ErrChanged
	}
	return e
}

// kind sorts a cause by its code, then by its status.
func kind(err error, code string, status int) error {
	switch {
	case errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		return nil
	case errors.Is(err, credentials.ErrRefused), refusedCodes[code]:
		return transfer.ErrCredentials
	}
	if k, ok := codeKinds[code]; ok {
		return k
	}
	return statusKinds[status]
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

// bare leaves out the URL that a failed request's error would print.
func bare(err error) error {
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

// cutReply lets the retryer repeat a request whose reply broke off. Effects
// are safe to repeat: every write is conditional or looked up.
func cutReply(err error) aws.Ternary {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return aws.TrueTernary
	}
	return aws.UnknownTernary
}

// compact drops blanks: "Bad Request" is "BadRequest" as a code.
func compact(s string) string { return strings.ReplaceAll(s, " ", "") }
