package credentials_test

import (
	"context"
	"fmt"
	"log"

	"synapse-migrate/migrate/config"
	"synapse-migrate/migrate/credentials"
)

func ExampleFromRule() {
	c, err := config.Parse("migrate.yaml", []byte(`
buckets:
  - bucket: lab-*
    credentials: {kind: static, access-key-id: env:LAB_KEY, secret-access-key: file:/run/lab-secret}
`))
	if err != nil {
		log.Fatal(err)
	}
	rule, _ := c.For("lab-2019")
	provider, _, err := credentials.FromRule(context.Background(), rule, credentials.Deps{})
	fmt.Println(provider, err)
	// Output: keys of env:LAB_KEY REDACTED <nil>
}

func ExampleSessionPolicy() {
	policy, err := credentials.SessionPolicy([]credentials.Need{
		{Bucket: "lab-2019", Prefix: "study/", Read: true},
	}, credentials.PolicyOptions{})
	fmt.Println(policy, err)
	// Output:
	// {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:GetObjectTagging"],"Resource":["arn:aws:s3:::lab-2019/study/*"]}]} <nil>
}

func ExampleNewRenewing() {
	keys := credentials.Static("AKID", "SECRET", "")
	provider := credentials.NewRenewing("my keys", keys, credentials.Options{})
	c, err := provider.Retrieve(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(c.AccessKeyID, provider)
	// Output: AKID my keys REDACTED
}
