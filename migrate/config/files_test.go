package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func write(t *testing.T, path, text string, mode fs.FileMode) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // whatever the umask
		t.Fatal(err)
	}
	return path
}

func TestFind(t *testing.T) {
	home, folder := t.TempDir(), t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", home)
	t.Setenv("HOME", home)
	t.Setenv("AppData", home)
	find := func(want string) {
		t.Helper()
		if got, err := Find(folder); got != want || err != nil {
			t.Errorf("got %q, %v; want %q", got, err, want)
		}
	}
	find("")
	there, err := os.UserConfigDir()
	if err != nil {
		t.Fatal(err)
	}
	find("")
	find(write(t, filepath.Join(there, "migrate", "config.yaml"), "", 0o600))
	find(write(t, filepath.Join(folder, fileName), "", 0o600))
}

func TestFindRefusesForeignFiles(t *testing.T) {
	folder := t.TempDir()
	path := write(t, filepath.Join(folder, fileName), "", 0o600)
	if runtime.GOOS == "windows" || os.Chown(path, os.Geteuid()+1, -1) != nil {
		return // only root can give a file away
	}
	if got, err := Find(folder); !errors.Is(err, errForeign) || got != "" {
		t.Errorf("got %q, %v; want %v", got, err, errForeign)
	}
	// It may have taken the place of what was found.
	if _, err := LoadFound(path); !errors.Is(err, errForeign) {
		t.Errorf("loading it: got %v, want %v", err, errForeign)
	}
	if _, err := Load(path); err != nil {
		t.Errorf("named by the user: %v", err)
	}
}

func TestLoad(t *testing.T) {
	folder := t.TempDir()
	path := write(t, filepath.Join(folder, "a.yaml"),
		door("{kind: static, access-key-id: file:id, secret-access-key: env:B}"), 0o644)
	c, err := Load(path)
	if err != nil || c.Path != path ||
		c.Rules[0].Credentials.Static.AccessKeyID != File(filepath.Join(folder, "id")) {
		t.Errorf("got %+v, %v", c, err)
	}
	if c, err := Load(""); err != nil || len(c.Rules) != 0 {
		t.Errorf("no file: got %+v, %v", c, err)
	}
	if _, err := Load(filepath.Join(folder, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: got %v", err)
	}
	for _, mode := range []fs.FileMode{0o620, 0o602} {
		open := write(t, filepath.Join(folder, "open.yaml"), "", mode)
		if _, err := Load(open); runtime.GOOS != "windows" &&
			(err == nil || !strings.Contains(err.Error(), "chmod go-w")) {
			t.Errorf("file of mode %o: got %v", mode, err)
		}
	}
}

func TestResolve(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("HOME", folder)
	t.Setenv("USERPROFILE", folder)
	t.Setenv("SET", " hush-env\n")
	t.Setenv("BLANK", "  ")
	closed := write(t, filepath.Join(folder, "closed"), "hush-file\n", 0o600)
	open := write(t, filepath.Join(folder, "open"), "hush-file\n", 0o640)
	home, _ := parseReference("file:~/closed", "/nowhere")
	relative, _ := parseReference("file:closed", folder)
	tests := []struct {
		name      string
		reference Reference
		want, err string
	}{
		{"nothing", Reference{}, "", ""},
		{"plain", Plain("text"), "text", ""},
		{"variable", Env("SET"), "hush-env", ""},
		{"blank variable", Env("BLANK"), "", "env:BLANK is not set"},
		{"unset variable", Env("UNSET_HERE"), "", "env:UNSET_HERE is not set"},
		{"file", File(closed), "hush-file", ""},
		{"file at home", home, "hush-file", ""},
		{"file beside", relative, "hush-file", ""},
		{"empty file", File(write(t, filepath.Join(folder, "empty"), "\n", 0o600)), "", "is not set"},
		{"open file", File(open), "", "open to others (mode 0640): chmod 600"},
		{"folder", File(folder), "", "is not a file"},
		{"no file", File(filepath.Join(folder, "none")), "", "reading a secret"},
		{"large file", File(write(t, filepath.Join(folder, "large"), strings.Repeat("hush", maxSecretBytes), 0o600)),
			"", "larger than"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.reference.Resolve()
			if got != tt.want || (err == nil) != (tt.err == "") {
				t.Fatalf("got %q, %v", got, err)
			}
			if err != nil && (!strings.Contains(err.Error(), tt.err) || strings.Contains(err.Error(), "hush")) {
				t.Errorf("got %v, want %q", err, tt.err)
			}
			if missing := strings.Contains(tt.err, "is not set"); errors.Is(err, ErrNoSecret) != missing {
				t.Errorf("missing: %t, want %t", !missing, missing)
			}
			if shown := fmt.Sprintf("%v %+v %#v", tt.reference, tt.reference,
				tt.reference); strings.Contains(shown, "hush") {
				t.Errorf("it prints %s", shown)
			}
		})
	}
}
