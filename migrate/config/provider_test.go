package config

import "testing"

func TestSynapseIsAskedForOnlyWhereItIsNeeded(t *testing.T) {
	c, err := Parse("f", []byte(`
buckets:
  - {bucket: plain, credentials: {kind: default}}
  - {bucket: folder, credentials: {kind: synapse, folder: syn1}}
  - {bucket: chained, credentials: {kind: assume-role, role-arn: "arn:aws:iam::123456789012:role/r",
      source: {kind: synapse, folder: syn1}}}
`))
	if err != nil {
		t.Fatal(err)
	}
	for bucket, want := range map[string]bool{"plain": false, "folder": true, "chained": true, "other": false} {
		rule, _ := c.For(bucket)
		if got := rule.Credentials.UsesSynapse(); got != want {
			t.Errorf("%s: got %t, want %t", bucket, got, want)
		}
	}
}
