package credentials

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"

	"synapse-migrate/migrate/config"
)

// regionTimeout bounds how long a machine is asked where it is: elsewhere
// than at AWS, nobody answers.
const regionTimeout = time.Second

// Whereabouts is the AWS region that the program runs in; empty is outside
// of AWS, or where that can't be found out. It asks the machine, as the
// settings say, so it should be called once.
func Whereabouts(ctx context.Context, a AWS) string {
	// Set by Lambda itself (AWS Lambda developer guide, environment
	// variables, November 2026); elsewhere AWS_REGION is anybody's wish.
	if os.Getenv("AWS_LAMBDA_FUNCTION_NAME") != "" {
		return os.Getenv("AWS_REGION")
	}
	ctx, cancel := context.WithTimeout(ctx, regionTimeout)
	defer cancel()
	out, err := imds.NewFromConfig(a.Config()).GetRegion(ctx, &imds.GetRegionInput{})
	if err != nil {
		return ""
	}
	return out.Region
}

// RegionWarning is what to say before a run that uses credentials of a kind
// for a bucket in a region, while the program runs here (both as
// Whereabouts has them); empty where there is nothing to say. Endpoints as
// NASA's give credentials that S3 takes from within the bucket's region
// only (source: Earthdata Cloud, direct S3 access, November 2026).
func RegionWarning(kind config.Kind, bucketRegion, here string) string {
	if kind != config.KindS3Credentials || bucketRegion != "" && bucketRegion == here {
		return ""
	}
	where, wanted := "outside of AWS", "the bucket's region"
	if here != "" {
		where = "in " + here
	}
	if bucketRegion != "" {
		wanted = bucketRegion
	}
	return fmt.Sprintf("credentials of kind %s work within %s only, and this program seems to run %s: "+
		"S3 will deny access", kind, wanted, where)
}
