package checkpoint

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPrintable(t *testing.T) {
	tests := []struct {
		name, text string
		limit      int
		want       string
	}{
		{"plain", "access denied", 20, "access denied"},
		{"controls", "a\x00b\x1b[1m\r\n\tc\u0085", 30, "a b [1m   c "},
		{"direction", "a\u202eb", 20, "a\ufffdb"},
		{"not UTF-8", "a\xffb", 20, "a\ufffdb"},
		{"exact", "12345", 5, "12345"},
		{"long", "123456", 5, "12..."},
		{"cut in a character", "aéééé", 7, "aé..."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := printable(tt.text, tt.limit); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestWithoutQueries(t *testing.T) {
	tests := map[string]string{
		"no URL at all?": "no URL at all?",
		"https://b/k":    "https://b/k",
		"get https://b/k?X-Amz-Signature=1&a=b: eof": "get https://b/k?REDACTED eof",
		`Put "http://b/k?token=1": x http://c?d`:     `Put "http://b/k?REDACTED": x http://c?REDACTED`,
		"HTTPS://b/k?sig=1":                          "HTTPS://b/k?REDACTED",
	}
	for text, want := range tests {
		if got := withoutQueries(text); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestHolder(t *testing.T) {
	tests := map[string]string{
		"12\nhost\n":               " by process 12 on host",
		"12\n":                     " by process 12",
		"12":                       " by process 12",
		"":                         "",
		"-1\nhost":                 "",
		"x\nhost":                  "",
		"1\nh\x1b]0;t\n":           " by process 1 on h ]0;t",
		"99999999999999999999\nho": "",
	}
	for text, want := range tests {
		if got := holder(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func FuzzPrintable(f *testing.F) {
	f.Add("a\x00b", 10)
	f.Add("é\xffé", 4)
	f.Fuzz(func(t *testing.T, text string, limit int) {
		if limit < 3 || limit > 1<<20 {
			return
		}
		got := printable(text, limit)
		if len(got) > limit || !utf8.ValidString(got) ||
			strings.ContainsAny(got, "\x00\x1b\r\n\t") {
			t.Errorf("%q became %q", text, got)
		}
	})
}
