package binding

import (
	"strings"
	"testing"

	"synapse-migrate/migrate/config"
	"synapse-migrate/planner"
)

func TestDifferenceNamesTheFirstArgument(t *testing.T) {
	tests := []struct {
		name          string
		file, command map[string]string
		want          string
	}{
		{"same", map[string]string{"to": "syn1"}, map[string]string{"to": "syn1"}, ""},
		{"other", map[string]string{"to": "syn1"}, map[string]string{"to": "syn2"}, `--to "syn1", not "syn2"`},
		{"only in the file", map[string]string{"old": "x"}, nil, `--old "x", not ""`},
		{"only in the command", nil, map[string]string{"new": "x"}, `--new "", not "x"`},
		{"source", map[string]string{"source": "s3://a/"}, map[string]string{"source": "s3://b/"},
			`the source "s3://a/", not "s3://b/"`},
		{"first by name", map[string]string{"b": "1", "a": "1"}, map[string]string{"b": "2", "a": "2"}, `--a "1", not "2"`},
		{"another command", map[string]string{Command: "bucket", "a": "1"},
			map[string]string{Command: "project"}, "migrate bucket, not migrate project"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := difference(test.file, test.command); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestChangedConfigurationIsSaid(t *testing.T) {
	at := func(path, digest string) config.Config { return config.Config{Path: path, Digest: digest} }
	tests := []struct {
		name     string
		was, is  config.Config
		contains string
	}{
		{"none", at("", ""), at("", ""), ""},
		{"same", at("a", "1"), at("a", "1"), ""},
		{"moved", at("a", "1"), at("/b/a", "1"), ""},
		{"changed", at("a", "1"), at("a", "2"), "another one"},
		{"gone", at("a", "1"), at("", ""), "isn't there any more"},
		{"come", at("", ""), at("a", "1"), "without the configuration a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			arguments := map[string]string{"to": "syn1"}
			header := planner.Header{Arguments: With(arguments, tt.was)}
			got := Changed(header, tt.is)
			if (got == "") != (tt.contains == "") || !strings.Contains(got, tt.contains) {
				t.Errorf("got %q, want %q in it", got, tt.contains)
			}
			if d := difference(header.Arguments, arguments); d != "" {
				t.Errorf("another run: %s", d)
			}
		})
	}
}

func TestLongArgumentsAreCutInMessages(t *testing.T) {
	long := strings.Repeat("syn1,", 100)
	got := difference(map[string]string{"only": long}, map[string]string{"only": "syn1"})
	if len(got) > 150 || !strings.HasPrefix(got, "--only ") {
		t.Errorf("got %d characters: %q", len(got), got)
	}
}
