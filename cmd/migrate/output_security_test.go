package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"synapse-migrate/migrate/objectstore"
	"synapse-migrate/migrate/wholefile"
	"synapse-migrate/synapse"
)

// evil is what a key, a name, an annotation or a server's answer may hold: it
// clears the screen, sets the title, writes the clipboard, turns the
// direction of text and tells of another next step.
const evil = "a\x1b[2J\x1b]0;t\a\x1b]52;c;cm0=\a\u009b31m\u202egnp\r\nhint: run this\x00\x7f\b"

// obeyed fails the test where a terminal would obey something, or take a
// line of somebody else's for one of the program's.
func obeyed(t *testing.T, text string) {
	t.Helper()
	for _, r := range text {
		if r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf) {
			t.Errorf("%q holds %U", text, r)
		}
	}
	if strings.Contains(text, "\nhint: run this") {
		t.Errorf("%q gives somebody else's hint", text)
	}
	if !strings.Contains(text, "run this") {
		t.Errorf("%q does not show what was said", text)
	}
}

func TestErrorsAreShownAndNotObeyed(t *testing.T) {
	tests := map[string]error{
		"reason": fmt.Errorf("reading the folder: %w",
			&synapse.Error{Method: "GET", Path: "/entity/syn1", Status: 404, Reason: evil}),
		"body":   &synapse.Error{Method: "GET", Path: "/entity/syn1", Status: 500, Body: evil},
		"path":   &synapse.Error{Method: "GET", Path: evil, Status: 500},
		"S3":     &objectstore.Error{Operation: "GetObject", Bucket: "b", Key: evil, Status: 403, Code: evil, Message: evil},
		"name":   &os.PathError{Op: "open", Path: evil, Err: os.ErrNotExist},
		"joined": errors.Join(errors.New("first"), errors.New(evil)),
		"hint":   hinted(errors.New("no"), evil),
		"usage":  usagef("unknown flag %s", evil),
	}
	for name, err := range tests {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			exitCode(&out, newRoot(environment{}), err)
			obeyed(t, out.String())
		})
	}
}

func TestNotesAreShownAndNotObeyed(t *testing.T) {
	var out bytes.Buffer
	say(&out, "warning: bucket %q: %s", "b", evil)
	obeyed(t, out.String())
}

func TestLogsAreShownAndNotObeyed(t *testing.T) {
	for _, format := range []string{"console", "json"} {
		t.Run(format, func(t *testing.T) {
			var out bytes.Buffer
			flags := commonFlags{logFormat: format, logLevel: "debug"}
			log, done, err := flags.logger(environment{stderr: &out})
			if err != nil {
				t.Fatal(err)
			}
			log.Warn().Err(errors.New(evil)).Str("key", evil).AnErr("cause", errors.New(evil)).
				Strs("keys", []string{evil}).Interface("object", map[string]string{evil: evil}).Msg("hostile")
			done()
			obeyed(t, out.String())
			if n := strings.Count(out.String(), "\n"); n != 1 {
				t.Errorf("got %d lines, want 1: %q", n, out.String())
			}
		})
	}
}

func TestLogsOnTerminalsHaveColoursAndNothingElse(t *testing.T) {
	var out bytes.Buffer
	const event = "\x1b[90m10:19\x1b[0m \u009b2J\u202ea\x7f\n"
	n, err := harmlessLog{&out, true}.Write([]byte(event))
	if want := "\x1b[90m10:19\x1b[0m \\u009b2J\\u202ea\\u007f\n"; err != nil || n != len(event) || out.String() != want {
		t.Errorf("got %q, %d, %v; want %q", out.String(), n, err, want)
	}
}

// A report takes the place of a link, and goes not where that leads.
func TestReportsFollowNoLink(t *testing.T) {
	folder := t.TempDir()
	victim, path := filepath.Join(folder, "victim"), filepath.Join(folder, "report.csv")
	if err := os.WriteFile(victim, []byte("kept"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(victim, path); err != nil {
		t.Fatal(err)
	}
	err := wholefile.Write(path, wholefile.Options{}, func(w io.Writer) error {
		_, err := io.WriteString(w, "report")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(victim); err != nil || string(got) != "kept" {
		t.Errorf("the file that the link led to became %q, %v", got, err)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("the report has mode %v, %v", info.Mode(), err)
	}
}
