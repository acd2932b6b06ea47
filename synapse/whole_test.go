package synapse

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"synapse-migrate/synapse/paging"
)

// Every type that an answer is decoded into says what it can't be without; the
// empty object is none of them.
func TestEveryDocumentIsWhole(t *testing.T) {
	// Who calls is judged by Me: an answer without a name is the anonymous.
	exempt := map[string]bool{"UserProfile": true, "Bundle": true}
	types := map[string]any{}
	for _, d := range documents {
		types[reflect.TypeOf(d).Name()] = d
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range decoded.FindAllStringSubmatch(string(text), -1) {
			if name := match[1]; !exempt[name] && !strings.HasSuffix(file, "_test.go") {
				if w, ok := types[name].(whole); !ok || w.lacks() == "" {
					t.Errorf("%s: nothing is missed in an empty %s", file, name)
				}
			}
		}
	}
}

func TestBundleLacks(t *testing.T) {
	all := BundleRequest{IncludeEntity: true, IncludeAnnotations: true, IncludePermissions: true,
		IncludeBenefactorACL: true, IncludeRestrictionInformation: true, IncludeFileHandles: true, IncludeActivity: true}
	b := Bundle{
		Entity: &Entity{ID: "syn1"}, Annotations: &Annotations{Annotations: map[string]AnnotationValue{}},
		Permissions: &Permissions{}, BenefactorACL: &ACL{}, RestrictionInformation: &RestrictionInformation{RestrictionLevel: "OPEN"},
	}
	if got := b.lacksOf(all); got != "" {
		t.Errorf("a whole bundle lacks %s", got)
	}
	if got := (Bundle{}).lacksOf(BundleRequest{IncludeFileHandles: true, IncludeActivity: true}); got != "" {
		t.Errorf("a bundle of what may not be there lacks %s", got)
	}
	for want, edit := range map[string]func(*Bundle){
		"entity": func(b *Bundle) { b.Entity = nil }, "id": func(b *Bundle) { b.Entity = &Entity{} },
		"annotations":            func(b *Bundle) { b.Annotations = nil },
		"permissions":            func(b *Bundle) { b.Permissions = nil },
		"benefactorAcl":          func(b *Bundle) { b.BenefactorACL = nil },
		"restrictionInformation": func(b *Bundle) { b.RestrictionInformation = nil },
		"restrictionLevel":       func(b *Bundle) { b.RestrictionInformation = &RestrictionInformation{} },
	} {
		less := b
		edit(&less)
		if got := less.lacksOf(all); got != want {
			t.Errorf("lacks %q, want %q", got, want)
		}
	}
}

// A list in pages is whole, or an error.
func TestOffsetPages(t *testing.T) {
	tests := []struct {
		name  string
		pages [][]int
		total int64
		want  int
		err   error
	}{
		{"one page", [][]int{{1}}, 1, 1, nil},
		{"none", [][]int{{}}, 0, 0, nil},
		{"full pages", [][]int{{1, 2, 3}, {4, 5, 6}, {}}, 0, 6, nil},
		{"short pages of many", [][]int{{1, 2}, {3, 4}, {5}}, 5, 5, nil},
		{"no total", [][]int{{1, 2, 3}, {4}}, 0, 4, nil},
		{"an empty page too early", [][]int{{1, 2, 3}, {}}, 4, 0, ErrNotSynapse},
		{"the offset is not heeded", [][]int{{1, 2, 3}, {1, 2, 3}, {1, 2, 3}, {1, 2, 3}, {}}, 0, 0, paging.ErrCircle},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := 0
			all, err := offsetPages(3, func(int) ([]int, int64, error) {
				n++
				return tt.pages[n-1], tt.total, nil
			}, func(v int) string { return fmt.Sprint(v) })
			if len(all) != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("%v, %v; want %d, %v", all, err, tt.want, tt.err)
			}
		})
	}
}
