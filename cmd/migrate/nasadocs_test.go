package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestNASARehearsal runs the lines of docs/nasa.md as they stand there, on a
// sandbox as the lines before them start it.
func TestNASARehearsal(t *testing.T) {
	text, err := os.ReadFile("../../docs/nasa.md")
	if err != nil {
		t.Fatal(err)
	}
	_, lines, _ := strings.Cut(string(text), "```sh\n")
	lines, _, found := strings.Cut(lines, "```")
	if !found {
		t.Fatal("docs/nasa.md has no lines for a shell")
	}
	s := newSite(t, "--token-life=20s")
	s.fill(s.Foreign, map[string]string{"granules/a.txt": "a", "granules/b.txt": "b"})
	migrate := s.command()
	exports := ""
	for name, value := range map[string]string{
		"EARTHDATA_TOKEN": s.Earthdata.Token, "SANDBOX_S3CREDENTIALS": s.Earthdata.Endpoint, "SANDBOX_FOLDER": s.External.ID,
	} {
		exports += "export " + name + "='" + value + "'\n"
	}
	s.write("sandbox.env", exports)
	if err := os.Mkdir(s.path("bin"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(migrate.Path, filepath.Join(s.path("bin"), "migrate")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-eu")
	cmd.Dir, cmd.Env, cmd.Stdin = s.dir, migrate.Env, strings.NewReader(lines)
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Contains(string(out), s.Earthdata.Token) {
		t.Fatalf("%v\n%s", err, out)
	}
	if got := s.Objects(t, s.Source, "granules/"); got["granules/a.txt"] != 1 {
		t.Errorf("the object did not arrive: %v\n%s", got, out)
	}
	for _, want := range []string{`"Key":"granules/a.txt"`, "partner-archive"} {
		if !strings.Contains(strings.ReplaceAll(string(out), `"key"`, `"Key"`), want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
}
