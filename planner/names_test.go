package planner_test

import (
	"errors"
	"strings"
	"testing"

	"synapse-migrate/planner"
	"synapse-migrate/planner/choose"
	"synapse-migrate/planner/rules"
)

func TestValidName(t *testing.T) {
	tests := []struct {
		name, text string
		want       error
	}{
		{"plain", "sample_1-2.bam", nil},
		{"every mark", "a ,_.-+()'z", nil},
		{"256 characters", strings.Repeat("a", 256), nil},
		{"257 characters", strings.Repeat("a", 257), planner.ErrNameLong},
		{"empty", "", planner.ErrNameEmpty},
		{"dot", ".", planner.ErrNameDots},
		{"dots", "..", planner.ErrNameDots},
		{"three dots", "...", nil},
		{"leading blank", " a", planner.ErrNameBlank},
		{"trailing blank", "a ", planner.ErrNameBlank},
		{"blank", " ", planner.ErrNameBlank},
		{"slash", "a/b", planner.ErrNameChars},
		{"tab", "a\tb", planner.ErrNameChars},
		{"newline", "a\n", planner.ErrNameChars},
		{"percent", "50%", planner.ErrNameChars},
		{"non-ASCII", "é", planner.ErrNameChars},
		{"not UTF-8", "\xff", planner.ErrNameChars},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := planner.ValidName(tt.text); !errors.Is(got, tt.want) {
				t.Errorf("ValidName(%q) = %v, want %v", tt.text, got, tt.want)
			}
		})
	}
}

func TestReplaceName(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"valid stays", "a (1)'s+x,y.bam", "a (1)'s+x,y.bam"},
		{"one character", "a=b", "a(x3d)b"},
		{"a run is one replacement", "a=:b", "a(x3d3a)b"},
		{"UTF-8", "é.txt", "(xc3a9).txt"},
		{"not UTF-8", "a\xff", "a(xff)"},
		{"dots", "..", "(x2e2e)"},
		{"three dots", "...", "..."},
		{"outer blanks", " a b ", "(x20)a b(x20)"},
		{"only blanks", "  ", "(x2020)"},
		{"control", "a\x00\n", "a(x000a)"},
		{"empty", "", "(x)"},
		{"looks replaced", "a(x3d)b", "a(x28)x3d)b"},
		{"looks like nothing", "(x)", "(x28)x)"},
		{"odd digits are no replacement", "(x3)", "(x3)"},
		{"upper case is no replacement", "(xAB)", "(xAB)"},
		{"formula", "=cmd|'x'", "(x3d)cmd(x7c)'x'"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := planner.ReplaceName(tt.text)
			if got != tt.want {
				t.Errorf("ReplaceName(%q) = %q, want %q", tt.text, got, tt.want)
			}
			back, err := planner.RestoreName(got)
			if err != nil || back != tt.text {
				t.Errorf("RestoreName(%q) = %q, %v, want %q", got, back, err, tt.text)
			}
		})
	}
}

func TestRestoreNameRefusesOthers(t *testing.T) {
	for _, name := range []string{"a=b", "(x61)", "(x)(x)", "(x3d)(x3d)", " a", "..", ""} {
		if got, err := planner.RestoreName(name); err == nil {
			t.Errorf("RestoreName(%q) = %q, want an error", name, got)
		}
	}
}

func FuzzReplaceName(f *testing.F) {
	for _, seed := range []string{
		"", "a", "a=b", "(x3d)", "(x(x3d)3d)", "..", " ", "é(x", "\xff\x00", "(x)", "=(x28)",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		name := planner.ReplaceName(text)
		if err := planner.ValidName(name); err != nil && !errors.Is(err, planner.ErrNameLong) {
			t.Fatalf("ReplaceName(%q) = %q: %v", text, name, err)
		}
		if back, err := planner.RestoreName(name); err != nil || back != text {
			t.Fatalf("RestoreName(%q) = %q, %v, want %q", name, back, err, text)
		}
	})
}

func FuzzPathOf(f *testing.F) {
	for _, seed := range [][2]string{
		{"data/run/a/b.txt", "data/run/"}, {"data/../=cmd|'x'", "data/"},
		{"a//b/", ""}, {"run7", "run"}, {"x\xff/y", ""}, {"/", ""}, {"é/\n", "é/"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, key, prefix string) {
		if !strings.HasPrefix(key, prefix) {
			key = prefix + key
		}
		kept := choose.PathOf(key, prefix, planner.NamesFail)
		if got := strings.Join(kept.Names, "/"); got != kept.Relative {
			t.Fatalf("names %q of %q don't make its path %q", kept.Names, key, kept.Relative)
		}
		base := prefix[:strings.LastIndexByte(prefix, '/')+1]
		if base+kept.Relative != key {
			t.Fatalf("path %q below %q is not the key %q", kept.Relative, prefix, key)
		}
		p := choose.PathOf(key, prefix, planner.NamesReplace)
		segments := make([]string, len(p.Names))
		for i, name := range p.Names {
			err := planner.ValidName(name)
			if err != nil && p.Rule == "" {
				t.Fatalf("PathOf(%q): name %q is unfit and no rule says so: %v", key, name, err)
			}
			if p.Rule == rules.NamesNotUTF8 {
				return
			}
			if segments[i], err = planner.RestoreName(name); err != nil {
				t.Fatal(err)
			}
		}
		if got := base + strings.Join(segments, "/"); got != key {
			t.Fatalf("names %q turn back into %q, want %q", p.Names, got, key)
		}
	})
}
