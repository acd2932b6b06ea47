package objectstore

import (
	"context"
	"errors"
	"net/http"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
)

// noticeSkew lets the SDK's retry loop see a clock that is wrong where S3's
// answer can't say so: that to a HEAD has no body and so no code. The loop
// compares the answer's date with the time of the signature, and tries again
// by the server's clock only where they are minutes apart; other refusals
// stay what they are.
func noticeSkew(stack *middleware.Stack) error {
	return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("NoticeSkew", func(
		ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
	) (middleware.FinalizeOutput, middleware.Metadata, error) {
		out, meta, err := next.HandleFinalize(ctx, in)
		var api smithy.APIError
		var answer interface{ HTTPStatusCode() int }
		if errors.As(err, &answer) && answer.HTTPStatusCode() == http.StatusForbidden {
			_ = errors.As(err, &api)
			if codeless(api, http.StatusForbidden) {
				err = maybeSkewed{err}
			}
		}
		return out, meta, err
	}), "Retry", middleware.After)
}

// maybeSkewed is a refusal without a code, for which the clock may be to
// blame. It is no smithy.APIError: to all but the retry loop it is the refusal.
type maybeSkewed struct{ error }

// ErrorCode is S3's for a signature of another time than now ("Error
// responses", Amazon S3 API Reference, read November 2026).
func (maybeSkewed) ErrorCode() string { return "RequestTimeTooSkewed" }

// Unwrap is the refusal.
func (m maybeSkewed) Unwrap() error { return m.error }
