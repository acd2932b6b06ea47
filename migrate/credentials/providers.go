package credentials

import (
	"context"
	"errors"
	"fmt"
	"os/exec"

	"github.com/aws/aws-sdk-go-v2/aws"
	awscredentials "github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"

	"synapse-migrate/synapse"
)

// STS vends the credentials of a folder's storage location; a
// synapse.Client does.
type STS interface {
	STSCredentials(ctx context.Context, entityID string,
		p synapse.STSPermission) (synapse.STSCredentials, error)
}

// folder asks Synapse for the credentials of one folder.
type folder struct {
	client     STS
	folderID   string
	permission synapse.STSPermission
}

// Synapse provides the credentials that Synapse vends for a folder with an
// STS storage location. They last 12 hours and cover the whole storage
// location, never less (source: Synapse's StsManagerImpl, October 2024).
// Wrap the result in a Renewing.
func Synapse(
	client STS, folderID string, permission synapse.STSPermission,
) aws.CredentialsProvider {
	return folder{client: client, folderID: folderID, permission: permission}
}

// Retrieve makes one call.
func (f folder) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := f.client.STSCredentials(ctx, f.folderID, f.permission)
	if err != nil {
		return aws.Credentials{}, fmt.Errorf("%s credentials of %s: %w",
			f.permission, f.folderID, err)
	}
	out := aws.Credentials{
		AccessKeyID:     c.AccessKeyID,
		SecretAccessKey: c.SecretAccessKey,
		SessionToken:    c.SessionToken,
		Source:          "SynapseSTS",
	}
	if c.Expiration != nil {
		out.CanExpire, out.Expires = true, c.Expiration.Time
	}
	return out, nil
}

// Default is what the AWS SDK finds by itself: environment, shared files
// with their profiles, single sign-on, process, container and instance
// roles; people are asked for the code of a profile's MFA device. An empty
// profile is AWS_PROFILE or default. The profile's other settings are returned
// with it. Nothing is asked for yet: whether there are credentials shows at
// the first Retrieve. The files are read anew at each renewal.
func Default(ctx context.Context, profile string, d Deps) (*Renewing, AWS, error) {
	name := "the default credentials"
	if profile != "" {
		name = fmt.Sprintf("profile %q", profile)
	}
	a, err := LoadAWS(ctx, profile, d)
	if err != nil {
		return nil, AWS{}, &RefusedError{Name: name, Err: err}
	}
	return NewRenewing(name, profileChain{profile, a.stsEndpoint(), a.RoleLife, d}, d.Options), a, nil
}

// discreet is a provider of the SDK, without what its errors would show of
// answers: what a credential_process printed, keys and all, if it isn't the
// JSON that was expected, and whatever a container's endpoint said (source:
// aws-sdk-go-v2/credentials v1.20.9, processcreds and endpointcreds).
type discreet struct{ aws.CredentialsProvider }

// Retrieve passes on.
func (d discreet) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := d.CredentialsProvider.Retrieve(ctx)
	return c, withoutAnswer(err)
}

// withoutAnswer leaves what was answered out of an error.
func withoutAnswer(err error) error {
	var printed *processcreds.ProviderError
	var exit *exec.ExitError
	// Of all errors of the SDK, only those of endpoints have both.
	var endpoint interface {
		error
		ErrorCode() string
		HTTPStatusCode() int
	}
	switch {
	case errors.As(err, &printed) && errors.As(err, &exit):
		return fmt.Errorf("running the profile's credential_process: %w", exit)
	case errors.As(err, &printed):
		return errPrinted
	case errors.As(err, &endpoint):
		return containerStatus(endpoint.HTTPStatusCode())
	}
	return err
}

// containerStatus is the status of a container's endpoint that gave no keys.
type containerStatus int

// Error says the status.
func (s containerStatus) Error() string {
	return fmt.Sprintf("the container's endpoint answered with status %d", int(s))
}

// HTTPStatusCode is the status.
func (s containerStatus) HTTPStatusCode() int { return int(s) }

// Static gives the same keys for ever. An empty session token means
// long-lived keys.
func Static(accessKeyID, secretAccessKey, sessionToken string) aws.CredentialsProvider {
	return awscredentials.NewStaticCredentialsProvider(
		accessKeyID, secretAccessKey, sessionToken)
}
