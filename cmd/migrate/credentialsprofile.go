package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"synapse-migrate/migrate/access"
	"synapse-migrate/migrate/config"
	"synapse-migrate/migrate/credentials"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/auth"
)

// profile is a block for ~/.aws/config that has the AWS tools call this
// program. It holds no secret: where the token came from a variable, that
// has to be set whenever a tool calls.
func (c *credentialsCommand) profile(
	ctx context.Context, found auth.Login, got synapse.STSCredentials, log zerolog.Logger,
) (string, error) {
	words, err := c.again()
	if err != nil {
		return "", err
	}
	line, err := commandLine(runtime.GOOS, words)
	if err != nil {
		return "", err
	}
	p := credentials.ProcessProfile{
		Name: cmp.Or(c.writes, "migrate-"+c.entity), Process: line, Region: c.region(ctx, got, log),
	}
	if c.common.tokenFile == "" && found.Origin == auth.EnvToken {
		say(c.env.stderr, "note: the profile needs %s in the environment where it is used; --token-file, "+
			"or the token in ~/.synapseConfig, spares that", auth.EnvToken)
	}
	if c.writes != "" {
		return c.write(p)
	}
	return p.Into("")
}

// write puts the profile into the AWS tools' file, and says so.
func (c *credentialsCommand) write(p credentials.ProcessProfile) (string, error) {
	path := credentials.SharedConfigFile()
	changed, err := p.Write(path)
	if errors.Is(err, credentials.ErrForeignProfile) {
		return "", hinted(fmt.Errorf("%s: %w", path, err), "give another name: --write-profile=NAME")
	}
	if err != nil {
		return "", fmt.Errorf("writing the profile: %w", err)
	}
	if !changed {
		return fmt.Sprintf("%s has the profile %s already\n", path, p.Name), nil
	}
	return fmt.Sprintf("%s has the profile %s now: --profile %s\n", path, p.Name, p.Name), nil
}

// again is the command line that prints these credentials for the tools.
func (c *credentialsCommand) again() ([]string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding this program: %w", err)
	}
	words := []string{self, "credentials", c.entity, "--permission", c.permission, "--format", formatProcess}
	if c.common.tokenFile != "" {
		path, err := filepath.Abs(c.common.tokenFile)
		if err != nil {
			return nil, err
		}
		words = append(words, "--token-file", path)
	}
	for _, f := range []struct{ name, value string }{
		{"--synapse-profile", cmp.Or(c.common.synapseProfile, c.env.getenv(auth.EnvProfile))},
		{"--synapse-endpoint", cmp.Or(c.common.endpoint, c.env.getenv(auth.EnvEndpoint))},
	} {
		if f.value != "" {
			words = append(words, f.name, f.value)
		}
	}
	if c.common.allowHTTP {
		words = append(words, "--allow-plain-http")
	}
	if c.noCache {
		words = append(words, "--no-cache")
	}
	return words, nil
}

// commandLine writes a credential_process. The tools give it to a shell, or
// split it as one would (source: aws-sdk-go-v2 processcreds and botocore's
// compat_shell_split, November 2026). Both configuration readers end a line
// at its end, some at a blank and # or ; too: what would be cut is refused.
func commandLine(system string, words []string) (string, error) {
	quoted := make([]string, 0, len(words))
	for _, w := range words {
		quote := quotedWord
		if system == "windows" {
			quote = quotedWindows
		}
		q, ok := quote(w)
		if !ok || strings.ContainsFunc(w, isControl) || strings.Contains(w, " #") || strings.Contains(w, " ;") {
			return "", fmt.Errorf("%q can't be written in an AWS configuration; install it at another path", w)
		}
		quoted = append(quoted, q)
	}
	return strings.Join(quoted, " "), nil
}

// plainCharacters mean nothing to any shell.
const plainCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@+,="

func isPlain(word string) bool { return word != "" && strings.Trim(word, plainCharacters) == "" }

// quotedWord is a word for a POSIX shell.
func quotedWord(word string) (string, bool) {
	if isPlain(word) {
		return word, true
	}
	return quotedSh(word), true
}

// quotedWindows is a word for cmd, which can't quote everything. A file name
// there has none of these characters but % and ^ and !.
func quotedWindows(word string) (string, bool) {
	if isPlain(strings.ReplaceAll(word, `\`, "/")) {
		return word, true
	}
	return `"` + word + `"`, !strings.ContainsAny(word, "\"%!^&|<>") && !strings.HasSuffix(word, `\`)
}

// regionTimeout bounds how long a bucket's region is asked for: the profile is
// useful without it.
const regionTimeout = 15 * time.Second

// region is that of the bucket; empty where S3 doesn't say.
func (c *credentialsCommand) region(
	ctx context.Context, got synapse.STSCredentials, log zerolog.Logger,
) string {
	ctx, cancel := context.WithTimeout(ctx, regionTimeout)
	defer cancel()
	var found string
	o, err := newOpener(c.env, c.common, runFlags{}, &targetFlags{}, &session{logger: log}, config.Config{})
	if err == nil {
		keys := credentials.NewRenewing("the folder's keys",
			credentials.Static(got.AccessKeyID, got.SecretAccessKey, got.SessionToken), credentials.Options{Logger: log})
		way := o.Place(got.Bucket, access.Override{Endpoint: c.endpoint}).Or(access.Principal{Credentials: keys})
		found, err = o.Region(ctx, way)
	}
	if err != nil {
		log.Info().Err(err).Msg("region of the bucket not known")
		return ""
	}
	return found
}
