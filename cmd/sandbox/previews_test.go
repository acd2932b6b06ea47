package main

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"synapse-migrate/migrate/sandbox/describe"
	"synapse-migrate/synapse"
)

// TestPreviews registers a text in a sandbox with previews and in one
// without.
func TestPreviews(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "a.txt"), []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, on := range map[string]bool{"--previews=false": false, "--previews": true} {
		t.Run(name, func(t *testing.T) {
			preview := registered(t, name, "--load", folder, "--load-into", "external").PreviewID
			if got := preview != ""; got != on {
				t.Errorf("preview %q, want one: %t", preview, on)
			}
		})
	}
}

// registered is the handle of a.txt in the external folder of a sandbox with
// the arguments, read again after it was registered.
func registered(t *testing.T, args ...string) synapse.FileHandle {
	t.Helper()
	cmd, _ := program(t, append(args, "--json", "--until-stdin-closes")...)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Wait() }()
	defer in.Close()
	var d describe.Description
	if err := json.NewDecoder(bufio.NewReader(out)).Decode(&d); err != nil {
		t.Fatal(err)
	}
	c, err := synapse.New(synapse.Options{
		Endpoint: d.SynapseEndpoint, Token: synapse.Token(d.Owner.Token),
	})
	if err != nil {
		t.Fatal(err)
	}
	h, err := c.RegisterS3Object(t.Context(), synapse.FileHandle{
		ConcreteType: synapse.TypeS3FileHandle, StorageLocationID: &d.External.StorageLocationID,
		BucketName: d.External.Bucket, Key: d.External.BaseKey + "/a.txt",
		ContentMD5: strings.Repeat("0", 32), ContentType: "text/plain",
	})
	if err != nil {
		t.Fatal(err)
	}
	if h, err = c.FileHandle(t.Context(), h.ID); err != nil {
		t.Fatal(err)
	}
	return h
}
