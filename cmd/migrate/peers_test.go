//go:build peers

package main

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// peersVariable names other programs, as NAME=PATH between blanks. An empty
// path is one that is not here.
const peersVariable = "TEST_PEERS"

// peer is another program, with the arguments that make it list a folder and
// print an object.
type peer struct {
	list func(s *site, folder string) []string
	cat  func(s *site, folder, key string) []string
}

var peers = map[string]peer{
	"s5cmd": {
		list: func(s *site, folder string) []string {
			return []string{"--endpoint-url", s.S3Endpoint, "ls", folder + "/*"}
		},
		cat: func(s *site, folder, key string) []string {
			return []string{"--endpoint-url", s.S3Endpoint, "cat", folder + "/" + key}
		},
	},
	"rclone": {
		list: func(_ *site, folder string) []string {
			return []string{"lsf", "--recursive", "m:" + strings.TrimPrefix(folder, "s3://")}
		},
		cat: func(_ *site, folder, key string) []string {
			return []string{"cat", "m:" + strings.TrimPrefix(folder, "s3://") + "/" + key}
		},
	},
	"aws": {
		list: func(s *site, folder string) []string {
			return []string{"--endpoint-url", s.S3Endpoint, "s3", "ls", "--recursive", folder + "/"}
		},
		cat: func(s *site, folder, key string) []string {
			return []string{"--endpoint-url", s.S3Endpoint, "s3", "cp", folder + "/" + key, "-"}
		},
	},
}

// TestPeersReadTheDestination has other programs read a folder that was just
// migrated into, with a profile whose credential_process is this one.
func TestPeersReadTheDestination(t *testing.T) {
	s := newSite(t, "--throttle=false")
	folder := s.makeFolder(s.place("run7"), "--bucket", s.Destination, "--base-key", "run7", "--apply")
	objects := study("raw/", 10)
	objects["raw/a.txt"] = "content of a\n"
	s.fill(s.Source, objects)
	s.want(exitDone, "bucket", "s3://"+s.Source+"/raw/", "--to", folder, "--yes", fast)
	env := append(s.profileOf(folder, "read_only"), "AWS_SDK_LOAD_CONFIG=1", "AWS_EC2_METADATA_DISABLED=true",
		"RCLONE_CONFIG_M_TYPE=s3", "RCLONE_CONFIG_M_PROVIDER=Other", "RCLONE_CONFIG_M_ENV_AUTH=true",
		"RCLONE_CONFIG_M_REGION="+s.Region, "RCLONE_CONFIG_M_ENDPOINT="+s.S3Endpoint)
	s.ResetCounts()
	for pair := range strings.FieldsSeq(os.Getenv(peersVariable)) {
		name, path, _ := strings.Cut(pair, "=")
		if path == "" {
			t.Logf("%s: not on this machine, left out", name)
			continue
		}
		t.Run(name, func(t *testing.T) { s.reads(t, path, env, peers[name]) })
	}
	if n := s.Calls().Of(stsCall); n != 0 {
		t.Errorf("the programs cost %d calls of Synapse, want none: the credentials were in the cache", n)
	}
}

// reads has a program list the folder and print an object.
func (s *site) reads(t *testing.T, path string, env []string, p peer) {
	const key = "a.txt"
	at := "s3://" + s.Destination + "/run7"
	run := func(args []string) string {
		cmd := exec.Command(path, args...)
		cmd.Dir, cmd.Env = s.dir, env
		var said bytes.Buffer
		cmd.Stderr = &said
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v\n%s%s", strings.Join(args, " "), err, out, &said)
		}
		return string(out)
	}
	list := run(p.list(s, at))
	t.Logf("%s\n%s", strings.Join(p.list(s, at), " "), list)
	if n := strings.Count(list, ".txt"); n < 11 {
		t.Errorf("listed %d files, want 11", n)
	}
	text := run(p.cat(s, at, key))
	t.Logf("%s\n%s", strings.Join(p.cat(s, at, key), " "), text)
	if text != "content of a\n" {
		t.Errorf("read %q, want the object's content", text)
	}
}
