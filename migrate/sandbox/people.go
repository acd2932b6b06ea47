package sandbox

import (
	"time"

	"synapse-migrate/migrate/sandbox/describe"
	"synapse-migrate/migrate/sandbox/identity"
	"synapse-migrate/synapse/emulator"
)

// Buckets.
const (
	sourceBucket      = "lab-source"
	destinationBucket = "lab-destination"
	foreignBucket     = "partner-archive"
	elsewhereBucket   = "lab-elsewhere"
	synapseBucket     = "synapse-storage"
)

// elsewhereRegion is that of the bucket elsewhere.
const elsewhereRegion = "eu-west-1"

// Base keys in the destination bucket.
const (
	externalBaseKey  = "study/data"
	colleagueBaseKey = "shared/colleague"
)

// readerExternalID is what the owner must know to read the foreign bucket.
const readerExternalID = "sandbox-partner"

// longestRoleLife is AWS's longest session of a role.
const longestRoleLife = 12 * time.Hour

// people are the AWS identities that the sandbox itself needs.
type people struct {
	root, synapse identity.Principal
	synapseRole   string
}

// addIdentities makes all users and roles, and describes those that are
// for clients.
func (s *Sandbox) addIdentities() people {
	d := &s.description
	d.Version, d.Region = describe.Version, region
	d.Source, d.Destination, d.Foreign = sourceBucket, destinationBucket, foreignBucket
	d.SynapseBucket = synapseBucket
	d.Elsewhere, d.ElsewhereRegion = elsewhereBucket, elsewhereRegion

	p := people{root: s.identity.AddRoot()}
	d.Root = keys(p.root)
	own := identity.BucketPolicy(sourceBucket, destinationBucket, elsewhereBucket)
	owner := s.identity.AddUser("owner", own)
	d.OwnerKeys = keys(owner)
	d.ForeignKeys = keys(s.identity.AddUser("foreign", identity.BucketPolicy(foreignBucket)))
	d.OtherKeys = keys(s.identity.AddUser("other"))

	d.WriterRole.ARN = s.identity.AddRole(identity.Role{
		Name: "writer", Policies: []string{own}, Trusted: []string{owner.ARN}, MaxLife: longestRoleLife,
	})
	d.ReaderRole.ExternalID = readerExternalID
	d.ReaderRole.ARN = s.identity.AddRole(identity.Role{
		Name: "reader", Policies: []string{identity.ReadPolicy(foreignBucket)},
		Trusted: []string{owner.ARN}, ExternalID: readerExternalID, MaxLife: longestRoleLife,
	})

	synapse := identity.BucketPolicy(destinationBucket, synapseBucket)
	p.synapse = s.identity.AddUser("synapse", synapse,
		identity.ReadPolicy(foreignBucket, elsewhereBucket))
	p.synapseRole = s.identity.AddRole(identity.Role{
		Name: "synapse-sts", Policies: []string{synapse},
		Trusted: []string{p.synapse.ARN}, MaxLife: longestRoleLife,
	})
	return p
}

func keys(p identity.Principal) describe.Keys {
	return describe.Keys{
		AccessKeyID: p.Key.AccessKeyID, SecretAccessKey: p.Key.SecretAccessKey,
	}
}

// addUser makes a certified Synapse user with a token of all scopes.
func (s *Sandbox) addUser(name, first string) describe.User {
	id := s.synapse.AddUser(emulator.User{
		Name: name, FirstName: first, LastName: "Sandbox",
		Emails: []string{name + "@sandbox.example"}, Certified: true,
	})
	return describe.User{ID: id, Name: name, Token: s.synapse.AddToken(id, nil, 0)}
}
