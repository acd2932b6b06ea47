package document

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Expect makes the AWS SDK take no other documents than those that are
// wanted, by the names of operations; those of others are taken as they come.
// The function is for the APIOptions of a client of that service. It reads
// answers whole, up to maxBytes. What is not wanted
// becomes an Error, which the SDK's retryer asks for again, unless it is too
// long to be a document.
func Expect(service string, wanted map[string]Want) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		// The stack's ID is the operation. The context may name another one:
		// that for whose credentials a container's endpoint is asked meanwhile.
		want, known := wanted[stack.ID()]
		return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("ExpectDocument"+service,
			func(
				ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
			) (middleware.DeserializeOutput, middleware.Metadata, error) {
				out, meta, err := next.HandleDeserialize(ctx, in)
				response, ok := out.RawResponse.(*smithyhttp.Response)
				if err != nil || !known || !ok || response.StatusCode < 200 || response.StatusCode > 299 {
					return out, meta, err
				}
				return out, meta, want.read(service, response)
			}), middleware.After)
	}
}

// maxBytes bounds a document; the largest that S3 gives are below it (pages of
// 1,000 keys of 1 KiB, encoded).
const maxBytes = 32 << 20

// read reads an answer and compares it with what is wanted. The body is then
// there to be read once more.
func (w Want) read(service string, response *smithyhttp.Response) error {
	var body []byte
	if !w.Data {
		var err error
		if body, err = io.ReadAll(io.LimitReader(response.Body, maxBytes+1)); err != nil {
			return fmt.Errorf("reading the answer: %w", err)
		}
		if len(body) > maxBytes {
			return fmt.Errorf("%w: it is longer than %d bytes", ErrOther, maxBytes)
		}
	}
	got := w.check(response.Header, body)
	if got == "" {
		if !w.Data {
			response.Body = replayed{bytes.NewReader(body), response.Body}
		}
		return nil
	}
	host := ""
	if response.Request != nil && response.Request.URL != nil {
		host = response.Request.URL.Host
	}
	return &Error{Service: service, Host: host, Status: response.StatusCode, Want: w.String(), Got: got}
}

// replayed is a body that was read already.
type replayed struct {
	io.Reader
	io.Closer
}
