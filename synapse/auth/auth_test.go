package auth

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"synapse-migrate/synapse"
)

const complete = `# login
[default]
username = someone
authtoken = default.token

[profile other]
AuthToken: other-token

[authentication]
authtoken=old_token

[endpoints]
repoEndpoint=https://repo-dev.example.org/repo/v1
authEndpoint=https://repo-dev.example.org/auth/v1
`

func write(t *testing.T, path, text string, mode fs.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

// search is one search in an environment and a home folder of its own.
type search struct {
	tokenFile string // content; empty for no file
	env       map[string]string
	config    string
	profile   string
}

func (s search) find(t *testing.T) (Login, error) {
	t.Helper()
	home := t.TempDir()
	o := Options{
		HomeDir: home, Profile: s.profile,
		Getenv: func(name string) string { return s.env[name] },
	}
	if s.tokenFile != "" {
		o.TokenFile = filepath.Join(home, "token")
		write(t, o.TokenFile, s.tokenFile, 0o600)
	}
	if s.config != "" {
		write(t, filepath.Join(home, ConfigName), s.config, 0o600)
	}
	login, err := Find(o)
	login.Origin = strings.TrimPrefix(login.Origin, home+string(filepath.Separator))
	return login, err
}

func TestFind(t *testing.T) {
	env := func(pairs ...string) map[string]string {
		m := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		return m
	}
	const devEndpoint = "https://repo-dev.example.org"
	tests := []struct {
		name     string
		search   search
		token    string
		origin   string
		endpoint string
		warnings int
	}{
		{"token file first",
			search{tokenFile: "  file-token\n", env: env(EnvToken, "env-token"), config: complete},
			"file-token", "token", devEndpoint, 0},
		{"environment before the configuration",
			search{env: env(EnvToken, "env-token\n"), config: complete},
			"env-token", EnvToken, devEndpoint, 0},
		{"blank variable is none",
			search{env: env(EnvToken, "  "), config: complete},
			"default.token", ".synapseConfig [default]", devEndpoint, 0},
		{"default section", search{config: complete},
			"default.token", ".synapseConfig [default]", devEndpoint, 0},
		{"named profile, option in any case", search{config: complete, profile: "other"},
			"other-token", ".synapseConfig [profile other]", devEndpoint, 0},
		{"profile of the environment", search{config: complete, env: env(EnvProfile, "other")},
			"other-token", ".synapseConfig [profile other]", devEndpoint, 0},
		{"given profile before that of the environment",
			search{config: complete, profile: "default", env: env(EnvProfile, "other")},
			"default.token", ".synapseConfig [default]", devEndpoint, 0},
		{"authentication when default has no token",
			search{config: "[default]\nusername = a\n[authentication]\nauthtoken = old\n"},
			"old", ".synapseConfig [authentication]", "", 0},
		{"endpoint of the environment wins",
			search{config: complete, env: env(EnvEndpoint, "http://127.0.0.1:8080/repo/v1/")},
			"default.token", ".synapseConfig [default]", "http://127.0.0.1:8080", 0},
		{"endpoint of the environment spares a broken configuration",
			search{config: "nonsense", env: env(EnvToken, "t", EnvEndpoint, devEndpoint)},
			"t", EnvToken, devEndpoint, 0},
		{"unused profile is told",
			search{env: env(EnvToken, "t"), profile: "other"}, "t", EnvToken, "", 1},
		{"byte order mark, carriage returns, indented options",
			search{config: "\uFEFF[default]\r\n  username = a\r\n  authtoken = t\r\n"},
			"t", ".synapseConfig [default]", "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.search.find(t)
			if err != nil {
				t.Fatal(err)
			}
			if got.Token != synapse.Token(tt.token) {
				t.Errorf("token %q, want %q", string(got.Token), tt.token)
			}
			if got.Origin != tt.origin {
				t.Errorf("origin %q, want %q", got.Origin, tt.origin)
			}
			if got.Endpoint != tt.endpoint {
				t.Errorf("endpoint %q, want %q", got.Endpoint, tt.endpoint)
			}
			if len(got.Warnings) != tt.warnings {
				t.Errorf("warnings %q, want %d of them", got.Warnings, tt.warnings)
			}
		})
	}
}

