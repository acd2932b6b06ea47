package synapse

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Errors to test for with errors.Is.
var (
	// ErrNotFound is a 404: no such thing, it is in the trash, or an ACL
	// that is inherited.
	ErrNotFound = errors.New("not found")
	// ErrConflict is a 409: the name is taken.
	ErrConflict = errors.New("conflict")
	// ErrStale is a 412: the etag is no longer the current one.
	ErrStale = errors.New("changed since it was read")
	// ErrForbidden is a 403.
	ErrForbidden = errors.New("forbidden")
	// ErrUnauthorized is a 401: the token is bad, expired or revoked.
	ErrUnauthorized = errors.New("unauthorized")
	// ErrTwoFactor is a 403 for users without two factor authentication.
	ErrTwoFactor = errors.New("two factor authentication is not enabled")
	// ErrStorageLimit is a 400: the project's files take more than it may
	// store in the storage location.
	ErrStorageLimit = errors.New("project storage limit exceeded")
	// ErrAnonymous means that Synapse took the caller for nobody: no token
	// reached it, which is not a 401.
	ErrAnonymous = errors.New("synapse does not know who is calling: no access token reached it")
	// ErrUnknownOutcome means that the answer of a write was lost: it may
	// or may not have happened. Look before repeating it.
	ErrUnknownOutcome = errors.New("outcome unknown")
	// ErrNotStarted means that a call made with WithStart gave up waiting:
	// Synapse has done nothing for it.
	ErrNotStarted = errors.New("call not started")
)

// sentinels are the statuses that have an error of their own.
var sentinels = map[int]error{
	http.StatusUnauthorized:       ErrUnauthorized,
	http.StatusForbidden:          ErrForbidden,
	http.StatusNotFound:           ErrNotFound,
	http.StatusConflict:           ErrConflict,
	http.StatusPreconditionFailed: ErrStale,
}

// codes are the errorCodes that have an error of their own
// (ErrorResponseCode, OpenAPI file of March 2026).
var codes = map[string]error{
	CodeTwoFactor:    ErrTwoFactor,
	CodeStorageLimit: ErrStorageLimit,
}

// Codes of answers that say more than the status.
const (
	CodeTwoFactor     = "TWO_FA_ENABLED_REQUIRED"
	CodeStorageLimit  = "PROJECT_STORAGE_LIMIT_EXCEEDED"
	CodeCertification = "USER_CERTIFICATION_REQUIRED"
)

// Sizes of what an Error keeps and shows of an answer's body, in bytes.
const (
	maxErrorBodyBytes = 4 << 10
	maxShownBytes     = 200
)

// Error is a call that did not succeed. It holds no query, header or
// request body.
type Error struct {
	// Method and Path are those of the request.
	Method, Path string
	// Status is the HTTP status, 0 when no usable answer came.
	Status int
	// Reason is the server's own text, empty when it sent none.
	Reason string
	// Code is the server's errorCode, or the error field of an OAuth body,
	// such as insufficient_scope; mostly empty.
	Code string
	// Body is the answer's body, at most 4 KiB of it.
	Body string
	// RetryAfter is the wait that the server asked for, 0 for none.
	RetryAfter time.Duration
	// Cause is why no usable answer came; nil when one did.
	Cause error
}

// Error names the call, the status and the server's reason.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", e.Method, e.Path)
	if e.Status != 0 {
		fmt.Fprintf(&b, ": %d", e.Status)
	}
	switch {
	case e.Reason != "":
		b.WriteString(" " + e.Reason)
	case e.Body != "":
		fmt.Fprintf(&b, " %.*q", maxShownBytes, e.Body)
	case e.Status != 0:
		b.WriteString(" " + http.StatusText(e.Status))
	}
	if e.Cause != nil {
		fmt.Fprintf(&b, ": %v", e.Cause)
	}
	return b.String()
}

// Is matches the error of the status, and that of the code.
func (e *Error) Is(target error) bool {
	byStatus, byCode := sentinels[e.Status], codes[e.Code]
	return byStatus != nil && byStatus == target || byCode != nil && byCode == target
}

// Unwrap returns the cause, nil when an answer came.
func (e *Error) Unwrap() error { return e.Cause }

// errorBody is the union of the server's error documents: ErrorResponse,
// OAuthErrorResponse, and the bare reason of throttles (source:
// BaseControllerExceptionHandlerAdvice, October 2024 snapshot).
type errorBody struct {
	Reason           string `json:"reason"`
	ErrorCode        string `json:"errorCode"`
	OAuthError       string `json:"error"`
	OAuthDescription string `json:"error_description"`
}

// decodeErrorBody reads reason and code from an error's body. Both are
// empty when the body is missing, cut or not JSON.
func decodeErrorBody(body []byte) (reason, code string) {
	var doc errorBody
	if json.Unmarshal(body, &doc) != nil {
		return "", ""
	}
	reason, code = doc.Reason, doc.ErrorCode
	if code == "" {
		code = doc.OAuthError
	}
	if reason == "" && doc.OAuthError != "" {
		reason = strings.TrimSuffix(doc.OAuthError+". "+doc.OAuthDescription, ". ")
	}
	return reason, code
}

// errorFrom makes the Error of an answer.
func errorFrom(r request, path string, a answer) *Error {
	e := &Error{Method: r.method, Path: path, Status: a.status, RetryAfter: a.retryAfter}
	e.Reason, e.Code = decodeErrorBody(a.body)
	e.Body = cut(a.body, maxErrorBodyBytes)
	return e
}

// cut returns at most limit bytes of b as valid UTF-8.
func cut(b []byte, limit int) string {
	return strings.ToValidUTF8(string(b[:min(len(b), limit)]), "")
}
