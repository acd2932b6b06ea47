package main

import (
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"synapse-migrate/migrate/sandbox/describe"
)

const (
	// doorObjects at doorDelay each, three at once, keep a run busy for the lives
	// of three tokens, however fast the machine is: one until the run is stopped, and
	// more than one until it ends. A life is longer than a busy machine takes to bring ten of them.
	doorObjects = 180
	doorDelay   = 300 * time.Millisecond
	doorLife    = "4s"
)

// kinds are all that can read more than public buckets.
var kinds = []string{"synapse", "s3credentials", "assume-role", "federation-token", "vending",
	"instance", "process", "profile", "files", "environment"}

// passage is a migration through one kind of door: the run that was stopped,
// the one that went on with it, and what the bucket next door said.
type passage struct {
	*doorway
	door
	seen           *site
	folder         describe.Folder
	stopped, ended outcome
	denied         outcome
}

// TestEveryProvider migrates through every kind of provider, with tokens that
// die after a few seconds. Once it has begun, no more are given: the run
// stops with one error. It is gone on with through more tokens, to its end. And the
// bucket next door stays shut. The runs of all kinds go on at the same time.
func TestEveryProvider(t *testing.T) {
	s := newSite(t, "--throttle=false", "--token-life", doorLife)
	objects := study("doors/", doorObjects)
	s.fill(s.Source, objects)
	s.fill(s.Foreign, objects)
	inFolder := map[string]string{}
	for key, content := range objects {
		inFolder[s.External.BaseKey+"/"+key] = content
	}
	s.fill(s.Destination, inFolder)
	owner := sts.NewFromConfig(s.Config(s.OwnerKeys), func(o *sts.Options) { o.BaseEndpoint = &s.STSEndpoint })
	var all []*passage
	for _, kind := range kinds {
		own := *s
		own.dir = t.TempDir()
		d := &doorway{site: &own, t: t, owner: owner}
		made := d.door(kind)
		all = append(all, &passage{doorway: d, door: made, seen: d.enter(made), folder: s.stsFolder(kind, "doors-"+kind)})
	}
	s.InjectFault(describe.Fault{Method: "POST", PathPattern: "/repo/v1/entity", Count: -1, Delay: doorDelay})
	var running sync.WaitGroup
	for _, p := range all {
		running.Go(p.run)
	}
	listed := processList(t, running.Wait)
	s.ClearFaults()
	for _, p := range all {
		t.Run(p.kind, func(t *testing.T) {
			p.site.t, p.t, p.seen.t = t, t, t
			p.check(objects)
			silent(t, "the process list", listed, p.everySecret(p.door))
		})
	}
}

// run makes the runs of one kind.
func (p *passage) run() {
	from := "s3://" + p.opens + "/doors/"
	if p.kind == "synapse" {
		from = "s3://" + p.opens + "/" + p.External.BaseKey + "/doors/"
	}
	log := func(format, name string) []string {
		return []string{"--no-progress", fast, "--log-level", "debug", "--log-format", format, "--log-file", name}
	}
	command := []string{"bucket", from, "--to", p.folder.ID, "--yes"}
	over := make(chan struct{})
	var closing sync.WaitGroup
	closing.Go(func() { p.closeOnceBegun(over) })
	p.stopped = p.seen.run(append(command, log("console", "stopped.log")...)...)
	close(over)
	closing.Wait()
	p.gate.open()
	again := []string{"resume"}
	if p.fixed {
		p.seen.env = append(p.seen.env, "AWS_ACCESS_KEY_ID="+p.OwnerKeys.AccessKeyID,
			"AWS_SECRET_ACCESS_KEY="+p.OwnerKeys.SecretAccessKey, "AWS_SESSION_TOKEN=")
		again = command // its token may have died before there was a plan
	}
	p.ended = p.seen.run(append(again, log("json", "ended.log")...)...)
	p.denied = p.seen.nextDoor(p.door, p.folder)
}

// closeOnceBegun refuses renewal once the run registers what it brought.
func (p *passage) closeOnceBegun(over <-chan struct{}) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-over:
			return
		case <-tick.C:
			log, err := os.ReadFile(p.seen.path("stopped.log"))
			if err == nil && strings.Contains(string(log), "path=/repo/v1/entity ") {
				p.gate.left.Store(0)
				return
			}
		}
	}
}

