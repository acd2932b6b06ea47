package auth_test

import (
	"fmt"

	"synapse-migrate/synapse/auth"
)

func ExampleFind() {
	environment := map[string]string{
		"SYNAPSE_AUTH_TOKEN": "a-personal-access-token",
		"SYNAPSE_ENDPOINT":   "http://127.0.0.1:8080",
	}
	login, err := auth.Find(auth.Options{
		Getenv: func(name string) string { return environment[name] },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(login.Token, "from", login.Origin)
	fmt.Println("for", login.Endpoint)
	// Output:
	// REDACTED from SYNAPSE_AUTH_TOKEN
	// for http://127.0.0.1:8080
}
