package emulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"synapse-migrate/synapse"
)

// credentialsLife is how long temporary credentials live (StsManagerImpl,
// October 2024).
const credentialsLife = 12 * time.Hour

// errNoVendor is why STS fails where there is none.
var errNoVendor = errors.New("no STS to ask for credentials")

// stsRoutes is the one call for temporary credentials; it needs all three
// scopes, for reading too.
func stsRoutes() []route {
	return []route{{
		"GET /repo/v1/entity/{id}/sts",
		[]string{scopeView, scopeModify, scopeDownload}, temporaryCredentials,
	}}
}

// stsRights are what a permission takes, in the order of the checks; nil for
// an unknown one.
func stsRights(p synapse.STSPermission) []synapse.AccessType {
	switch p {
	case synapse.STSReadOnly:
		return []synapse.AccessType{synapse.AccessDownload}
	case synapse.STSReadWrite:
		return []synapse.AccessType{
			synapse.AccessDownload, synapse.AccessUpdate,
			synapse.AccessCreate, synapse.AccessDelete,
		}
	}
	return nil
}

// temporaryCredentials hands out credentials for the whole storage location
// of an entity (StsManagerImpl.getTemporaryCredentials, October 2024).
func temporaryCredentials(c *call) (reply, error) {
	text := c.r.URL.Query().Get("permission")
	permission := synapse.STSPermission(text)
	if text == "" {
		return reply{}, invalidf("Required request parameter 'permission' for method parameter " +
			"type StsPermission is not present")
	}
	if stsRights(permission) == nil {
		return reply{}, invalidf("Unsupported permission type %s", text)
	}
	l, bucket, err := stsLocation(c, permission)
	if err != nil {
		return reply{}, err
	}
	keys, err := assumeRole(c, bucket, l.BaseKey, permission)
	if err != nil {
		return reply{}, awsFailure(err)
	}
	return ok(synapse.STSCredentials{
		Bucket: bucket, BaseKey: l.BaseKey,
		AccessKeyID: keys.AccessKeyID, SecretAccessKey: keys.SecretAccessKey,
		SessionToken: keys.SessionToken, Expiration: synapse.NewTime(keys.Expiration),
	})
}

// stsLocation is the storage location and bucket that the caller may have
// credentials for.
func stsLocation(c *call, p synapse.STSPermission) (synapse.StorageLocation, string, error) {
	none := synapse.StorageLocation{}
	c.mu.Lock()
	defer c.mu.Unlock()
	n, err := c.state.tree.nodeFor(c.r.PathValue("id"))
	if err != nil {
		return none, "", err
	}
	for _, right := range stsRights(p) {
		if err := c.state.access.require(c.user, n, right); err != nil {
			return none, "", err
		}
	}
	l := c.state.settings.nearestLocation(n.id)
	if !isSTS(l) {
		return none, "", invalidf("Entity must have an STS-enabled storage location")
	}
	if p == synapse.STSReadWrite && l.ConcreteType == synapse.TypeS3StorageLocation {
		return none, "", invalidf("STS write access is not allowed in Synapse storage")
	}
	bucket, err := bucketOf(c, l)
	return *l, bucket, err
}

// assumeRole asks the vendor, in Synapse's name.
func assumeRole(c *call,
	bucket, baseKey string, p synapse.STSPermission,
) (Credentials, error) {
	if c.options.Vendor == nil {
		return Credentials{}, errNoVendor
	}
	policy, err := SessionPolicy(bucket, baseKey, p)
	if err != nil {
		return Credentials{}, err
	}
	life := c.options.TokenLife
	if life == 0 {
		life = credentialsLife
	}
	session := fmt.Sprintf("sts-%d-%s", c.user.ID, c.r.PathValue("id"))
	return c.options.Vendor.AssumeRole(c.r.Context(), session, policy, life)
}

// policyActions are what a permission allows at and below the base key
// (StsManagerImpl, October 2024); nil for an unknown one.
func policyActions(p synapse.STSPermission) []string {
	switch p {
	case synapse.STSReadOnly:
		return []string{"s3:GetObject", "s3:ListBucket"}
	case synapse.STSReadWrite:
		return []string{
			"s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:ListBucket",
			"s3:ListMultipartUploadParts", "s3:PutObject", "s3:ListBucketMultipartUploads",
			"s3:PutObjectAcl",
		}
	}
	return nil
}

type policyDocument struct {
	Version   string
	Statement []policyStatement
}

type policyStatement struct {
	Sid       string
	Effect    string
	Action    []string
	Resource  []string
	Condition map[string]map[string][]string `json:",omitempty"`
}

// SessionPolicy is the inline policy of the credentials for a storage
// location: a bucket and a base key, empty for none. It allows listing at
// and below the base key, the permission's actions there, and denies
// everything on owner.txt (sts-policy-template.json.vtp of the server's
// source, October 2024). The base key enters it unescaped, wildcards and
// all, as in the server. An unknown permission is an error.
func SessionPolicy(bucket, baseKey string, permission synapse.STSPermission) (string, error) {
	actions := policyActions(permission)
	if actions == nil {
		return "", fmt.Errorf("making a session policy: unknown permission %q", permission)
	}
	bucketARN := "arn:aws:s3:::" + bucket
	folderARN, below := bucketARN, "*"
	if baseKey != "" {
		folderARN, below = bucketARN+"/"+baseKey, baseKey+"/*"
	}
	return writePolicy(policyDocument{Version: "2012-10-17", Statement: []policyStatement{
		{
			Sid: "ListParentBuckets", Effect: "Allow",
			Action: []string{"s3:ListBucket"}, Resource: []string{bucketARN},
			Condition: onPrefix("StringEquals", baseKey),
		},
		{
			Sid: "ListBucketAccess", Effect: "Allow",
			Action: []string{"s3:ListBucket"}, Resource: []string{bucketARN},
			Condition: onPrefix("StringLike", below),
		},
		{
			Sid: "FolderAccess", Effect: "Allow",
			Action: actions, Resource: []string{folderARN, folderARN + "/*"},
		},
		{
			Sid: "DenyOwnerTxt", Effect: "Deny",
			Action: []string{"*"}, Resource: []string{folderARN + "/" + ownerFile},
		},
	}})
}

func onPrefix(operator, value string) map[string]map[string][]string {
	return map[string]map[string][]string{operator: {"s3:prefix": {value}}}
}

// writePolicy writes a policy without HTML escapes: keys may have & and <.
func writePolicy(p policyDocument) (string, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(p); err != nil {
		return "", fmt.Errorf("making a session policy: %w", err)
	}
	return string(bytes.TrimRight(text.Bytes(), "\n")), nil
}
