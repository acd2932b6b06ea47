package objectstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/smithy-go/middleware"
)

// named is a provider of credentials with a name for messages, which holds
// no secret; credentials.Renewing is one.
type named interface{ Name() string }

// signer is the name of the credentials that sign a client's requests.
type signer string

// signedError is a failure of a request with the name of its credentials.
type signedError struct {
	error
	signer signer
}

// Unwrap is the failure.
func (e signedError) Unwrap() error { return e.error }

// install adds the name to all failures of a call.
func (s signer) install(stack *middleware.Stack) error {
	add := middleware.InitializeMiddlewareFunc("NameCredentials", func(
		ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
	) (middleware.InitializeOutput, middleware.Metadata, error) {
		out, meta, err := next.HandleInitialize(ctx, in)
		if err != nil {
			err = signedError{err, s}
		}
		return out, meta, err
	})
	if err := stack.Initialize.Add(add, middleware.Before); err != nil {
		return fmt.Errorf("object store: %w", err)
	}
	return nil
}

// signedBy is the name of the credentials of a request that failed, empty
// where it isn't known.
func signedBy(err error) string {
	var signed signedError
	if errors.As(err, &signed) {
		return string(signed.signer)
	}
	return ""
}
