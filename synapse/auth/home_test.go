package auth_test

import (
	"errors"
	"strings"
	"testing"

	"synapse-migrate/synapse/auth"
)

func TestFindWithoutAHomeFolder(t *testing.T) {
	t.Setenv("HOME", "")
	env := map[string]string{auth.EnvToken: "token-of-a-container"}
	found, err := auth.Find(auth.Options{Getenv: func(name string) string { return env[name] }})
	if err != nil {
		t.Fatalf("a token in the environment: %v", err)
	}
	if found.Token != "token-of-a-container" {
		t.Errorf("got another token than the environment's")
	}
	delete(env, auth.EnvToken)
	_, err = auth.Find(auth.Options{Getenv: func(name string) string { return env[name] }})
	if !errors.Is(err, auth.ErrNoToken) || !strings.Contains(err.Error(), "no home folder") {
		t.Errorf("without any token: got %v, want ErrNoToken that names the missing home", err)
	}
}
