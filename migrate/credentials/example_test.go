package credentials_test

import (
	"context"
	"fmt"
	"log"

	"synapse-migrate/migrate/credentials"
)

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
