package objectstore

import (
	"context"
	"errors"
	"net"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/middleware"

	"synapse-migrate/migrate/credentials"
)

// noticeLost notes whether any attempt of a call ended so that S3 may have done what it asked, and nobody was told.
func noticeLost(lost *bool) func(*s3.Options) {
	notice := middleware.FinalizeMiddlewareFunc("NoticeLostAnswer", func(
		ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
	) (middleware.FinalizeOutput, middleware.Metadata, error) {
		out, metadata, err := next.HandleFinalize(ctx, in)
		*lost = *lost || lostAnswer(err)
		return out, metadata, err
	})
	return func(o *s3.Options) {
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
			return stack.Finalize.Insert(notice, "Retry", middleware.After)
		})
	}
}

// lostAnswer reports whether S3 may have done what an attempt with this error asked: its answer didn't come or can't
// be read, or S3 or a gateway had trouble. A refusal did nothing, and neither did what never reached S3, for want of a
// connection or of credentials.
func lostAnswer(err error) bool {
	var dial *net.OpError
	if err == nil || throttled(err) || errors.Is(err, credentials.ErrRefused) || errors.As(err, &dial) && dial.Op == "dial" {
		return false
	}
	var answer interface{ HTTPStatusCode() int }
	if !errors.As(err, &answer) {
		return true
	}
	status := answer.HTTPStatusCode()
	return status < http.StatusMultipleChoices ||
		status >= http.StatusInternalServerError && status != http.StatusNotImplemented
}
