package credentials

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"synapse-migrate/migrate/wholefile"
)

// profileName is what a profile may be called that is written.
var profileName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}$`)

// Why a profile isn't written.
var (
	ErrForeignProfile = errors.New("a profile of that name is there already, and migrate did not write it")
	errBusyConfig     = errors.New("another program keeps writing this file")
)

// ProcessProfile is a profile that has the AWS tools call this program for
// credentials, as it stands in their file.
type ProcessProfile struct {
	// Name is the profile's.
	Name string
	// Process is the command that prints the credentials, credential_process.
	Process string
	// Region is the bucket's; empty writes none.
	Region string
}

// Valid reports whether a profile may have the name: letters, digits or any of
// ._@+-, 64 at most, and not default.
func (p ProcessProfile) Valid() bool {
	return profileName.MatchString(p.Name) && p.Name != defaultProfile
}

// ours matches the command of a profile that this program has written.
var ours = regexp.MustCompile(`\bcredentials syn[0-9]+ .*--format process\b`)

// Into puts a profile into the text of the AWS tools' file, which stays as it
// is everywhere else. A profile of that name is brought up to date where it is
// one of migrate's, with what people have added to it; further ones of the same
// name, as appending the profile twice makes them, are taken out.
func (p ProcessProfile) Into(text string) (string, error) {
	end := "\n"
	if strings.Contains(text, "\r\n") {
		end = "\r\n"
	}
	var out strings.Builder
	written := false
	for _, section := range sectionsOf(text) {
		name, _ := sectionName(section)
		switch {
		case name != "profile "+p.Name:
			out.WriteString(section)
		case !ours.MatchString(settingOf(section, "credential_process")):
			return "", fmt.Errorf("%w: %s", ErrForeignProfile, p.Name)
		case written:
			out.WriteString(remainder(section))
		default:
			written = true
			out.WriteString(p.updated(section, end))
		}
	}
	if !written {
		before := out.String()
		if before != "" && !strings.HasSuffix(before, "\n") {
			out.WriteString(end)
		}
		if before != "" && strings.TrimSpace(before) != "" {
			out.WriteString(end)
		}
		out.WriteString("[profile " + p.Name + "]" + end + strings.Join(p.lines(), end) + end)
	}
	return out.String(), nil
}

func (p ProcessProfile) lines() []string {
	lines := []string{"credential_process = " + p.Process}
	if p.Region != "" {
		lines = append(lines, "region = "+p.Region)
	}
	return lines
}

// sectionsOf cuts a file where sections begin; the first piece is what stands
// before them.
func sectionsOf(text string) (sections []string) {
	var at strings.Builder
	for line := range strings.Lines(text) {
		if _, begins := sectionName(line); begins {
			sections = append(sections, at.String())
			at.Reset()
		}
		at.WriteString(line)
	}
	return append(sections, at.String())
}

// keyOfLine is the setting that a line is for, empty for others.
func keyOfLine(line string) string {
	key, _, found := strings.Cut(line, "=")
	if !found || key != strings.TrimLeft(key, " \t#;[") {
		return ""
	}
	return strings.ToLower(strings.TrimSpace(key))
}

// settingOf is the value of a setting in a section.
func settingOf(section, key string) string {
	for line := range strings.Lines(section) {
		if keyOfLine(line) == key {
			_, value, _ := strings.Cut(line, "=")
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// updated is a section with the settings as they are now.
func (p ProcessProfile) updated(section, end string) string {
	var out strings.Builder
	for line := range strings.Lines(section) {
		switch keyOfLine(line) {
		case "credential_process":
			out.WriteString(strings.Join(p.lines(), end) + end)
		case "region":
			if p.Region == "" { // not known today
				out.WriteString(line)
			}
		default:
			out.WriteString(line)
		}
	}
	return out.String()
}

// remainder is what of a section is not a profile's: the comments and empty
// lines at its end, which stand before the next one.
func remainder(section string) string {
	lines := strings.SplitAfter(section, "\n")
	n := len(lines)
	for n > 0 {
		plain := strings.TrimSpace(lines[n-1])
		if plain != "" && plain[0] != '#' && plain[0] != ';' {
			break
		}
		n--
	}
	return strings.Join(lines[n:], "")
}

// Write puts a profile into the AWS tools' file: whole or not at all, with the
// mode that it has, where a link leads. It is false where nothing was to be
// changed. An error may wrap ErrForeignProfile.
func (p ProcessProfile) Write(path string) (bool, error) {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	for range 3 {
		before, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return false, err
		}
		after, err := p.Into(string(before))
		if err != nil || after == string(before) {
			return false, err
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return false, err
		}
		done, err := replaceUnchanged(path, before, []byte(after))
		if done || err != nil {
			return done, err
		}
	}
	return false, errBusyConfig
}

// replaceUnchanged replaces a file whose content is still what it was; false
// where it isn't.
func replaceUnchanged(path string, before, after []byte) (bool, error) {
	mode := fs.FileMode(0o600)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	err := wholefile.Write(path, wholefile.Options{Mode: mode, Last: func() error {
		now, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if !bytes.Equal(now, before) {
			return errBusyConfig
		}
		return nil
	}}, func(w io.Writer) error {
		_, err := w.Write(after)
		return err
	})
	if errors.Is(err, errBusyConfig) {
		return false, nil
	}
	return err == nil, err
}
