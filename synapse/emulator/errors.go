package emulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// failure is an answer other than success, in the server's error shape.
type failure struct {
	status int
	reason string
	// code is the errorCode field, for the few cases that have one.
	code string
	// oauth is the error field of an OAuth error body.
	oauth string
	// bare leaves concreteType out (throttles, last-resort 500s).
	bare bool
}

// Error is the reason.
func (f *failure) Error() string { return fmt.Sprintf("%d: %s", f.status, f.reason) }

func failf(status int, format string, args ...any) error {
	return &failure{status: status, reason: fmt.Sprintf(format, args...)}
}

// invalidf is a 400, the server's illegal argument.
func invalidf(format string, args ...any) error {
	return failf(http.StatusBadRequest, format, args...)
}

func missingf(format string, args ...any) error {
	return failf(http.StatusNotFound, format, args...)
}

func forbiddenf(format string, args ...any) error {
	return failf(http.StatusForbidden, format, args...)
}

// staleEtag is the 412 of an entity that changed since it was fetched.
func staleEtag(id string) error {
	return failf(http.StatusPreconditionFailed,
		"Object: %s was updated since you last fetched it, retrieve it again and re-apply the update", id)
}

func (f *failure) body() []byte {
	doc := map[string]string{"reason": f.reason}
	switch {
	case f.oauth != "":
		doc["concreteType"] = "org.sagebionetworks.repo.model.OAuthErrorResponse"
		doc["error"] = f.oauth
		doc["error_description"] = f.reason
		doc["reason"] = f.oauth + ". " + f.reason
	case !f.bare:
		doc["concreteType"] = "org.sagebionetworks.repo.model.ErrorResponse"
	}
	if f.code != "" {
		doc["errorCode"] = f.code
	}
	b, _ := json.Marshal(doc)
	return b
}

// reasonOf is the reason alone, for messages that quote another's.
func reasonOf(err error) string {
	var f *failure
	if errors.As(err, &f) {
		return f.reason
	}
	return err.Error()
}

// noVersion is the 404 of a document of a version that doesn't exist.
func noVersion(id, version string) error {
	return missingf("Cannot find a node with id %s and version %s", id, version)
}

// noAnnotations is that of a version's annotations.
func noAnnotations(id string) error { return missingf("Cannot find a node with id: %s", id) }

// noHandle is that of the file handle of a version that has none, or doesn't
// exist.
func noHandle(id string) error {
	return missingf("Object %s does not have a file handle associated with it.", id)
}

// awsFailure is the 502 of an AWS error that the server doesn't turn into
// something else (BaseControllerExceptionHandlerAdvice, October 2024).
func awsFailure(err error) error {
	return failf(http.StatusBadGateway, "%v", err)
}

// missingObject is nil when err says that an object is not there, else an
// AWS failure.
func missingObject(err error) error {
	if errors.Is(err, ErrNoObject) || errors.Is(err, ErrNoBucket) {
		return nil
	}
	return awsFailure(err)
}
