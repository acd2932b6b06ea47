package emulator

import (
	"strings"
	"unicode/utf16"
)

// Limits of entities' texts, in UTF-16 units as the server counts
// (AllTypesValidatorImpl, NameValidation; October 2024 snapshot).
const (
	maxNameChars        = 256
	maxDescriptionChars = 1000
	maxLabelChars       = 256
	maxCommentChars     = 256
	maxAliasChars       = 64
)

func chars(s string) int { return len(utf16.Encode([]rune(s))) }

// checkRawName is the first look at a name and a description, before
// trimming.
func checkRawName(name, description string) error {
	if chars(name) > maxNameChars {
		return invalidf("Name must be %d characters or less", maxNameChars)
	}
	if chars(description) > maxDescriptionChars {
		return invalidf("Description must be %d characters or less", maxDescriptionChars)
	}
	return nil
}

// validName returns the name as it is stored, trimmed of characters up to
// U+0020 (NameValidation, October 2024 snapshot).
func validName(raw string) (string, error) {
	name := strings.TrimFunc(raw, func(r rune) bool { return r <= ' ' })
	switch {
	case name == "":
		return "", invalidf("Name cannot be only whitespace or empty string")
	case chars(name) > maxNameChars:
		return "", invalidf("Name length cannot be longer than %d characters.", maxNameChars)
	case strings.ContainsFunc(name, func(r rune) bool { return !validNameChar(r) }):
		return "", invalidf("Invalid Name: '%s'. Names may only contain: letters, numbers, spaces, "+
			"underscores, hyphens, periods, plus signs, apostrophes, and parentheses", name)
	}
	return name, nil
}

func validNameChar(r rune) bool {
	return isAlphanumeric(r) || strings.ContainsRune(",_. -+()'", r)
}

func isAlphanumeric(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

func checkAlias(alias string) error {
	if strings.ContainsFunc(alias, func(r rune) bool { return !isAlphanumeric(r) && r != '_' }) {
		return invalidf("Aliases can only have letters (a-z and A-Z), digits (0-9) and underscores (_)")
	}
	if len(alias) > maxAliasChars {
		return invalidf("Data truncation: Data too long for column 'ALIAS' at row 1")
	}
	return nil
}

func checkVersionTexts(body entityBody) error {
	if chars(body.VersionComment) > maxCommentChars {
		return invalidf("Version comment length exceeds %d.", maxCommentChars)
	}
	if chars(body.VersionLabel) > maxLabelChars {
		return invalidf("Data truncation: Data too long for column 'LABEL' at row 1")
	}
	return nil
}
