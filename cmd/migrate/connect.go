package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"synapse-migrate/migrate/credentials"
	"synapse-migrate/reports"
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

// logger opens the log, for libraries too that write to Go's standard one. The returned function closes it.
func (f *commonFlags) logger(env environment) (zerolog.Logger, func(), error) {
	level, err := zerolog.ParseLevel(f.logLevel)
	if err != nil || f.logLevel == "" {
		return zerolog.Logger{}, nil, usagef("--log-level %q: want debug, info, warn or error", f.logLevel)
	}
	out, done := env.stderr, func() {}
	if f.logFile != "" {
		file, err := openLog(f.logFile, env.stderr)
		if err != nil {
			return zerolog.Logger{}, nil, fmt.Errorf("opening the log: %w", err)
		}
		out, done = file, file.close
	}
	switch f.logFormat {
	case "json":
		out = harmlessLog{Writer: out}
	case "console":
		colours := isTerminal(out)
		out = zerolog.ConsoleWriter{Out: harmlessLog{out, colours}, NoColor: !colours}
	default:
		return zerolog.Logger{}, nil, usagef("--log-format %q: want console or json", f.logFormat)
	}
	logger := zerolog.New(out).Level(level).With().Timestamp().Logger()
	log.SetFlags(0)
	log.SetOutput(standardLog{logger})
	return logger, func() {
		quietLibraries()
		done()
	}, nil
}

// isTerminal reports whether people look at w, or type into it.
func isTerminal(w any) bool {
	if o, is := w.(*output); is {
		w = o.Writer
	}
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
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

// say writes a line for people to standard error. Whatever the arguments
// hold, a terminal obeys nothing of it, and no line of theirs passes for one
// of the program's.
func say(w io.Writer, format string, args ...any) {
	_, _ = fmt.Fprintln(w, reports.HarmlessLines(fmt.Sprintf(format, args...)))
}

// harmlessLog is where a log goes: what a terminal might obey is escaped,
// apart from the colours, if they are wanted. Those are zerolog's own: it
// escapes others' in all that it writes.
type harmlessLog struct {
	io.Writer
	colours bool
}

// Write writes whole events.
func (l harmlessLog) Write(event []byte) (int, error) {
	const escape = "\x1b"
	pieces := [][]byte{event}
	if l.colours {
		pieces = bytes.Split(event, []byte(escape))
	}
	for i, piece := range pieces {
		pieces[i] = reports.HarmlessJSON(piece)
	}
	if _, err := l.Writer.Write(bytes.Join(pieces, []byte(escape))); err != nil {
		return 0, err
	}
	return len(event), nil
}
