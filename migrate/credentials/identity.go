package credentials

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"synapse-migrate/migrate/config"
)

// Identity asks STS who signs with some credentials, which nobody needs a
// permission for (STS API reference, GetCallerIdentity, November 2026). It
// answers an ARN. An error wraps ErrRefused where there are no credentials to
// ask with; STS's refusal is an *STSError.
func Identity(ctx context.Context, p *Renewing, at config.STSEndpoint) (string, error) {
	region := at.Region
	if region == "" {
		region = defaultSTSRegion
	}
	o := sts.Options{Region: region, Credentials: p}
	if at.Endpoint != "" {
		o.BaseEndpoint = aws.String(at.Endpoint)
	}
	out, err := sts.New(o).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", refusedBySTS("GetCallerIdentity", "with "+p.Name(), err, "")
	}
	return aws.ToString(out.Arn), nil
}
