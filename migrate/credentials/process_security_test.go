//go:build unix

package credentials

import (
	"testing"

	"synapse-migrate/synapse/auth"
)

// A program that gives AWS credentials gets the environment, in which the
// tools that it calls find theirs, but not the token of Synapse.
func TestProgramsGetNoToken(t *testing.T) {
	t.Setenv(auth.EnvToken, "eyJd00d1e")
	t.Setenv("AWS_PROFILE", "lab")
	command := `test -z "$` + auth.EnvToken + `" && test "$AWS_PROFILE" = lab && ` + shell(t, contract)
	if _, err := processProvider(command, nil).Retrieve(t.Context()); err != nil {
		t.Error(err)
	}
}
