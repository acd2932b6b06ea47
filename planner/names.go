package planner

import (
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// MaxNameChars is the longest entity name (NameValidation, October 2024
// snapshot of the server's source).
const MaxNameChars = 256

// Reasons why a text is not an entity name, for errors.Is.
var (
	ErrNameEmpty   = errors.New("name is empty")
	ErrNameLong    = errors.New("name is longer than 256 characters")
	ErrNameChars   = errors.New("name has characters that Synapse doesn't allow")
	ErrNameBlank   = errors.New("name begins or ends with a blank")
	ErrNameDots    = errors.New("name is a dot or two dots")
	errNotReplaced = errors.New("not a name that ReplaceName makes")
)

// ValidName reports why Synapse can't hold an entity under exactly this
// name; nil means that it can. Allowed are ASCII letters, digits, blanks and
// , _ . - + ( ) ' (ModelConstants.VALID_ENTITY_NAME_REGEX, October 2024
// snapshot). Two rules go beyond the server's refusals: it trims outer
// blanks silently, which would make another name of it; and it takes "." and
// "..", which lead out of the folder wherever the tree is written to disk.
func ValidName(name string) error {
	switch {
	case name == "":
		return ErrNameEmpty
	case name == "." || name == "..":
		return ErrNameDots
	case utf8.RuneCountInString(name) > MaxNameChars:
		return ErrNameLong
	case name[0] == ' ' || name[len(name)-1] == ' ':
		return ErrNameBlank
	}
	for i := range len(name) {
		if !nameByte(name[i]) {
			return fmt.Errorf("%w: byte 0x%02x at %d", ErrNameChars, name[i], i)
		}
	}
	return nil
}

// nameByte reports whether b is a character of entity names.
func nameByte(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' ||
		strings.IndexByte(" ,_.-+()'", b) >= 0
}

// escape is what ReplaceName puts in a name: the hex of replaced bytes.
var escape = regexp.MustCompile(`\(x((?:[0-9a-f]{2})*)\)`)

// ReplaceName turns any text into an entity name, so that RestoreName gets
// the text back and different texts get different names. Runs of bytes that
// a name can't hold become (x..) with their UTF-8 bytes in lower-case hex:
// "a=b" becomes "a(x3d)b", "é" becomes "(xc3a9)". The same happens to outer
// blanks, to "." and "..", and to a parenthesis that would otherwise read
// as such a replacement; an empty text becomes "(x)". Other names stay as
// they are. The result can be longer than MaxNameChars: see ValidName.
func ReplaceName(text string) string {
	if text == "" {
		return "(x)"
	}
	bad := replaced(text)
	var b strings.Builder
	for i := 0; i < len(text); {
		if !bad[i] {
			b.WriteByte(text[i])
			i++
			continue
		}
		from := i
		for i < len(text) && bad[i] {
			i++
		}
		b.WriteString("(x" + hex.EncodeToString([]byte(text[from:i])) + ")")
	}
	return b.String()
}

// replaced marks the bytes of text that ReplaceName writes in hex.
func replaced(text string) []bool {
	bad := make([]bool, len(text))
	dots := text == "." || text == ".."
	for i := range len(text) {
		bad[i] = dots || !nameByte(text[i])
	}
	for i := 0; i < len(text) && text[i] == ' '; i++ {
		bad[i] = true
	}
	for i := len(text) - 1; i >= 0 && text[i] == ' '; i-- {
		bad[i] = true
	}
	for _, at := range escape.FindAllStringIndex(text, -1) {
		bad[at[0]] = true
	}
	return bad
}

// RestoreName undoes ReplaceName. It fails for a text that ReplaceName does
// not make.
func RestoreName(name string) (string, error) {
	text := escape.ReplaceAllStringFunc(name, func(e string) string {
		b, _ := hex.DecodeString(e[2 : len(e)-1])
		return string(b)
	})
	if ReplaceName(text) != name {
		return "", fmt.Errorf("restoring the name %q: %w", name, errNotReplaced)
	}
	return text, nil
}
