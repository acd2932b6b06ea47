package synapse

import "testing"

// TestCredentialsWithoutAToken: a sandbox in front of an S3 that has no STS
// gives keys alone.
func TestCredentialsWithoutAToken(t *testing.T) {
	if lacks := (STSCredentials{AccessKeyID: "a", SecretAccessKey: "s"}).lacks(); lacks != "" {
		t.Errorf("keys without a session token lack %s", lacks)
	}
	if lacks := (STSCredentials{AccessKeyID: "a", SessionToken: "t"}).lacks(); lacks == "" {
		t.Error("keys without a secret are whole")
	}
}
