package credentials

import (
	"cmp"
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"synapse-migrate/migrate/config"
)

// Identity asks STS who signs with some credentials, which nobody needs a
// permission for (STS API reference, GetCallerIdentity, November 2026). It
// answers an ARN. STS is asked as the settings say, where nothing is said of
// it. An error wraps ErrRefused where there are no credentials to ask with;
// STS's refusal is an *STSError.
func Identity(ctx context.Context, p *Renewing, at config.STSEndpoint, a AWS) (string, error) {
	cfg := a.Config()
	cfg.Region, cfg.Credentials = cmp.Or(at.Region, a.Region, defaultSTSRegion), p
	out, err := sts.NewFromConfig(cfg, func(o *sts.Options) {
		if at.Endpoint != "" {
			o.BaseEndpoint = aws.String(at.Endpoint)
		}
	}).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", refusedBySTS("GetCallerIdentity", "with "+p.Name(), err, "")
	}
	if aws.ToString(out.Arn) == "" {
		return "", refusedBySTS("GetCallerIdentity", "with "+p.Name(), errUnread, "")
	}
	return *out.Arn, nil
}