func TestFindErrors(t *testing.T) {
	tests := []struct {
		name   string
		search search
		want   []string // parts of the message
	}{
		{"nothing anywhere", search{}, []string{"no access token", EnvToken, ConfigName}},
		{"empty token file", search{tokenFile: "\n"}, []string{"token:", "no access token in it"}},
		{"token file of two words", search{tokenFile: "secret token"}, []string{"not an access token"}},
		{"variable with a quote", search{env: map[string]string{EnvToken: `"secret"`}}, []string{EnvToken}},
		{"unknown profile", search{config: complete, profile: "nobody"}, []string{"[profile nobody]"}},
		{"profile without a token",
			search{config: "[profile a]\npassword = secret\n", profile: "a"}, []string{"no authtoken"}},
		{"token that a comment spoils",
			search{config: "[default]\n\nauthtoken = secret # mine\n"}, []string{ConfigName + ":3:"}},
		{"token that a second line continues",
			search{config: "[default]\nauthtoken = secret\n  more\n"}, []string{ConfigName + ":2:"}},
		{"option before any section",
			search{config: "# a\nusername = secret\n"}, []string{ConfigName + ":2:", "before the first"}},
		{"line that is nothing",
			search{config: "[default]\nsecret\n"}, []string{ConfigName + ":2:", "neither"}},
		{"section twice",
			search{config: "[default]\n[a]\n[default]\n"}, []string{ConfigName + ":3:", "section"}},
		{"option twice",
			search{config: "[default]\nsecret=1\nSECRET=2\n"}, []string{ConfigName + ":3:", "option"}},
		{"section that doesn't end", search{config: "[default\n"}, []string{ConfigName + ":1:"}},
		{"endpoint that is none",
			search{config: "[default]\nauthtoken=t\n[endpoints]\nrepoEndpoint=ftp://secret@h/\n"},
			[]string{ConfigName + ":4:"}},
		{"endpoints of two hosts",
			search{config: "[default]\nauthtoken=t\n[endpoints]\nrepoEndpoint=https://a\nauthEndpoint=https://b\n"},
			[]string{ConfigName + ":5:", "different hosts"}},
		{"endpoint of the environment",
			search{env: map[string]string{EnvToken: "t", EnvEndpoint: "https://h/elsewhere"}},
			[]string{EnvEndpoint}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := tt.search.find(t)
			if err == nil {
				t.Fatal("no error")
			}
			for _, part := range tt.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q doesn't say %q", err, part)
				}
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("error %q shows a secret", err)
			}
		})
	}
}

func TestFindNoTokenIsASentinel(t *testing.T) {
	if _, err := (search{}).find(t); !errors.Is(err, ErrNoToken) {
		t.Errorf("got %v, want ErrNoToken", err)
	}
}

func TestFindMissingTokenFile(t *testing.T) {
	_, err := Find(Options{TokenFile: filepath.Join(t.TempDir(), "none"), HomeDir: t.TempDir()})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want a missing file", err)
	}
}

func TestFindRefusesHugeFiles(t *testing.T) {
	s := search{tokenFile: strings.Repeat("a", maxFileBytes+1)}
	if _, err := s.find(t); err == nil || !strings.Contains(err.Error(), "larger") {
		t.Errorf("got %v, want a file that is too large", err)
	}
}

func TestFindWarnsOfOpenFiles(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Log("no permission bits on this system: nothing to see")
		return
	}
	for mode, want := range map[fs.FileMode]int{0o600: 0, 0o400: 0, 0o640: 1, 0o604: 1} {
		home := t.TempDir()
		path := filepath.Join(home, "token")
		write(t, path, "secret", mode)
		got, err := Find(Options{
			TokenFile: path, HomeDir: home, Getenv: func(string) string { return "" },
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Warnings) != want {
			t.Errorf("mode %04o: warnings %q, want %d of them", mode, got.Warnings, want)
		}
		if want == 1 && !strings.Contains(got.Warnings[0], path) {
			t.Errorf("mode %04o: warning %q doesn't name %s", mode, got.Warnings[0], path)
		}
	}
}
