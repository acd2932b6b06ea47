package choose

import (
	"strings"
	"unicode/utf8"

	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
)

// OriginalKeyAnnotation is the annotation that holds the key of an item
// whose names were replaced.
const OriginalKeyAnnotation = "originalKey"

// maxAnnotationChars is what the STRING values of one annotation hold
// together (AnnotationsV2Utils, October 2024 snapshot).
const maxAnnotationChars = 500

// KeyPath is the way of names that a key becomes.
type KeyPath struct {
	// Relative is the key after the last slash of the source prefix.
	Relative string
	// Names are those of the folders and of the file, outermost first.
	// Where Rule is set they may be unfit.
	Names []string
	// Replaced is true when a name differs from its segment.
	Replaced bool
	// Rule is the rule that the key breaks; empty when there is none.
	Rule planner.RuleID
}

// Folders are the names but the last.
func (p KeyPath) Folders() []string { return p.Names[:len(p.Names)-1] }

// Name is the file's name.
func (p KeyPath) Name() string { return p.Names[len(p.Names)-1] }

// PathOf turns a key into a path below the destination. Different keys
// below one prefix become different paths, under either policy.
func PathOf(key, prefix string, policy planner.NamesPolicy) KeyPath {
	p := KeyPath{Relative: planner.RelativeKey(key, prefix)}
	p.Names = strings.Split(p.Relative, "/")
	if !utf8.ValidString(key) {
		p.Rule = rules.NamesNotUTF8
		return p
	}
	for i, segment := range p.Names {
		if policy == planner.NamesReplace {
			p.Names[i] = planner.ReplaceName(segment)
			p.Replaced = p.Replaced || p.Names[i] != segment
		}
		if err := planner.ValidName(p.Names[i]); err != nil && p.Rule == "" {
			p.Rule = rules.NameRule(err)
		}
	}
	return p
}

// Annotations keep the key of an item whose names were replaced, unless it
// is too long; the file handle has it in any case.
func Annotations(key string, p KeyPath) map[string]string {
	if !p.Replaced || utf8.RuneCountInString(key) > maxAnnotationChars {
		return nil
	}
	return map[string]string{OriginalKeyAnnotation: key}
}
