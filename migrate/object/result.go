package object

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"synapse-migrate/migrate/credentials"
	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/migrate/transfer"
)

// Format is the version of the documents Result and Failure. It grows by one
// when a field changes its meaning or goes away; new fields don't count.
const Format = 1

// Copy is an object in a Result.
type Copy struct {
	Bucket string `json:"bucket"`
	Key    string `json:"key"`
	// ETag is without quotes.
	ETag string `json:"etag"`
	// Region is empty where it is not known.
	Region string `json:"region,omitempty"`
}

// Result is an object that has arrived and was compared with its source.
type Result struct {
	Format      int  `json:"format"`
	Source      Copy `json:"source"`
	Destination Copy `json:"destination"`
	// SizeBytes and MD5 (32 lower-case hex digits) are those of both.
	SizeBytes int64  `json:"sizeBytes"`
	MD5       string `json:"md5"`
	// Parts is the number of parts it was written in; 1 is a single request.
	Parts int64 `json:"parts"`
	// Resumed is true where parts of an earlier attempt were used,
	// ResumedBytes how much they held.
	Resumed      bool  `json:"resumed"`
	ResumedBytes int64 `json:"resumedBytes,omitempty"`
	// Found is true where the same object was there already.
	Found bool `json:"found"`
	// BytesRead and BytesWritten crossed this machine in this attempt.
	BytesRead       int64   `json:"bytesRead"`
	BytesWritten    int64   `json:"bytesWritten"`
	DurationSeconds float64 `json:"durationSeconds"`
	// Warnings are for people.
	Warnings []string `json:"warnings,omitempty"`
}

// Code says what kind of failure it is; the words stay the same.
type Code string

// The codes.
const (
	// CodeEvent: the event can't be worked on.
	CodeEvent Code = "bad-event"
	// CodeState: the state file can't be used, or belongs to other objects.
	CodeState Code = "bad-state"
	// CodeLogin: the endpoint doesn't accept the bearer token.
	CodeLogin Code = "login-required"
	// CodeTerms: terms of use have to be accepted first.
	CodeTerms Code = "terms-required"
	// CodeCredentials: there are no valid credentials.
	CodeCredentials Code = "credentials-refused"
	// CodeNotFound: there is no such object or bucket.
	CodeNotFound Code = "not-found"
	// CodeDenied: the credentials may not do this.
	CodeDenied Code = "denied"
	// CodeArchived: the source has to be restored first.
	CodeArchived Code = "archived"
	// CodeChanged: the source changed while it was read.
	CodeChanged Code = "changed"
	// CodeExists: the destination has other content under that key.
	CodeExists Code = "exists"
	// CodeMismatch: what arrived is not what was sent.
	CodeMismatch Code = "mismatch"
	// CodeInterrupted: it was interrupted.
	CodeInterrupted Code = "interrupted"
	// CodeFailed is everything else.
	CodeFailed Code = "failed"
)

// Sides of a failure.
const (
	SideSource      = "source"
	SideDestination = "destination"
)

// Failure is the error of Handle. It holds no secret.
type Failure struct {
	Code Code
	// Side is SideSource, SideDestination, or empty where it is neither's.
	Side string
	// Retryable is true where the same event may succeed another time.
	Retryable bool
	// Message is for people.
	Message string
	// Err is the cause.
	Err error
}

// Error is the message.
func (f *Failure) Error() string { return f.Message }

// Unwrap is the cause.
func (f *Failure) Unwrap() error { return f.Err }

// MarshalJSON writes {"format": 1, "error": {code, side, retryable, message}}.
func (f *Failure) MarshalJSON() ([]byte, error) {
	type fault struct {
		Code      Code   `json:"code"`
		Side      string `json:"side,omitempty"`
		Retryable bool   `json:"retryable"`
		Message   string `json:"message"`
	}
	return json.Marshal(struct {
		Format int   `json:"format"`
		Error  fault `json:"error"`
	}{Format, fault{f.Code, f.Side, f.Retryable, f.Message}})
}

// codes are the kinds of errors; the first that fits counts.
var codes = []struct {
	is   error
	code Code
	side string
}{
	{ErrEvent, CodeEvent, ""},
	{errState, CodeState, ""},
	{credentials.ErrLogin, CodeLogin, SideSource},
	{credentials.ErrTerms, CodeTerms, SideSource},
	{credentials.ErrRefused, CodeCredentials, ""},
	{credentials.ErrSettings, CodeCredentials, ""},
	{transfer.ErrCredentials, CodeCredentials, ""},
	{transfer.ErrExists, CodeExists, SideDestination},
	{transfer.ErrMismatch, CodeMismatch, SideDestination},
	{transfer.ErrChanged, CodeChanged, SideSource},
	{transfer.ErrArchived, CodeArchived, SideSource},
	{transfer.ErrNotFound, CodeNotFound, ""},
	{transfer.ErrDenied, CodeDenied, ""},
}

// failure makes a Failure of an error. The token is taken out of the message,
// should a server have repeated it.
func failure(ctx context.Context, e Event, endpoint string, err error) *Failure {
	f := &Failure{Code: CodeFailed, Side: sideOf(e, endpoint, err), Err: err, Message: err.Error()}
	passes := temporary(err)
	for _, c := range codes {
		if errors.Is(err, c.is) && (!passes || c.code != CodeCredentials) {
			f.Code = c.code
			if c.side != "" {
				f.Side = c.side
			}
			break
		}
	}
	if ctx.Err() != nil {
		f.Code, f.Side = CodeInterrupted, ""
	}
	// A source that has changed is looked at anew by the next attempt.
	f.Retryable = f.Code == CodeInterrupted || f.Code == CodeChanged || f.Code == CodeFailed && !refused(err)
	if token := string(e.BearerToken); len(token) > 0 {
		f.Message = strings.ReplaceAll(f.Message, token, e.BearerToken.String())
	}
	return f
}

// sideOf is the side that an error names: by the provider of credentials, or
// by the object.
func sideOf(e Event, endpoint string, err error) string {
	var provider *credentials.RefusedError
	var object *objectstore.Error
	switch {
	case errors.As(err, &provider) && provider.Name == endpoint:
		return SideSource
	case errors.As(err, &provider):
		return SideDestination
	case !errors.As(err, &object):
		return ""
	case object.Bucket == e.Dest.Bucket && (object.Bucket != e.Source.Bucket || object.Key == e.Dest.Key):
		return SideDestination
	case object.Bucket == e.Source.Bucket:
		return SideSource
	}
	return ""
}

// temporary reports whether credentials were not refused, but could not be had
// at present: nobody answered, or only to say that it is in trouble itself.
func temporary(err error) bool {
	var provider *credentials.RefusedError
	return errors.As(err, &provider) && (provider.Temporary() || errors.Is(err, context.DeadlineExceeded))
}

// refused reports whether S3 answered that it won't, rather than that it
// can't at present: that it is asked too often, that another write is under way,
// that the request came in damaged.
func refused(err error) bool {
	for _, is := range []error{transfer.ErrInvalid, transfer.ErrNoRanges, transfer.ErrURL} {
		if errors.Is(err, is) {
			return true
		}
	}
	var object *objectstore.Error
	if !errors.As(err, &object) || object.Status < http.StatusBadRequest ||
		object.Status >= http.StatusInternalServerError {
		return false
	}
	switch object.Status {
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusTooManyRequests:
		return false
	case http.StatusBadRequest: // those that are for good are not valid requests, and those without a code say nothing
		return object.Code == "" || object.Code == "BadRequest"
	}
	return true
}
