package main

import (
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"synapse-migrate/migrate/sandbox/compare"
)

// seedVariable replays the instants at which runs were killed.
const seedVariable = "MIGRATE_KILL_SEED"

// killer ends runs with SIGKILL at random instants.
type killer struct {
	*site
	random *rand.Rand
	kills  int
}

func newKiller(s *site) *killer {
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv(seedVariable); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			s.t.Fatalf("%s: %v", seedVariable, err)
		}
	}
	s.t.Logf("%s=%d kills at the same counts of calls again", seedVariable, seed)
	return &killer{site: s, random: rand.New(rand.NewPCG(seed, 0))}
}

// interrupted runs a command, kills it n times after a random number of
// Synapse calls (step at most) and a random moment more, and lets it end.
func (k *killer) interrupted(n int, step int64, args ...string) {
	k.t.Helper()
	for range n {
		after := k.Calls().Total() + k.random.Int64N(step)
		if !k.killAfter(after, args) {
			k.t.Fatalf("the run ended after %d of %d kills", k.kills, n)
		}
	}
	k.want(exitDone, args...)
}

// killAfter starts a run and kills it once Synapse has had that many calls.
// It reports whether the run was still going on.
func (k *killer) killAfter(calls int64, args []string) bool {
	cmd := k.command(args...)
	cmd.Stdout, cmd.Stderr = io.Discard, io.Discard
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	tick := time.NewTicker(time.Millisecond + time.Duration(k.random.IntN(4000))*time.Microsecond)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return false
		case <-tick.C:
			if k.Calls().Total() < calls {
				continue
			}
			if err := cmd.Process.Kill(); err != nil {
				return false
			}
			<-ended
			if cmd.ProcessState.Exited() {
				return false
			}
			k.kills++
			return true
		}
	}
}

// sameTrees fails the test unless both folders hold the same files by path,
// size and MD5, each with one version.
func (s *site) sameTrees(interrupted, uninterrupted string) {
	s.t.Helper()
	want := map[string]compare.Want{}
	for path, file := range s.walk(uninterrupted).Files {
		want[path] = compare.Want{MD5: file.MD5, SizeBytes: file.SizeBytes}
	}
	s.holds(interrupted, want)
}

// mixed are objects of which one half lies below the base key of a folder,
// to be registered, and one half beside it, to be copied.
func mixed(base string, n int) map[string]string {
	objects := map[string]string{}
	for key, content := range study("", n/2) {
		objects[base+"/data/here/"+key] = "here: " + content
		objects[base+"/raw/"+key] = "raw: " + content
	}
	return objects
}

func TestKilledAtRandomInstantsMixedRunEndsRight(t *testing.T) {
	s := newSite(t, "--throttle=false")
	killed, whole := s.stsFolder("killed", "killed/data"), s.stsFolder("whole", "whole/data")
	objects, control := mixed("killed", 2000), mixed("whole", 2000)
	s.fill(s.Destination, objects)
	s.fill(s.Destination, control)
	common := []string{"--dest-credentials", "source", "--yes", "--no-progress", fast}

	s.want(exitDone, append([]string{"bucket", "s3://" + s.Destination + "/whole/", "--to", whole.ID}, common...)...)
	k := newKiller(s)
	k.interrupted(50, 120, append([]string{"bucket", "s3://" + s.Destination + "/killed/", "--to", killed.ID}, common...)...)

	s.holds(killed.ID, wanted(objects, "killed/"))
	s.sameTrees(killed.ID, whole.ID)
	t.Logf("%d kills with SIGKILL: lost 0, duplicated 0; %d objects", k.kills, len(objects))
}

func TestKilledAtRandomInstantsStreamEndsRight(t *testing.T) {
	s := newSite(t, "--throttle=false", "--token-life", "5s")
	s = s.with(s.ForeignKeys)
	objects := study("archive/", 300)
	s.fill(s.Foreign, objects)
	k := newKiller(s)
	k.interrupted(20, 40, "bucket", "s3://"+s.Foreign+"/archive/", "--to", s.External.ID, "--yes", "--no-progress", fast)
	s.holds(s.External.ID, wanted(objects, "archive/"))
	t.Logf("%d kills with SIGKILL: lost 0, duplicated 0; %d objects", k.kills, len(objects))
}

func TestKilledAtRandomInstantsUploadEndsRight(t *testing.T) {
	s := newSite(t, "--throttle=false")
	s = s.with(s.ForeignKeys)
	objects := study("archive/", 150)
	s.fill(s.Foreign, objects)
	k := newKiller(s)
	k.interrupted(20, 50, "bucket", "s3://"+s.Foreign+"/archive/", "--to", s.Managed.ID, "--yes", "--no-progress", fast)
	s.holds(s.Managed.ID, wanted(objects, "archive/"))
	t.Logf("%d kills with SIGKILL: lost 0, duplicated 0; %d objects", k.kills, len(objects))
}
