package sandbox

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"synapse-migrate/migrate/sandbox/describe"
	"synapse-migrate/migrate/sandbox/sample"
)

// addSample makes a sample project of the owner's and returns the truth
// about it.
func (s *Sandbox) addSample(
	ctx context.Context, r describe.SampleRequest,
) (describe.SampleProject, error) {
	made, err := sample.Make(ctx, sample.Place{
		Synapse: s.synapse, Outside: s.outside, Description: s.description,
		S3: func(bucket string) *s3.Client {
			if bucket == elsewhereBucket {
				return s.rootClient(s.description.ElsewhereRegion)
			}
			return s.rootClient(region)
		},
	}, r)
	if err != nil {
		return describe.SampleProject{}, err
	}
	s.samples.Store(&made)
	return made, nil
}

// prepareSample makes the project that the options ask for, and describes
// it.
func (s *Sandbox) prepareSample(ctx context.Context, r *describe.SampleRequest) error {
	if r == nil {
		return nil
	}
	made, err := s.addSample(ctx, *r)
	if err != nil {
		return err
	}
	made.Files, made.Folders = nil, nil // too long for a description
	s.description.Sample = &made
	return nil
}
