package stsfolder

import (
	"errors"
	"strings"
	"testing"

	"synapse-migrate/migrate/objectstore"
)

// What an S3 that doesn't take the policy is about gets a hint of its own.
func TestPolicyThatIsRefused(t *testing.T) {
	for code, is := range map[string]bool{"MalformedPolicy": true, "AccessDenied": false} {
		err := policyRefused(&objectstore.Error{Operation: "PutBucketPolicy", Status: 400, Code: code})
		if errors.Is(err, errPolicyRefused) != is {
			t.Errorf("%s: got %v", code, err)
		}
		if is && !strings.Contains(Explain(err), "s3:PutObjectAcl") {
			t.Errorf("%s: the hint is %q", code, Explain(err))
		}
	}
	if policyRefused(nil) != nil {
		t.Error("no error became one")
	}
}
