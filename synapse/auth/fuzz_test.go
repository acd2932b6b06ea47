package auth

import (
	"fmt"
	"strings"
	"testing"
)

// FuzzParseConfig checks what holds for any text: no panic, lines that are
// there, errors that don't show the text, and that what was read is read
// again from its own plain form.
func FuzzParseConfig(f *testing.F) {
	for _, seed := range []string{
		complete, "", "[", "[]", "[a]\nb", "[a]\n =c", "[a]\nb:c=d\n  e\n;f\n", "\uFEFF[a]\r\n\tb = c\r\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseConfig("file", text)
		if err != nil {
			checkErrorIsFixed(t, err)
			return
		}
		var plain strings.Builder
		lines := strings.Count(text, "\n") + 1
		for section, options := range c.sections {
			fmt.Fprintf(&plain, "[%s]\n", section)
			for name, v := range options {
				if v.line < 1 || v.line > lines {
					t.Errorf("option in line %d of %d", v.line, lines)
				}
				fmt.Fprintf(&plain, "%s = %s\n", name, strings.ReplaceAll(v.text, "\n", "\n "))
			}
		}
		checkSame(t, c, plain.String())
	})
}

func checkErrorIsFixed(t *testing.T, err error) {
	t.Helper()
	_, reason, _ := strings.Cut(strings.TrimPrefix(err.Error(), "file:"), ": ")
	for _, known := range []error{errNoSection, errSyntax, errSectionTwice, errOptionTwice} {
		if reason == known.Error() {
			return
		}
	}
	t.Errorf("error %q is none of the known", err)
}

func checkSame(t *testing.T, want config, plain string) {
	t.Helper()
	got, err := parseConfig("file", plain)
	if err != nil {
		t.Fatalf("reading %q again: %v", plain, err)
	}
	if len(got.sections) != len(want.sections) {
		t.Fatalf("%d sections, want %d", len(got.sections), len(want.sections))
	}
	for section, options := range want.sections {
		for name, v := range options {
			if again := got.sections[section][name]; again.text != v.text {
				t.Errorf("[%s] %q is %q, was %q", section, name, again.text, v.text)
			}
		}
	}
}
