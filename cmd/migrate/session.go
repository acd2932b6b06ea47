package main

import (
	"context"
	"fmt"
	"os"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"synapse-migrate/migrate/credentials"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/auth"
)

// commonFlags are those of every command that reaches a service.
type commonFlags struct {
	tokenFile      string
	synapseProfile string
	endpoint       string
	allowHTTP      bool
	logFormat      string
	logLevel       string
	logFile        string
}

func (f *commonFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.tokenFile, "token-file", "", "`file` that holds the Synapse access token, and nothing else")
	flags.StringVar(&f.synapseProfile, "synapse-profile", "", "`profile` of ~/.synapseConfig to use")
	flags.StringVar(&f.endpoint, "synapse-endpoint", "",
		"Synapse's `URL` (default: SYNAPSE_ENDPOINT, ~/.synapseConfig, then production)")
	flags.BoolVar(&f.allowHTTP, "allow-plain-http", false,
		"allow http:// to hosts other than this one; tokens and data then travel in the clear")
	flags.StringVar(&f.logFormat, "log-format", "console", "console or json")
	flags.StringVar(&f.logLevel, "log-level", "warn", "debug, info, warn or error")
	flags.StringVar(&f.logFile, "log-file", "", "append the log to a `file` (mode 0600) instead of standard error")
}

// session is a caller who is known to Synapse.
type session struct {
	client *synapse.Client
	// synapseURL is the base URL of the client's Synapse.
	synapseURL string
	budget     *synapse.Budget
	me         synapse.UserProfile
	logger     zerolog.Logger
	// late knows whose credentials are waited for.
	late credentials.Lateness
}

// login finds the access token and the endpoint, and says what is wrong with
// where they were found.
func login(env environment, common commonFlags) (auth.Login, error) {
	found, err := auth.Find(auth.Options{
		TokenFile: common.tokenFile, Profile: common.synapseProfile,
		Getenv: env.getenv, HomeDir: env.home(),
	})
	if err != nil {
		return auth.Login{}, err
	}
	for _, warning := range found.Warnings {
		say(env.stderr, "warning: %s", warning)
	}
	if common.endpoint != "" {
		found.Endpoint = common.endpoint
	}
	return found, nil
}

// newClient makes a client that calls as whom the login says.
func newClient(
	found auth.Login, common commonFlags, budget *synapse.Budget, log zerolog.Logger,
) (*synapse.Client, error) {
	return synapse.New(synapse.Options{
		Endpoint: found.Endpoint, Token: found.Token, Budget: budget, Logger: log,
		UserAgent: "synapse-migrate/" + version, AllowPlainHTTP: common.allowHTTP,
	})
}

// connect finds the access token and asks Synapse who it belongs to.
func connect(ctx context.Context, env environment, common commonFlags, run runFlags, log zerolog.Logger) (*session, error) {
	found, err := login(env, common)
	if err != nil {
		return nil, err
	}
	endpoint, err := synapse.ParseEndpoint(found.Endpoint)
	if err != nil {
		return nil, err
	}
	budget := synapse.NewBudget(synapse.BudgetOptions{
		Requests: run.synapseRate, InFlight: run.synapseConcurrency,
	})
	client, err := newClient(found, common, budget, log)
	if err != nil {
		return nil, err
	}
	me, err := client.Me(ctx)
	if err != nil {
		return nil, fmt.Errorf("asking Synapse who you are (token from %s): %w", found.Origin, err)
	}
	return &session{client: client, synapseURL: endpoint.String(), budget: budget, me: me, logger: log}, nil
}

// home is the user's home directory, empty when there is none.
func (e environment) home() string {
	if home := e.getenv("HOME"); home != "" {
		return home
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return home
}
