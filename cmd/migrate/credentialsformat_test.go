package main

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"time"

	"synapse-migrate/synapse"
)

// hostile is what nobody should put into a base key.
const hostile = `it's $(touch pwned) "x" ` + "`id`" + ` \ \' ${HOME} %PATH% !x #y ;z ‘’`

func hostileCredentials() synapse.STSCredentials {
	return synapse.STSCredentials{
		Bucket: "lab", BaseKey: hostile, AccessKeyID: "ASIA1", SecretAccessKey: "a/b+c==", SessionToken: "t0k/en+==",
		Expiration: synapse.NewTime(time.Date(2026, 11, 2, 3, 4, 5, 678e6, time.UTC)),
	}
}

func TestProcessIsTheContract(t *testing.T) {
	text, err := processText(hostileCredentials())
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"Version": 1.0, "AccessKeyId": "ASIA1", "SecretAccessKey": "a/b+c==", "SessionToken": "t0k/en+==",
		"Expiration": "2026-11-02T03:04:05Z",
	}
	if len(got) != len(want) {
		t.Errorf("got fields %v, want exactly %v", got, want)
	}
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s: got %v, want %v", name, got[name], value)
		}
	}
}

func TestJSONSaysWhere(t *testing.T) {
	for baseKey, want := range map[string]string{"": "s3://lab/", "a/b&c": "s3://lab/a/b&c/"} {
		c := hostileCredentials()
		c.BaseKey = baseKey
		text, err := jsonText("syn1", synapse.STSReadOnly, c)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(text, `"location": "`+want+`"`) {
			t.Errorf("base key %q: got %s, want location %s", baseKey, text, want)
		}
	}
}

func TestShellsReadWhatIsMeant(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	text, err := shellText(shellSh, hostileCredentials())
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(sh, "-c", text+`printf %s "$SYNAPSE_STS_BASE_KEY|$AWS_SESSION_TOKEN"`)
	cmd.Dir = t.TempDir()
	out, err := cmd.CombinedOutput()
	if want := hostile + "|t0k/en+=="; err != nil || string(out) != want {
		t.Errorf("sh: got %q, %v, want %q", out, err, want)
	}
}

func TestAssignment(t *testing.T) {
	tests := []struct{ name, shell, value, want string }{
		{"sh", shellSh, `it's`, `export V='it'\''s'`},
		{"sh empty", shellSh, ``, `export V=''`},
		{"fish", shellFish, `it's \x $y`, `set -gx V 'it\'s \\x $y'`},
		{"powershell", shellPowerShell, `it's $x`, `$Env:V = 'it''s $x'`},
		{"powershell, curly", shellPowerShell, "a\u2019b", "$Env:V = 'a\u2019\u2019b'"},
		{"cmd", shellCmd, `a/b+c=='`, `set "V=a/b+c=='"`},
		{"cmd, what it expands", shellCmd, `%PATH%`, ""},
		{"cmd, a quote", shellCmd, `a"b`, ""},
		{"cmd, a pipe", shellCmd, `a&b`, ""},
		{"sh, a new line", shellSh, "a\nb", ""},
		{"fish, an escape", shellFish, "a\x1bb", ""},
		{"powershell, a NUL", shellPowerShell, "a\x00b", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := assignment(tt.shell, variable{"V", tt.value})
			if got != tt.want || (err != nil) != (tt.want == "") {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
			if err != nil && tt.value != "" && strings.Contains(err.Error(), tt.value) {
				t.Errorf("the error shows the value: %v", err)
			}
		})
	}
}

func TestCommandLine(t *testing.T) {
	tests := []struct{ name, system, word, want string }{
		{"plain", "linux", "/usr/bin/migrate", "/usr/bin/migrate"},
		{"blank", "linux", "/my tools/migrate", "'/my tools/migrate'"},
		{"quote", "darwin", "/it's/migrate", `'/it'\''s/migrate'`},
		{"expansion", "linux", "/$(id)/migrate", `'/$(id)/migrate'`},
		{"empty", "linux", "", "''"},
		{"comment", "linux", "/a #b/migrate", ""},
		{"other comment", "linux", "/a ;b/migrate", ""},
		{"new line", "linux", "/a\nb", ""},
		{"windows", "windows", `C:\tools\migrate.exe`, `C:\tools\migrate.exe`},
		{"windows, blank", "windows", `C:\Program Files\migrate.exe`, `"C:\Program Files\migrate.exe"`},
		{"windows, percent", "windows", `C:\%x%\migrate.exe`, ""},
		{"windows, backslash at the end", "windows", `C:\a b\`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := commandLine(tt.system, []string{tt.word})
			if got != tt.want || (err != nil) != (tt.want == "") {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestShellsSplitTheCommandLineAsItWas(t *testing.T) {
	words := []string{"printf", "%s|", "/my tools/it's $(id)/x", `"`, `\`, "", "plain"}
	line, err := commandLine("linux", words)
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("sh", "-c", line).CombinedOutput()
	if want := strings.Join(words[2:], "|") + "|"; err != nil || string(out) != want {
		t.Errorf("got %q, %v, want %q", out, err, want)
	}
}

func FuzzAssignment(f *testing.F) {
	f.Add(hostile)
	f.Add("a'b\\")
	f.Fuzz(func(t *testing.T, value string) {
		line, err := assignment(shellSh, variable{"V", value})
		if err != nil {
			return
		}
		inner, found := strings.CutPrefix(line, "export V='")
		inner, closed := strings.CutSuffix(inner, "'")
		back := strings.ReplaceAll(inner, `'\''`, "\x00")
		if !found || !closed || strings.Contains(back, "'") || strings.ReplaceAll(back, "\x00", "'") != value {
			t.Errorf("%q became %q", value, line)
		}
	})
}
