package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/spf13/cobra"

	"synapse-migrate/migrate/config"
	"synapse-migrate/migrate/object"
)

const objectHelp = `Brings one object from a bucket that an endpoint /s3credentials (as NASA's TEA
serves it) gives keys for to another bucket, without Synapse. The event is

  {"CredentialsEndpoint": "https://.../s3credentials", "BearerToken": "...",
   "Source": {"Bucket": "...", "Key": "..."}, "Dest": {"Bucket": "...", "Key": "..."}}

in a file, or on standard input (-), so that the token is in no argument. Without
a key in Dest, the object keeps that of Source. What is written is compared with
what was read. The destination is written with --profile, with what the
configuration file says of its bucket, or with your default AWS credentials.

The result, or {"error": {"code": ..., "side": ..., "message": ...}}, is one
JSON document on standard output. The codes stay the same: bad-event, bad-state,
login-required, terms-required, credentials-refused, not-found, denied, archived,
changed, exists, mismatch, interrupted, failed.

With --state, a large object that was interrupted is gone on with by the same
command; the state file holds no secret, and is removed at the end.

The endpoint's keys work within the region of its buckets only.

Exit codes:
  0    the object has arrived
  1    it has not
  2    wrong usage, or an event that can't be worked on
  130  interrupted; with --state, the same command goes on`

// objectCommand is the command's flags.
type objectCommand struct {
	env    environment
	common commonFlags
	run    runFlags

	event, state, config, profile string
	endpoint, ifExists, appName   string
}

func newObject(env environment) *cobra.Command {
	c := &objectCommand{env: env}
	cmd := &cobra.Command{
		Use:   "object --event FILE",
		Short: "Copy one object from a NASA bucket to another bucket, without Synapse",
		Long:  objectHelp,
		Example: `  migrate object --event event.json --state event.state
  migrate object --event - --profile lab < event.json`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.execute(cmd.Context()) },
	}
	c.add(cmd)
	return cmd
}

func (c *objectCommand) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&c.event, "event", "", "`file` with the event, or - for standard input; required")
	flags.StringVar(&c.state, "state", "", "`file` that remembers how far a large object has come")
	flags.StringVar(&c.config, "config", "", "configuration `file` (default: migrate.yaml, then the user's)")
	flags.StringVar(&c.profile, "profile", "", "AWS `profile` that writes the destination")
	flags.StringVar(&c.endpoint, "endpoint-url", "", "S3 `URL`, when it is not AWS")
	flags.StringVar(&c.appName, "app-name", "",
		"`name` that tells the endpoint which program asks (default: app-name in the configuration\n"+
			"file, else "+config.DefaultAppName+")")
	flags.StringVar(&c.ifExists, "if-exists", "fail", "other content at the destination: fail or replace")
	flags.StringVar(&c.run.partSize, "part-size", "",
		"size of the parts of large objects, such as 256MiB (default 128MiB for large ones)")
	flags.IntVar(&c.run.partConcurrency, "part-concurrency", 0, "parts in flight (default 4)")
	flags.BoolVar(&c.common.allowHTTP, "allow-plain-http", false,
		"allow http:// to hosts other than this one; the token and data then travel in the clear")
	flags.StringVar(&c.common.logFormat, "log-format", "console", "console or json")
	flags.StringVar(&c.common.logLevel, "log-level", "warn", "debug, info, warn or error")
	flags.StringVar(&c.common.logFile, "log-file", "", "append the log to a `file` (mode 0600) instead of standard error")
}

// check refuses a wrong command line.
func (c *objectCommand) check() error {
	if c.event == "" {
		return usagef("--event is required: a file with the event, or -")
	}
	if c.run.partConcurrency < 0 {
		return usagef("--part-concurrency %d: must not be negative", c.run.partConcurrency)
	}
	if c.appName != "" && !config.ValidAppName(c.appName) {
		return usagef("--app-name %q: want %s", c.appName, config.AppNameWords)
	}
	if _, err := c.run.partSizeBytes(); err != nil {
		return err
	}
	return choices{{"if-exists", c.ifExists, []string{"fail", "replace"}}}.check()
}

