package objectstore

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
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

// notSigned are headers that the SDK signs and that say nothing of what is asked for. What stands before a server may
// rewrite or drop them, and the signature is then another one: Google Cloud Storage adds gzip(gfe) to Accept-Encoding
// (aws/aws-sdk-go-v2 issue 1816; the AWS CLI doesn't sign it), and other proxies pass on only headers that they know.
// Headers that proxies add of themselves (Via, X-Forwarded-For) are never signed, nor are User-Agent and Expect.
var notSigned = []string{"Accept-Encoding", "Amz-Sdk-Invocation-Id", "Amz-Sdk-Request"}

type notSignedKey struct{}

// signLess leaves some headers out of the signature, and sends them all the same: for endpoints that are not AWS.
func signLess(stack *middleware.Stack) error {
	const signing = "Signing"
	away := middleware.FinalizeMiddlewareFunc("TakeUnsignedAway", func(
		ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
	) (middleware.FinalizeOutput, middleware.Metadata, error) {
		if req, ok := in.Request.(*smithyhttp.Request); ok {
			kept := http.Header{}
			for _, name := range notSigned {
				if v := req.Header.Values(name); len(v) > 0 {
					kept[name] = v
					req.Header.Del(name)
				}
			}
			ctx = middleware.WithStackValue(ctx, notSignedKey{}, kept)
		}
		return next.HandleFinalize(ctx, in)
	})
	back := middleware.FinalizeMiddlewareFunc("PutUnsignedBack", func(
		ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
	) (middleware.FinalizeOutput, middleware.Metadata, error) {
		kept, _ := middleware.GetStackValue(ctx, notSignedKey{}).(http.Header)
		if req, ok := in.Request.(*smithyhttp.Request); ok {
			for name, v := range kept {
				req.Header[name] = v
			}
		}
		return next.HandleFinalize(ctx, in)
	})
	if err := stack.Finalize.Insert(away, signing, middleware.Before); err != nil {
		return fmt.Errorf("object store: %w", err)
	}
	if err := stack.Finalize.Insert(back, signing, middleware.After); err != nil {
		return fmt.Errorf("object store: %w", err)
	}
	return nil
}
