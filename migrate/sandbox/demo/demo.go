// Package demo shows a whole migration on one machine, with real programs and
// servers. It starts and fills the sandbox, makes a plan, kills the run halfway,
// continues it, and compares the result with the source independently.
package demo

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"synapse-migrate/migrate/sandbox/compare"
	"synapse-migrate/migrate/sandbox/describe"
)

// Options say what to show.
type Options struct {
	// Sandbox and Migrate are the programs, as paths.
	Sandbox, Migrate string
	// Directory is loaded into the source; empty means a part of the Go
	// toolchain's own sources.
	Directory string
	// TokenLife is how long Synapse's credentials live; 0 means 20 s.
	TokenLife time.Duration
	// Out is where the story goes.
	Out io.Writer
}

// prefix is where the source's objects lie in the foreign bucket.
const prefix = "demo/"

// show is one demonstration under way.
type show struct {
	Options
	folder  string
	sandbox describe.Description
	start   time.Time
}

// Run plays the demonstration. It stops what it starts, and removes its
// folder. An error means that something was not as it should be.
func Run(ctx context.Context, o Options) (err error) {
	s := &show{Options: o, start: time.Now()}
	if err := s.prepare(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(s.folder)) }()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop, err := s.startSandbox(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	want, err := s.fill(ctx)
	if err != nil {
		return err
	}
	for _, step := range []func(context.Context, int) error{s.plan, s.runAndKill, s.goOn} {
		if err := step(ctx, len(want)); err != nil {
			return err
		}
	}
	return s.compare(ctx, want)
}

func (s *show) prepare() error {
	var err error
	for _, program := range []*string{&s.Sandbox, &s.Migrate} {
		if *program, err = filepath.Abs(*program); err != nil {
			return err
		}
		if _, err := os.Stat(*program); err != nil {
			return fmt.Errorf("%w (make build makes it)", err)
		}
	}
	if s.Directory == "" {
		if s.Directory, err = toolchain(); err != nil {
			return err
		}
	}
	if s.TokenLife == 0 {
		s.TokenLife = 20 * time.Second
	}
	s.folder, err = os.MkdirTemp("", "migrate-demo-")
	return err
}

// toolchain is a part of the Go toolchain's sources: thousands of files of
// all sizes, odd names included.
func toolchain() (string, error) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("looking for the Go toolchain's sources (--source names another folder): %w", err)
	}
	return filepath.Join(strings.TrimSpace(string(root)), "src", "cmd"), nil
}

func (s *show) say(format string, args ...any) {
	_, _ = fmt.Fprintf(s.Out, format+"\n", args...)
}

func (s *show) title(format string, args ...any) {
	s.say("\n== %s", fmt.Sprintf(format, args...))
}

// startSandbox starts the servers in a process of their own, which ends
// when its standard input is closed.
func (s *show) startSandbox(ctx context.Context) (stop func() error, err error) {
	s.title("The sandbox: Synapse, S3 and STS on this machine")
	cmd := exec.CommandContext(ctx, s.Sandbox, "--json", "--until-stdin-closes",
		"--throttle=false", "--token-life", s.TokenLife.String(),
		"--load", s.Directory, "--load-into", "foreign", "--prefix", prefix)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	stop = func() error {
		_ = stdin.Close()
		return cmd.Wait()
	}
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &s.sandbox)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("reading the sandbox's description: %w", err), stop())
	}
	s.say("Synapse %s, S3 %s, STS %s", s.sandbox.SynapseEndpoint, s.sandbox.S3Endpoint, s.sandbox.STSEndpoint)
	s.say("Synapse's credentials live %s, so that they expire during the run.", s.TokenLife)
	s.say("Synapse's rate limit is off here: with it, 2 calls an object take a minute for 300 objects.")
	return stop, nil
}

// plan makes the plan, and nothing else.
func (s *show) plan(ctx context.Context, _ int) error {
	s.title("The plan (dry run: nothing is changed)")
	return s.migrate(ctx, "--dry-run").Run()
}

// migrate is the command that is given again and again; Synapse's rate is
// raised since the sandbox's limit is off.
func (s *show) migrate(ctx context.Context, more ...string) *exec.Cmd {
	args := append([]string{"bucket", "s3://" + s.sandbox.Foreign + "/" + prefix,
		"--to", s.sandbox.External.ID, "--names", "replace", "--synapse-rate", "1000000"}, more...)
	cmd := exec.CommandContext(ctx, s.Migrate, args...)
	s.say("$ migrate %s\n", strings.Join(args, " "))
	cmd.Dir = s.folder
	cmd.Stdout, cmd.Stderr = s.Out, s.Out
	cmd.Env = append(os.Environ(),
		"SYNAPSE_AUTH_TOKEN="+s.sandbox.Owner.Token, "SYNAPSE_ENDPOINT="+s.sandbox.SynapseEndpoint,
		"AWS_ENDPOINT_URL_S3="+s.sandbox.S3Endpoint, "MIGRATE_ETAGS=md5", "AWS_REGION="+s.sandbox.Region,
		"AWS_ACCESS_KEY_ID="+s.sandbox.ForeignKeys.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY="+s.sandbox.ForeignKeys.SecretAccessKey,
		"AWS_SESSION_TOKEN=", "AWS_PROFILE=")
	return cmd
}

