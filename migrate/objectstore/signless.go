package objectstore

import (
	"context"
	"fmt"
	"net/http"

	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

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
