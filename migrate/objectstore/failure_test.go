package objectstore

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"synapse-migrate/migrate/credentials"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

// forbidding gives no credentials, as the SDK does where the metadata
// service refuses it.
type forbidding struct{ err error }

func (p forbidding) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{}, fmt.Errorf("no EC2 IMDS role found, %w", p.err)
}

// Who gives credentials and is in trouble itself doesn't refuse them: another
// attempt may do better.
func TestTroubleOfCredentialsPasses(t *testing.T) {
	for _, tt := range []struct {
		cause  error
		passes bool
	}{
		{&synapse.Error{Status: http.StatusInternalServerError}, true},
		{&synapse.Error{Status: http.StatusTooManyRequests}, true},
		{&synapse.Error{}, true},
		{&synapse.Error{Status: http.StatusForbidden}, false},
		{&credentials.VendError{Status: http.StatusBadGateway}, true},
		{&credentials.VendError{Status: http.StatusUnauthorized}, false},
		{bareStatus(http.StatusServiceUnavailable), true},
		{bareStatus(http.StatusForbidden), false},
		{context.DeadlineExceeded, false},
	} {
		t.Run(fmt.Sprintf("%T %v", tt.cause, tt.cause), func(t *testing.T) {
			f := newFixture(t, nil)
			store := f.store(t, f.from, func(o *Options) {
				o.Credentials = credentials.NewRenewing(
					"profile lab", forbidding{tt.cause}, credentials.Options{})
			})
			_, err := store.Head(t.Context(), "b", "k")
			if !errors.Is(err, credentials.ErrRefused) || !errors.Is(err, tt.cause) {
				t.Errorf("%v doesn't name its cause", err)
			}
			if got := !errors.Is(err, transfer.ErrCredentials); got != tt.passes {
				t.Errorf("%v passes: %t, want %t", err, got, tt.passes)
			}
		})
	}
}

// What the service that gives credentials answered is not S3's answer.
func TestNoCredentialsNameTheirCause(t *testing.T) {
	coded := &smithy.GenericAPIError{Code: "AccessDenied", Message: "not S3's"}
	tests := []struct {
		name  string
		cause error
	}{
		{"a status", bareStatus(http.StatusForbidden)},
		{"a code", coded},
		{"no answer in time", context.DeadlineExceeded},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t, nil)
			store := f.store(t, f.from, func(o *Options) {
				o.Credentials = credentials.NewRenewing(
					"profile lab", forbidding{tt.cause}, credentials.Options{})
			})
			_, err := store.Head(t.Context(), "b", "k")
			for _, is := range []error{
				transfer.ErrCredentials, credentials.ErrRefused, tt.cause,
			} {
				if !errors.Is(err, is) {
					t.Errorf("%v is not %v", err, is)
				}
			}
			if errors.Is(err, transfer.ErrDenied) {
				t.Errorf("%v passes for a refusal of S3", err)
			}
			var e *Error
			if !errors.As(err, &e) || e.Status != 0 || e.Code != "" {
				t.Errorf("got %+v, want neither status nor code", e)
			}
			want := `HeadObject "s3://b/k": credentials of profile lab: ` +
				"no valid credentials: no EC2 IMDS role found, " + tt.cause.Error()
			if got := err.Error(); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// Those who list say what, and those who move an object have it said once.
func TestErrorsNameTheirObjectOnce(t *testing.T) {
	f := newFixture(t, nil)
	gone := planner.Object{Bucket: sourceBucket, Key: "gone", ETag: "e", SizeBytes: 9}
	tests := []struct {
		name string
		call func() error
		want string // what the text begins with
	}{
		{"list", func() error {
			for _, err := range f.source.List(t.Context(), "nowhere", "gone", "") {
				return err
			}
			return nil
		}, "ListObjectsV2: not found: 404 NoSuchBucket "},
		{"stream", func() error {
			_, err := f.mover.Stream(t.Context(), request(gone, "k"))
			return err
		}, `GetObject "s3://from/gone": `},
		{"copy", func() error {
			_, err := f.mover.Copy(t.Context(), request(gone, "k"))
			return err
		}, `CopyObject "s3://to/k": `},
		{"stream, without a request", func() error {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			_, err := f.mover.Stream(ctx, request(gone, "k"))
			return err
		}, `streaming "s3://from/gone": context canceled`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := fmt.Sprint(tt.call())
			if !strings.HasPrefix(got, tt.want) || strings.Count(got, "gone") > 1 {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
