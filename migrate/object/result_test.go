package object

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"

	"synapse-migrate/migrate/config"
	"synapse-migrate/migrate/credentials"
	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/migrate/transfer"
)

// kindError has what an error of package objectstore is made of.
func kindError(kind error, status int, code string) error {
	return errors.Join(&objectstore.Error{Operation: "GetObject", Bucket: "from", Key: "k", Status: status, Code: code}, kind)
}

func TestFailures(t *testing.T) {
	refusedBy := func(err error) error { return &credentials.RefusedError{Name: "vendor", Err: err} }
	dial := &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	tests := []struct {
		name      string
		err       error
		code      Code
		retryable bool
	}{
		{"a refused connection of the vendor", refusedBy(&credentials.VendError{Reason: "connection refused"}), CodeFailed, true},
		{"a vendor in trouble", refusedBy(&credentials.VendError{Status: 503}), CodeFailed, true},
		{"a vendor that hangs", refusedBy(context.DeadlineExceeded), CodeFailed, true},
		{"a vendor that refuses", refusedBy(&credentials.VendError{Status: 403}), CodeCredentials, false},
		{"a vendor of no answer", refusedBy(errors.New("no keys in it")), CodeCredentials, false},
		{"a login", refusedBy(credentials.ErrLogin), CodeLogin, false},
		{"terms", refusedBy(credentials.ErrTerms), CodeTerms, false},
		{"expired keys", kindError(transfer.ErrCredentials, 400, "ExpiredToken"), CodeCredentials, false},
		{"no route to S3", fmt.Errorf("reading: %w", dial), CodeFailed, true},
		{"an event", ErrEvent, CodeEvent, false},
		{"a state", errState, CodeState, false},
		{"nothing there", kindError(transfer.ErrNotFound, 404, "NoSuchKey"), CodeNotFound, false},
		{"denied", kindError(transfer.ErrDenied, 403, "AccessDenied"), CodeDenied, false},
		{"archived", kindError(transfer.ErrArchived, 403, "InvalidObjectState"), CodeArchived, false},
		{"other content", transfer.ErrExists, CodeExists, false},
		{"another copy", transfer.ErrMismatch, CodeMismatch, false},
		{"changed", transfer.ErrChanged, CodeChanged, true},
		{"throttled", kindError(transfer.ErrThrottled, 429, "TooManyRequests"), CodeFailed, true},
		{"slowed down", kindError(transfer.ErrThrottled, 503, "SlowDown"), CodeFailed, true},
		{"another write", kindError(nil, 409, "OperationAborted"), CodeFailed, true},
		{"too slow", kindError(nil, 400, "RequestTimeout"), CodeFailed, true},
		{"damaged", kindError(nil, 400, "BadDigest"), CodeFailed, true},
		{"no valid request", kindError(transfer.ErrInvalid, 400, "DirectoryObjectContainsData"), CodeFailed, false},
		{"a bare 400", kindError(nil, 400, "BadRequest"), CodeFailed, false},
		{"a moved bucket", kindError(nil, 410, "Gone"), CodeFailed, false},
		{"trouble of S3", kindError(nil, 500, "InternalError"), CodeFailed, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := failure(t.Context(), Event{}, "vendor", tt.err)
			if f.Code != tt.code || f.Retryable != tt.retryable {
				t.Errorf("got %s, retryable %t; want %s, %t", f.Code, f.Retryable, tt.code, tt.retryable)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if f := failure(ctx, Event{}, "vendor", context.Canceled); f.Code != CodeInterrupted || !f.Retryable {
		t.Errorf("called off: got %s, retryable %t", f.Code, f.Retryable)
	}
}

// noConnection refuses all.
type noConnection struct{}

func (noConnection) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
}

// Whoever listens no more is not there at present: no word of refused
// credentials.
func TestNobodyListens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		vendor, err := credentials.S3Credentials(config.S3Credentials{URL: "https://vendor.example/s3credentials",
			Token: config.Plain("token")}, &http.Client{Transport: noConnection{}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = credentials.NewRenewing("it", vendor, credentials.Options{}).Retrieve(t.Context())
		f := failure(t.Context(), Event{}, "it", err)
		if f.Code != CodeFailed || !f.Retryable || f.Side != SideSource || !strings.Contains(f.Message, "refused") {
			t.Errorf("got %+v", f)
		}
	})
}
