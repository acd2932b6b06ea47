package credentials

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const oursLine = "credential_process = /bin/migrate credentials syn1 --permission read_only --format process\n"

func TestWrittenProfile(t *testing.T) {
	p := ProcessProfile{"lab", "/new/migrate credentials syn1 --format process", "eu-west-1"}
	const block = "[profile lab]\ncredential_process = /new/migrate credentials syn1 --format process\nregion = eu-west-1\n"
	tests := []struct{ name, before, after string }{
		{"empty", "", block},
		{"after others", "[default]\nregion = a\n", "[default]\nregion = a\n\n" + block},
		{"without a line end", "[default]\nregion = a", "[default]\nregion = a\n\n" + block},
		{"there already", "# mine\n" + block + "\n[profile x]\n", "# mine\n" + block + "\n[profile x]\n"},
		{"brought up to date", "[profile lab]\n" + oursLine + "output = json\n# theirs\n[profile x]\na = b\n",
			strings.TrimSuffix(block, "") + "output = json\n# theirs\n[profile x]\na = b\n"},
		{"appended twice", block + "[profile y]\n[profile lab]\n" + oursLine + "\n# about x\n[profile x]\n",
			block + "[profile y]\n\n# about x\n[profile x]\n"},
		{"odd writing", "[ profile   lab ]\n" + oursLine, "[ profile   lab ]\n" + strings.TrimPrefix(block, "[profile lab]\n")},
		{"Windows", "[default]\r\nregion = a\r\n", "[default]\r\nregion = a\r\n\r\n" + strings.ReplaceAll(block, "\n", "\r\n")},
		{"names alike", "[profile lab2]\nregion = b\n[lab]\n", "[profile lab2]\nregion = b\n[lab]\n\n" + block},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := p.Into(tt.before)
			if err != nil || got != tt.after {
				t.Errorf("got %v\n%q, want\n%q", err, got, tt.after)
			}
			if again, err := p.Into(got); err != nil || again != got {
				t.Errorf("again: got %v\n%q", err, again)
			}
		})
	}
	for _, foreign := range []string{
		"[profile lab]\nregion = a\n", "[profile lab]\ncredential_process = vault read\n", "[profile lab]\n",
		block + "[profile lab]\naws_access_key_id = x\n",
	} {
		if got, err := p.Into(foreign); !errors.Is(err, ErrForeignProfile) || got != "" {
			t.Errorf("%q: got %q, %v", foreign, got, err)
		}
	}
}

func FuzzWrittenProfile(f *testing.F) {
	f.Add("[profile lab]\n" + oursLine + "[x]\n#\n")
	p := ProcessProfile{"lab", "m credentials syn1 --format process", ""}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := p.Into(text)
		if err != nil {
			return
		}
		if again, err := p.Into(got); err != nil || again != got {
			t.Errorf("%q becomes %q, then %q, %v", text, got, again, err)
		}
	})
}

// The file keeps its mode, a link stays one, and nothing else is left behind.
func TestWriteProfileReplacesWhole(t *testing.T) {
	folder := t.TempDir()
	real, link := filepath.Join(folder, "real"), filepath.Join(folder, "config")
	if err := os.WriteFile(real, []byte("[default]\nregion = a\n"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	p := ProcessProfile{"lab", "m credentials syn1 --format process", "r"}
	for i, want := range []bool{true, false} {
		if changed, err := p.Write(link); err != nil || changed != want {
			t.Errorf("time %d: got %t, %v", i+1, changed, err)
		}
	}
	info, err := os.Stat(real)
	if at, linkErr := os.Readlink(link); err != nil || linkErr != nil || at != real || info.Mode().Perm() != 0o640 {
		t.Errorf("got %v at %s, %v", info.Mode(), at, err)
	}
	if text, err := os.ReadFile(real); err != nil || strings.Count(string(text), "[profile lab]") != 1 ||
		!strings.HasPrefix(string(text), "[default]\nregion = a\n") {
		t.Errorf("got %q, %v", text, err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 2 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	fresh := filepath.Join(folder, ".aws", "config")
	if changed, err := p.Write(fresh); err != nil || !changed {
		t.Errorf("got %t, %v", changed, err)
	}
	if info, err := os.Stat(fresh); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v", info, err)
	}
	if done, err := replaceUnchanged(real, []byte("of another time"), []byte("x")); done || err != nil {
		t.Errorf("a file that others have written was replaced: %t, %v", done, err)
	}
}
