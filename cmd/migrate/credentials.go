package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"synapse-migrate/migrate/credcache"
	"synapse-migrate/migrate/credentials"
	"synapse-migrate/migrate/stsfolder"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/auth"
)

const credentialsHelp = `Gets Synapse's temporary AWS credentials for other programs. They live 12 hours
and cover the whole storage location that is in force at the entity, which may
be an STS folder or anything in one; never less than that.

process     what the AWS tools expect of a credential_process: they call this
            command, and call it again before the credentials expire
env         assignments for a shell (--shell): eval "$(migrate credentials ...)"
json        one document, with bucket and base key
aws-config  a profile for ~/.aws/config that calls this command by itself

--write-profile puts that profile into ~/.aws/config (or AWS_CONFIG_FILE) and
leaves the rest of the file as it is. Given again, it brings the profile up to
date; one of that name that migrate did not write is left alone.

They are kept in the user's cache folder (mode 0600) until a quarter of their
life is left, 15 minutes at most: a program may call this for each request
without costing a call of Synapse. Of many that call at once, one asks Synapse.

What this prints are secrets. Synapse doesn't take them back before they
expire.

` + plainCodesHelp

// credentialsCommand is migrate credentials with its flags.
type credentialsCommand struct {
	env        environment
	common     commonFlags
	entity     string
	permission string
	format     string
	shell      string
	noCache    bool
	endpoint   string
	// writes is the name of the profile to write; empty writes none.
	writes string
}

func newCredentials(env environment) *cobra.Command {
	c := &credentialsCommand{env: env}
	cmd := &cobra.Command{
		Use:   "credentials synID",
		Short: "Hand Synapse's temporary AWS credentials to other programs",
		Long:  credentialsHelp,
		Example: `  migrate credentials syn123 --write-profile
  aws s3 ls s3://lab-data/run7/ --profile migrate-syn123
  eval "$(migrate credentials syn123 --format env)"
  migrate credentials syn123 --permission read_write --format json`,
		Args: func(_ *cobra.Command, args []string) error {
			// The name may stand apart from --write-profile.
			if len(args) == 2 && c.writes == usualProfile {
				c.writes, args = args[1], args[:1]
			}
			if len(args) != 1 || !entityID.MatchString(args[0]) {
				return usagef("want one Synapse ID, such as syn123")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			c.entity = strings.ToLower(args[0])
			if c.writes == usualProfile {
				c.writes = "migrate-" + c.entity
			}
			if c.writes != "" && !cmd.Flags().Changed("format") {
				c.format = formatAWSConfig
			}
			return c.execute(cmd.Context())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&c.permission, "permission", string(synapse.STSReadOnly), "read_only or read_write")
	flags.StringVar(&c.format, "format", formatProcess, "process, env, json or aws-config")
	flags.StringVar(&c.shell, "shell", shellSh, "for --format env: sh (bash, zsh), fish, powershell or cmd")
	flags.StringVar(&c.writes, "write-profile", "",
		"write a profile into ~/.aws/config, of that `name` (default migrate-synID)")
	flags.Lookup("write-profile").NoOptDefVal = usualProfile
	flags.BoolVar(&c.noCache, "no-cache", false, "ask Synapse in any case, and keep nothing")
	flags.StringVar(&c.endpoint, "endpoint-url", "", "S3 `URL`, when it is not AWS; for the region in aws-config")
	c.common.add(cmd)
	return cmd
}

// usualProfile stands for the usual name of a profile.
const usualProfile = " "

func (c *credentialsCommand) check() error {
	switch {
	case c.writes != "" && c.format != formatAWSConfig:
		return usagef("--write-profile writes what --format aws-config prints, not %s", c.format)
	case c.writes != "" && !credentials.ProcessProfile{Name: c.writes}.Valid():
		return usagef("--write-profile %q: want a name of letters, digits or any of ._@+-, and not default", c.writes)
	}
	return choices{
		{"permission", c.permission, []string{string(synapse.STSReadOnly), string(synapse.STSReadWrite)}},
		{"format", c.format, []string{formatProcess, formatEnv, formatJSON, formatAWSConfig}},
		{"shell", c.shell, []string{shellSh, shellFish, shellPowerShell, shellCmd}},
	}.check()
}

// execute prints the credentials, or a profile that will.
func (c *credentialsCommand) execute(ctx context.Context) error {
	if err := c.check(); err != nil {
		return err
	}
	log, done, err := c.common.logger(c.env)
	if err != nil {
		return err
	}
	defer done()
	found, err := login(c.env, c.common)
	if err != nil {
		return err
	}
	got, err := c.credentials(ctx, found, log)
	if err != nil {
		return explained(err)
	}
	text, err := c.text(ctx, found, got, log)
	if err != nil {
		return err
	}
	if isTerminal(c.env.stdout) && c.format != formatAWSConfig {
		say(c.env.stderr, "warning: these are secrets, and they are on your screen now; anyone who sees them has "+
			"access until %s",
			got.Expiration.UTC().Format(time.RFC3339))
	}
	_, err = c.env.stdout.Write([]byte(text))
	return err
}

// explained adds to a refusal of Synapse's what it means.
func explained(err error) error {
	if hint := stsfolder.Explain(err); hint != "" {
		return hinted(err, hint)
	}
	return err
}

// errNoExpiration would leave nobody a time to ask again.
var errNoExpiration = errors.New("synapse's answer has no usable credentials in it")

// credentials are from the cache, or Synapse's new ones.
func (c *credentialsCommand) credentials(
	ctx context.Context, found auth.Login, log zerolog.Logger,
) (synapse.STSCredentials, error) {
	permission := synapse.STSPermission(c.permission)
	fetch := func(ctx context.Context) (synapse.STSCredentials, error) {
		client, err := newClient(found, c.common, nil, log)
		if err != nil {
			return synapse.STSCredentials{}, err
		}
		got, err := client.STSCredentials(ctx, c.entity, permission)
		if err == nil && (got.AccessKeyID == "" || got.SecretAccessKey == "" || got.Expiration == nil) {
			err = errNoExpiration
		}
		if err != nil {
			err = fmt.Errorf("%s credentials of %s: %w", permission, c.entity, err)
		}
		return got, err
	}
	if c.noCache {
		return fetch(ctx)
	}
	got, err := c.cached(ctx, found, fetch)
	if errors.Is(err, credcache.ErrUnusable) {
		say(c.env.stderr, "warning: %v; asking Synapse each time", err)
		return fetch(ctx)
	}
	if errors.Is(err, credcache.ErrNotKept) {
		say(c.env.stderr, "warning: %v; the next call asks Synapse again", err)
		return got, nil
	}
	return got, err
}

// cached asks only where the cache has nothing.
func (c *credentialsCommand) cached(
	ctx context.Context, found auth.Login, fetch credcache.Fetch,
) (synapse.STSCredentials, error) {
	endpoint, err := synapse.ParseEndpoint(found.Endpoint)
	if err != nil {
		return synapse.STSCredentials{}, err
	}
	folder, err := os.UserCacheDir()
	if err != nil {
		return synapse.STSCredentials{}, fmt.Errorf("%w: %w", credcache.ErrUnusable, err)
	}
	cache, err := credcache.Open(filepath.Join(folder, "migrate"), nil)
	if err != nil {
		return synapse.STSCredentials{}, err
	}
	return cache.Credentials(ctx, credcache.Key{
		Endpoint: endpoint.String(), Token: found.Token, EntityID: c.entity,
		Permission: synapse.STSPermission(c.permission),
	}, fetch)
}
