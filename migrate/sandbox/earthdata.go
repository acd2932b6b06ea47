package sandbox

import (
	"crypto/rand"

	"github.com/aws/aws-sdk-go-v2/aws"
	awscredentials "github.com/aws/aws-sdk-go-v2/credentials"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"

	"synapse-migrate/migrate/sandbox/describe"
	"synapse-migrate/migrate/sandbox/identity"
	"synapse-migrate/migrate/sandbox/tea"
)

// earthdataUser is the user of the sandbox's Earthdata Login; TEA gives the
// name as the role's external ID.
const earthdataUser = "sandbox"

// addEarthdata makes TEA's own identity, and the role whose sessions it gives:
// to read and list the foreign bucket.
func (s *Sandbox) addEarthdata() (keys describe.Keys, roleARN string) {
	endpoint := s.identity.AddUser("earthdata")
	roleARN = s.identity.AddRole(identity.Role{
		Name: "earthdata-reader", Policies: []string{identity.ReadPolicy(foreignBucket)},
		Trusted: []string{endpoint.ARN}, ExternalID: earthdataUser, MaxLife: longestRoleLife,
	})
	return describe.Keys{
		AccessKeyID: endpoint.Key.AccessKeyID, SecretAccessKey: endpoint.Key.SecretAccessKey,
	}, roleARN
}

// serveEarthdata serves /s3credentials, once STS is there. Its keys live as
// long as all others: an hour, or Options.TokenLife.
func (s *Sandbox) serveEarthdata() error {
	keys, role := s.addEarthdata()
	token := "earthdata-" + rand.Text()
	handler := tea.New(tea.Options{
		STS: awssts.New(awssts.Options{
			BaseEndpoint: aws.String(s.description.STSEndpoint), Region: region,
			Credentials: awscredentials.NewStaticCredentialsProvider(keys.AccessKeyID, keys.SecretAccessKey, ""),
		}),
		RoleARN: role, Users: map[string]tea.User{token: {ID: earthdataUser}},
	})
	address, err := s.serve(loopback, handler)
	s.description.Earthdata = describe.Earthdata{Endpoint: address + tea.Path, Token: token}
	return err
}