// runAndKill begins the run and kills it when about half of it is done.
func (s *show) runAndKill(ctx context.Context, files int) error {
	s.title("The run, killed with SIGKILL in its middle")
	cmd := s.migrate(ctx, "--yes")
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-ended:
			return errors.Join(errors.New("the run ended before it could be killed"), err)
		case <-tick.C:
			created, err := s.entities(ctx)
			if err != nil {
				return err
			}
			if created*2 < files {
				continue
			}
			_ = cmd.Process.Kill()
			<-ended
			s.say("killed after about %d of %d entities", created, files)
			return nil
		}
	}
}

// entities counts the entities that Synapse has been asked to create.
func (s *show) entities(ctx context.Context) (int, error) {
	calls, err := s.calls(ctx)
	return int(calls.ByStatus["POST /repo/v1/entity"]["201"] +
		calls.ByStatus["POST /repo/v1/entity/bundle2/create"]["201"]), err
}

// callCounts is what the sandbox's Synapse has answered, by endpoint and
// status.
type callCounts struct {
	ByStatus  map[string]map[string]int64
	Throttled int64
}

func (s *show) calls(ctx context.Context) (callCounts, error) {
	var counts callCounts
	return counts, s.ask(ctx, "/sandbox/calls", &counts)
}

func (s *show) ask(ctx context.Context, path string, answer any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.sandbox.SynapseEndpoint+path, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s", path, resp.Status)
	}
	return json.NewDecoder(resp.Body).Decode(answer)
}

// goOn gives the same command again.
func (s *show) goOn(ctx context.Context, _ int) error {
	s.title("The same command again: it goes on")
	return s.migrate(ctx, "--yes").Run()
}

// compare looks at the destination from outside and sums up.
func (s *show) compare(ctx context.Context, want map[string]compare.Want) error {
	s.title("The comparison, on a path of its own")
	calls, err := s.calls(ctx)
	if err != nil {
		return err
	}
	var s3 describe.S3Counts
	if err := s.ask(ctx, "/sandbox/s3", &s3); err != nil {
		return err
	}
	tree, err := compare.Walk(ctx, compare.Options{
		Endpoint: s.sandbox.SynapseEndpoint, Token: s.sandbox.Owner.Token,
		S3Endpoint: s.sandbox.S3Endpoint, Region: s.sandbox.Region, Folder: s.sandbox.External.ID,
	})
	if err != nil {
		return err
	}
	diff := compare.Diff(want, byKey(tree, s.sandbox.External.BaseKey+"/"))
	for _, d := range diff {
		s.say("  %s", d)
	}
	var size int64
	for _, file := range tree.Files {
		size += file.SizeBytes
	}
	writer := s3.Sum("synapse-sts")
	s.say("files      %d in %d folders, %d bytes", len(tree.Files), len(tree.Folders), size)
	s.say("different  %d", len(diff))
	s.say("Synapse    %d calls, %d refused by its rate limit", total(calls.ByStatus), calls.Throttled)
	s.say("S3         %s bytes written with Synapse's temporary credentials", strconv.FormatInt(writer.BytesIn, 10))
	s.say("took       %s", time.Since(s.start).Round(time.Second))
	if len(diff) > 0 {
		return fmt.Errorf("the destination differs from the source in %d places", len(diff))
	}
	s.say("\nEvery file is there once, with the right bytes and the right MD5.")
	return nil
}

func total(calls map[string]map[string]int64) (sum int64) {
	for _, answers := range calls {
		for _, n := range answers {
			sum += n
		}
	}
	return sum
}

// byKey is a tree by the objects' keys below the base key rather than by
// entity paths, which differ where a name had to be replaced.
func byKey(tree compare.Tree, base string) compare.Tree {
	keyed := compare.Tree{Files: map[string]compare.File{}, Folders: tree.Folders}
	for path, file := range tree.Files {
		key, below := strings.CutPrefix(file.Key, base)
		if !below {
			key = "outside the base key: " + path
		}
		keyed.Files[key] = file
	}
	return keyed
}
