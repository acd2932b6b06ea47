package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

func TestFolderCommandsKeepSecrets(t *testing.T) {
	s := newSite(t, "--throttle=false")
	s.Put(t, s.Destination, s.External.BaseKey+"/a.txt", "content")
	log := s.path("folder.log")
	all := map[string]string{}
	for _, args := range [][]string{
		{"folder", "create", s.place("run7"), "--bucket", s.Destination, "--base-key", "run7", "--apply"},
		{"folder", "create", s.place("none"), "--bucket", s.Destination, "--base-key", "none"},
		{"folder", "show", s.External.ID}, {"folder", "check", s.External.ID},
		{"folder", "check", s.Managed.ID}, {"folder", "list", "--in", s.Description.Project},
	} {
		o := s.run(append(args, "--log-level", "debug", "--log-format", "json", "--log-file", log)...)
		all[strings.Join(args, " ")] = o.stdout + o.stderr
	}
	text, err := os.ReadFile(log)
	if err != nil || len(text) == 0 {
		t.Fatalf("reading the log: %d bytes, %v", len(text), err)
	}
	all["the log"] = string(text)
	// What Synapse vended can be told by the names of its fields.
	secrets := []string{s.Owner.Token, s.OwnerKeys.SecretAccessKey, "secretAccessKey", "sessionToken",
		"X-Amz-Security-Token"}
	for name, said := range all {
		for i, secret := range secrets {
			if strings.Contains(said, secret) {
				t.Errorf("%s shows secret %d", name, i)
			}
		}
	}
}

func TestTheCacheHoldsNoToken(t *testing.T) {
	s := newSite(t, "--throttle=false")
	s.want(exitDone, "credentials", s.External.ID)
	folder := s.path(".cache/migrate")
	files, err := os.ReadDir(folder)
	if err != nil || len(files) == 0 {
		t.Fatalf("reading the cache: %d files, %v", len(files), err)
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v, want 0600", f.Name(), info.Mode(), err)
		}
		text, err := os.ReadFile(folder + "/" + f.Name())
		if err != nil || strings.Contains(string(text), s.Owner.Token) {
			t.Errorf("%s holds the access token: %v", f.Name(), err)
		}
		if strings.HasSuffix(f.Name(), ".json") && !json.Valid(text) {
			t.Errorf("%s is no JSON", f.Name())
		}
	}
}
