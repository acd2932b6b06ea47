package credentials

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"

	"synapse-migrate/migrate/config"

	"synapse-migrate/synapse/loopback"
)

// sourceVariables are keys in environment variables, which nobody replaces
// while a program runs.
const sourceVariables = "ReferredVariables"

// referred are keys by reference.
type referred struct{ config.Static }

// staticKeys provides keys that environment variables or files hold, those of
// the AWS tools (AWS_ACCESS_KEY_ID and so on) where nothing is said. They
// are read anew at each renewal, so that the files can be
// replaced during a run. Wrap the result in a Renewing.
func staticKeys(o config.Static) aws.CredentialsProvider {
	if o.AccessKeyID.IsZero() {
		o.AccessKeyID = config.Env("AWS_ACCESS_KEY_ID")
		o.SecretAccessKey = config.Env("AWS_SECRET_ACCESS_KEY")
		if os.Getenv("AWS_SESSION_TOKEN") != "" {
			o.SessionToken = config.Env("AWS_SESSION_TOKEN")
		}
	}
	return referred{o}
}

// Retrieve reads the keys.
func (r referred) Retrieve(context.Context) (aws.Credentials, error) {
	c := aws.Credentials{Source: "Referred"}
	if r.SecretAccessKey.IsVariable() {
		c.Source = sourceVariables
	}
	for _, part := range []struct {
		what string
		from config.Reference
		to   *string
	}{
		{"access key ID", r.AccessKeyID, &c.AccessKeyID},
		{"secret access key", r.SecretAccessKey, &c.SecretAccessKey},
		{"session token", r.SessionToken, &c.SessionToken},
	} {
		value, err := part.from.Resolve()
		if err != nil {
			return aws.Credentials{}, fmt.Errorf("%s: %w", part.what, err)
		}
		if value != "" && !signable(value) {
			return aws.Credentials{}, fmt.Errorf("%s: %s holds no single value", part.what, part.from)
		}
		*part.to = value
	}
	return c, nil
}

// process runs a program.
type process struct {
	command string
	stderr  io.Writer
}

// processPause is how long a program may take to end once it is told to.
const processPause = 2 * time.Second

// processProvider provides what a program prints, by the contract of the AWS
// tools' credential_process (AWS SDKs reference guide, process credential
// provider, November 2026). The shell runs the command; what it writes to
// its standard error goes to stderr, where that isn't nil. Wrap the result
// in a Renewing.
func processProvider(command string, stderr io.Writer) aws.CredentialsProvider {
	return process{command, stderr}
}

// errPrinted is a program that printed something else than credentials.
var errPrinted = errors.New("the program printed no credentials by the contract of credential_process")

// Retrieve runs the program. What it printed stands in no error.
func (p process) Retrieve(ctx context.Context) (aws.Credentials, error) {
	shell := []string{"sh", "-c"}
	if runtime.GOOS == "windows" {
		shell = []string{"cmd.exe", "/C"}
	}
	cmd := exec.CommandContext(ctx, shell[0], shell[1], p.command)
	cmd.WaitDelay = processPause
	printed := &capped{most: maxAnswerBytes}
	cmd.Stdout, cmd.Stderr = printed, p.stderr
	cmd.Env = environment()
	if err := cmd.Run(); err != nil {
		return aws.Credentials{}, fmt.Errorf("running the program: %w", err)
	}
	if printed.over {
		return aws.Credentials{}, errPrinted
	}
	return parsePrinted(printed.bytes)
}

// tokenVariable holds Synapse's token: auth.EnvToken.
const tokenVariable = "SYNAPSE_AUTH_TOKEN"

// environment is the program's: this one's without Synapse's token, which is
// none of AWS's business.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, tokenVariable+"=")
	})
}

// parsePrinted reads what a program printed by the contract. Errors hold
// nothing of it.
func parsePrinted(text []byte) (aws.Credentials, error) {
	var contract struct{ Version int }
	if !isJSON(text, &contract) || contract.Version != 1 {
		return aws.Credentials{}, errPrinted
	}
	c, err := parseAnswer(text, answerFields{
		AccessKeyID: "AccessKeyId", SecretAccessKey: "SecretAccessKey",
		SessionToken: "SessionToken", Expiration: "Expiration",
	})
	if err != nil {
		return aws.Credentials{}, fmt.Errorf("%w: %w", errPrinted, err)
	}
	c.Source = "Process"
	return c, nil
}

// capped keeps the beginning of what is written.
type capped struct {
	bytes []byte
	most  int
	over  bool
}

// Write never fails, so that the program can end.
func (c *capped) Write(p []byte) (int, error) {
	room := c.most - len(c.bytes)
	c.over = c.over || len(p) > room
	c.bytes = append(c.bytes, p[:min(len(p), room)]...)
	return len(p), nil
}

// Variables by which containers are told where their credentials are (AWS
// SDKs reference guide, container credential provider, November 2026).
const (
	containerRelative  = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
	containerFull      = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
	containerToken     = "AWS_CONTAINER_AUTHORIZATION_TOKEN"
	containerTokenFile = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
	containerHost      = "http://169.254.170.2"
)

// containerHosts are where plain http is good enough: the agents of ECS and
// EKS on the machine itself (source as above).
var containerHosts = []string{"169.254.170.2", "169.254.170.23", "fd00:ec2::23"}

// instanceProvider provides the role of the container or else of the EC2 instance
// that the program runs in, whatever other credentials there are; the machine
// is asked as the settings say. Wrap the result in a Renewing.
func instanceProvider(a AWS) (aws.CredentialsProvider, error) {
	at := os.Getenv(containerFull)
	if relative := os.Getenv(containerRelative); relative != "" {
		at = containerHost + relative
	}
	if at == "" {
		return discreet{ec2rolecreds.New(func(o *ec2rolecreds.Options) { o.Client = imds.NewFromConfig(a.Config()) })}, nil
	}
	u, err := url.Parse(at)
	if err != nil || !onMachine(u) {
		return nil, fmt.Errorf("%s leads to another machine without https", containerFull)
	}
	return discreet{endpointcreds.New(at, func(o *endpointcreds.Options) {
		o.AuthorizationToken = os.Getenv(containerToken)
		if file := os.Getenv(containerTokenFile); file != "" {
			o.AuthorizationTokenProvider = endpointcreds.TokenProviderFunc(func() (string, error) {
				token, err := os.ReadFile(file)
				return string(token), err
			})
		}
	})}, nil
}

// onMachine reports whether credentials may be asked for at a URL.
func onMachine(u *url.URL) bool {
	if u.Scheme == "https" {
		return u.Host != ""
	}
	return u.Scheme == "http" && (loopback.Host(u.Hostname()) || servesContainers(u.Hostname()))
}

// servesContainers reports whether a host is one of those that serve containers.
func servesContainers(host string) bool {
	ip := net.ParseIP(host)
	return slices.ContainsFunc(containerHosts, func(known string) bool { return ip.Equal(net.ParseIP(known)) })
}

// isJSON reports whether text is one JSON value of a kind.
func isJSON(text []byte, to any) bool { return json.Unmarshal(text, to) == nil }
