package credentials

import (
	"context"
	"errors"
	"fmt"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/signin"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"synapse-migrate/synapse/loopback"
)

// ErrPlainHTTP means that an endpoint that gives keys is neither https nor on
// this machine.
var ErrPlainHTTP = errors.New("it is not https, and the keys that it gives would come in the clear")

// vendors are the services of AWS whose answers are keys or tokens.
var vendors = map[string]bool{
	sts.ServiceID: true, sso.ServiceID: true, ssooidc.ServiceID: true, signin.ServiceID: true,
}

// overTLS asks AWS's vendors of keys over TLS only, wherever their endpoint
// comes from: the files and variables of the AWS tools, or migrate.yaml.
func overTLS(stack *middleware.Stack) error {
	return stack.Finalize.Add(middleware.FinalizeMiddlewareFunc("OverTLS", func(
		ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
	) (middleware.FinalizeOutput, middleware.Metadata, error) {
		service := awsmiddleware.GetServiceID(ctx)
		req, ok := in.Request.(*smithyhttp.Request)
		if ok && vendors[service] && loopback.Clear(req.URL) {
			err := fmt.Errorf("endpoint of %s, %s: %w", service, plainURL(req.URL), ErrPlainHTTP)
			return middleware.FinalizeOutput{}, middleware.Metadata{}, err
		}
		return next.HandleFinalize(ctx, in)
	}), middleware.After)
}