func (c *objectCommand) execute(ctx context.Context) error {
	if err := c.check(); err != nil {
		return err
	}
	log, closeLog, err := c.common.logger(c.env)
	if err != nil {
		return err
	}
	defer closeLog()
	settings, err := readConfig(c.config)
	if err != nil {
		return err
	}
	etags, err := etagsOf(c.env)
	if err != nil {
		return err
	}
	size, _ := c.run.partSizeBytes()
	ctx, stop := untilSignal(ctx, c.env.stderr)
	defer stop()
	e, err := c.readEvent()
	if err != nil {
		return c.failed(err)
	}
	result, err := object.Handle(ctx, e, object.Options{
		Config: settings, Profile: c.profile, Endpoint: s3Endpoint(c.env, c.endpoint),
		ETags: etags, AppName: c.appName, StatePath: c.state, Replace: c.ifExists == "replace",
		PartSizeBytes: size, PartConcurrency: c.run.partConcurrency,
		AllowPlainHTTP: c.common.allowHTTP, MFA: c.env.mfa(), Logger: log,
	})
	if err != nil {
		return c.failed(err)
	}
	return c.print(result)
}

// untilSignal is a context that the first signal ends: what was done of an
// object is remembered part by part.
func untilSignal(ctx context.Context, stderr io.Writer) (context.Context, func()) {
	ctx, drain, stop := onSignals(ctx, stderr)
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-drain:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		cancel()
		stop()
	}
}

// readEvent reads the event, and warns where others can read it.
func (c *objectCommand) readEvent() (object.Event, error) {
	if c.event == "-" {
		return object.ParseEvent(c.env.stdin)
	}
	f, err := os.Open(c.event)
	if err != nil {
		return object.Event{}, fmt.Errorf("%w: %w", object.ErrEvent, err)
	}
	defer func() { _ = f.Close() }()
	if info, err := f.Stat(); err == nil && runtime.GOOS != "windows" &&
		info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 {
		say(c.env.stderr, "warning: %s holds a token and can be read by others: chmod 600 it", c.event)
	}
	return object.ParseEvent(f)
}

// objectHints are next steps, by what went wrong.
var objectHints = map[object.Code]string{
	object.CodeEvent: "migrate object --help shows an event",
	object.CodeState: "name another --state file, or remove this one to start over",
	object.CodeLogin: "put a valid token of Earthdata Login into the event's BearerToken",
	object.CodeTerms: "open the address in a browser, and accept the terms",
	object.CodeDenied: "the source's keys work within the region of their bucket only; " +
		"the destination's credentials need s3:PutObject",
	object.CodeExists:      "--if-exists replace overwrites what is there",
	object.CodeInterrupted: "with --state, the same command continues where it stopped",
	object.CodeChanged:     "give the same command again",
}

// failed prints the failure as JSON, and returns it with its exit code.
func (c *objectCommand) failed(err error) error {
	var f *object.Failure
	if !errors.As(err, &f) {
		f = &object.Failure{Code: object.CodeFailed, Message: err.Error(), Err: err}
		if errors.Is(err, object.ErrEvent) {
			f.Code = object.CodeEvent
		}
	}
	if err := c.print(f); err != nil {
		return err
	}
	codes := map[object.Code]int{object.CodeEvent: exitUsage, object.CodeInterrupted: exitInterrupted}
	code, special := codes[f.Code]
	if !special {
		code = exitFailed
	}
	return &exitError{code: code, err: errors.New(f.Message), hint: objectHints[f.Code]}
}

// print writes a document to standard output.
func (c *objectCommand) print(document any) error {
	text, err := json.Marshal(document)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.env.stdout, "%s\n", text)
	return err
}
