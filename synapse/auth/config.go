package auth

import (
	"errors"
	"fmt"
	"strings"

	"synapse-migrate/synapse"
)

// Sections and options of the configuration that matter here
// (synapseclient/.synapseConfig of github.com/Sage-Bionetworks/
// synapsePythonClient, develop branch, read November 2026). Sections are
// case-sensitive; options, here in lower case, are not.
const (
	sectionDefault        = "default"
	sectionAuthentication = "authentication"
	sectionEndpoints      = "endpoints"
	profilePrefix         = "profile "
	optionToken           = "authtoken"
)

// endpointOptions are the services' addresses, one host for all of them.
var endpointOptions = []string{"repoendpoint", "filehandleendpoint", "authendpoint"}

// value is the value of an option and the line it stands in, from 1.
type value struct {
	text string
	line int
}

// config is a parsed configuration: options by section.
type config struct {
	path     string
	sections map[string]map[string]value
}

// token returns the token of a profile, and the section that it stands in.
// Without a profile, an empty value says that there is none.
func (c config) token(profile string) (section string, v value, err error) {
	if profile == "" {
		for _, name := range []string{sectionDefault, sectionAuthentication} {
			if v := c.sections[name][optionToken]; v.text != "" {
				return name, v, nil
			}
		}
		return "", value{}, nil
	}
	name := profilePrefix + profile
	if profile == sectionDefault {
		name = sectionDefault
	}
	options, ok := c.sections[name]
	if !ok {
		return "", value{}, fmt.Errorf("%s: no section [%s]", c.path, name)
	}
	v = options[optionToken]
	if v.text == "" {
		return "", value{}, fmt.Errorf("%s: no %s in section [%s]", c.path, optionToken, name)
	}
	return name, v, nil
}

// errHosts is a configuration whose services are in different places.
var errHosts = errors.New("endpoints of different hosts are not supported")

// endpoint returns the base URL of the services, empty when none is named.
func (c config) endpoint() (string, error) {
	var base string
	for _, option := range endpointOptions {
		v := c.sections[sectionEndpoints][option]
		if v.text == "" {
			continue
		}
		u, err := synapse.ParseEndpoint(v.text)
		if err != nil {
			return "", fmt.Errorf("%s:%d: %w", c.path, v.line, err)
		}
		if base != "" && base != u.String() {
			return "", fmt.Errorf("%s:%d: %w", c.path, v.line, errHosts)
		}
		base = u.String()
	}
	return base, nil
}

// parseConfig reads the INI dialect of Python's RawConfigParser
// (https://docs.python.org/3/library/configparser.html, read November
// 2026): comments are whole lines, = or : end an option's name, and a line
// that is indented deeper than its option continues it. Errors name the line
// and never show it: it may hold a secret.
func parseConfig(path, text string) (config, error) {
	p := parser{config: config{path: path, sections: map[string]map[string]value{}}}
	text = strings.TrimPrefix(text, "\uFEFF")
	for i, line := range strings.Split(text, "\n") {
		p.line = i + 1
		if err := p.read(line); err != nil {
			return config{}, fmt.Errorf("%s:%d: %w", path, p.line, err)
		}
	}
	return p.config, nil
}

// parser is where the reading stands.
type parser struct {
	config
	line    int
	section string
	option  string // empty when nothing can be continued
	indent  int
}

// Errors of single lines.
var (
	errNoSection = errors.New("an option before the first [section]")
	errSyntax    = errors.New("neither a [section] nor an option = value")

	errSectionTwice = errors.New("a section of this name is there already")
	errOptionTwice  = errors.New("an option of this name is in the section already")
)

// read takes one line.
func (p *parser) read(line string) error {
	content := strings.TrimSpace(line)
	if content == "" || content[0] == '#' || content[0] == ';' {
		return nil
	}
	indent := len(line) - len(strings.TrimLeft(line, " \t\r\v\f"))
	if p.option != "" && indent > p.indent {
		v := p.sections[p.section][p.option]
		v.text = strings.TrimSpace(v.text + "\n" + content)
		p.sections[p.section][p.option] = v
		return nil
	}
	p.indent = indent
	if content[0] == '[' {
		return p.readSection(content)
	}
	return p.readOption(content)
}

// readSection takes the line that opens a section.
func (p *parser) readSection(content string) error {
	end := strings.LastIndexByte(content, ']')
	if end < 2 {
		return errSyntax
	}
	p.section, p.option = content[1:end], ""
	if _, ok := p.sections[p.section]; ok {
		return errSectionTwice
	}
	p.sections[p.section] = map[string]value{}
	return nil
}

// readOption takes a line with an option.
func (p *parser) readOption(content string) error {
	options, ok := p.sections[p.section]
	if !ok {
		return errNoSection
	}
	end := strings.IndexAny(content, "=:")
	if end <= 0 {
		return errSyntax
	}
	name := strings.ToLower(strings.TrimSpace(content[:end]))
	if _, ok := options[name]; ok {
		return errOptionTwice
	}
	options[name] = value{text: strings.TrimSpace(content[end+1:]), line: p.line}
	p.option = name
	return nil
}
