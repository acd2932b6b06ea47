package config_test

import (
	"fmt"
	"log"

	"synapse-migrate/migrate/config"
)

func ExampleParse() {
	c, err := config.Parse("migrate.yaml", []byte(`
buckets:
  - bucket: lab-*
    region: eu-west-1
    credentials: {kind: profile, profile: lab}
`))
	if err != nil {
		log.Fatal(err)
	}
	rule, found := c.For("lab-2019")
	fmt.Println(found, rule.Region, rule.Credentials.Kind, rule.Credentials.Profile)

	_, err = config.Parse("migrate.yaml", []byte("buckets:\n  - bucket: lab\n    regoin: eu-west-1\n"))
	fmt.Println(err)
	// Output:
	// true eu-west-1 profile lab
	// migrate.yaml:3:5: unknown key regoin: did you mean region?
}