// check holds the runs of one kind against what they must be.
func (p *passage) check(objects map[string]string) {
	text := p.stopped.stderr
	if lines := strings.Count(text, "migrate: "); p.stopped.code != exitFailed || lines != 1 ||
		!strings.Contains(text, p.name) || !strings.Contains(text, "hint: ") {
		p.t.Errorf("exit %d with %d errors, want one that names %s, and a hint\n%s",
			p.stopped.code, lines, p.name, text)
	}
	// What had failed would stay so when the run is gone on with.
	if p.ended.code != exitDone {
		p.t.Fatalf("exit %d, want the run to end\n%s%s", p.ended.code, p.ended.stdout, p.ended.stderr)
	}
	if n := renewals(p.seen.logged("ended.log"), p.name); n < 2 && !p.fixed {
		p.t.Errorf("%d tokens in the run to its end, want one to die on the way", n)
	}
	p.holds(p.folder.ID, wanted(objects, "doors/"))
	p.shut(p.denied, p.door)
	p.quiet()
}

// nextDoor tries a bucket that the credentials don't open.
func (s *site) nextDoor(made door, folder describe.Folder) outcome {
	return s.run("bucket", "s3://"+made.refused+"/doors/", "--to", folder.ID, "--run", "refused",
		"--yes", fast, "--log-level", "debug")
}

// shut fails the test unless the server's denial was reported.
func (d *doorway) shut(o outcome, made door) {
	d.t.Helper()
	for _, want := range []string{"AccessDenied", made.refused, made.name} {
		if o.code != exitFailed || !strings.Contains(o.stderr, want) {
			d.t.Errorf("exit %d, and a denial without %q:\n%s", o.code, want, o.stderr)
		}
	}
	if _, err := os.Stat(d.path("refused")); err == nil {
		d.t.Error("a run file was left behind")
	}
	silent(d.t, "the denial", o.stdout+o.stderr, d.everySecret(made))
}

// quiet fails the test where a secret stands in anything that the runs left.
func (p *passage) quiet() {
	t := p.t
	runFile := runFileFor(p.folder.ID)
	said := map[string]string{
		"stopped": p.stopped.stdout + p.stopped.stderr, "ended": p.ended.stdout + p.ended.stderr,
		"status": p.seen.want(exitDone, "status", "--run", runFile).stdout,
	}
	for _, format := range []string{"text", "json", "csv", "html"} {
		said["report as "+format] = p.seen.want(exitDone, "report", "--run", runFile, "--format", format).stdout
	}
	for name, content := range readAllFiles(t, p.seen.dir, runFile, runFile+"-wal", "stopped.log", "ended.log", "migrate.yaml") {
		said[name] = content
	}
	secrets := p.everySecret(p.door)
	if others := len(p.everySecret(door{gate: &gate{}})); len(secrets) < others+2 {
		t.Fatalf("the gate saw %d secrets", len(secrets)-others)
	}
	for where, text := range said {
		silent(t, where, text, secrets)
	}
	if !strings.Contains(said["report as text"], "(migrate.yaml, line 2)") {
		t.Errorf("the report doesn't name the rule:\n%s", said["report as text"])
	}
}

// publicPolicy opens a bucket to everybody.
const publicPolicy = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*",
	"Action": ["s3:GetObject", "s3:ListBucket"], "Resource": ["arn:aws:s3:::BUCKET", "arn:aws:s3:::BUCKET/*"]}]}`

func TestAnonymousReadsPublicBucketsAlone(t *testing.T) {
	s := newSite(t, "--throttle=false")
	objects := study("open/", 20)
	open, policy := "open-data", strings.ReplaceAll(publicPolicy, "BUCKET", "open-data")
	root := s.S3(s.Root)
	if _, err := root.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &open}); err != nil {
		t.Fatal(err)
	}
	if _, err := root.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: &open, Policy: &policy}); err != nil {
		t.Fatal(err)
	}
	s.fill(open, objects)
	d := &doorway{site: s, t: t}
	made := door{opens: open, refused: s.Foreign, provider: "{kind: anonymous}", name: "nobody (anonymous)", gate: &gate{}}
	in := d.enter(made)
	in.want(exitDone, "bucket", "s3://"+open+"/open/", "--to", s.External.ID, "--yes", fast)
	s.holds(s.External.ID, wanted(objects, "open/"))
	d.shut(in.nextDoor(made, s.External), made)
}
