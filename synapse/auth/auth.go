package auth

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"synapse-migrate/synapse"
)

// Environment variables that Find reads. The first is that of Synapse's own
// clients, and so is the second; the third is this program's.
const (
	EnvToken    = "SYNAPSE_AUTH_TOKEN"
	EnvProfile  = "SYNAPSE_PROFILE"
	EnvEndpoint = "SYNAPSE_ENDPOINT"
)

// ConfigName is the name of the clients' configuration in the home folder.
const ConfigName = ".synapseConfig"

// ErrNoToken is returned by Find when no place holds a token.
var ErrNoToken = errors.New("no access token")

// maxFileBytes bounds what is read of a token file or configuration.
const maxFileBytes = 1 << 20

// Options say where to look. The zero value looks into the environment and
// the home folder of the process.
type Options struct {
	// TokenFile is a file that holds a token and nothing else; empty for
	// none. It comes before everything else.
	TokenFile string
	// Profile is a profile of the configuration; empty is EnvProfile, and
	// without that the default one.
	Profile string
	// Getenv reads the environment; nil is os.Getenv.
	Getenv func(string) string
	// HomeDir holds the configuration; empty is the user's.
	HomeDir string
}

// Login is what was found.
type Login struct {
	Token synapse.Token
	// Endpoint is the service's base URL; empty for the production service.
	Endpoint string
	// Origin says where the token was found, for people.
	Origin string
	// Warnings are what should be told to the user, without a full stop.
	Warnings []string
}

// Find looks for a token in TokenFile, in the environment, and in the
// configuration: there in the profile that is asked for, or else in
// [default] and then in [authentication]. The endpoint is that of the
// environment or, whatever the token's origin, of the configuration. It
// returns ErrNoToken when there is no token; other errors name the file, and
// the line where they can.
func Find(o Options) (Login, error) {
	f := newFinder(o)
	var found Login
	var err error
	for _, place := range []func(*Login) error{f.fromFile, f.fromEnvironment, f.fromConfig} {
		if err := place(&found); err != nil {
			return Login{}, err
		}
		if found.Token != "" {
			break
		}
	}
	if found.Token == "" {
		return Login{}, fmt.Errorf("%w: looked for a token file, for %s, and into %s",
			ErrNoToken, EnvToken, f.configName())
	}
	if found.Endpoint, err = f.endpoint(); err != nil {
		return Login{}, err
	}
	if f.profile != "" && !f.usedConfig {
		found.Warnings = append(found.Warnings, fmt.Sprintf(
			"profile %q is not used: the access token comes from %s", f.profile, found.Origin))
	}
	return found, nil
}

// finder is one search.
type finder struct {
	tokenFile, profile, configPath string
	getenv                         func(string) string
	usedConfig                     bool
}

func newFinder(o Options) *finder {
	f := &finder{tokenFile: o.TokenFile, profile: o.Profile, getenv: o.Getenv}
	if f.getenv == nil {
		f.getenv = os.Getenv
	}
	if f.profile == "" {
		f.profile = strings.TrimSpace(f.getenv(EnvProfile))
	}
	home := o.HomeDir
	if home == "" {
		// Where there is no home, as in containers, there is no
		// configuration either.
		home, _ = os.UserHomeDir()
	}
	if home != "" {
		f.configPath = filepath.Join(home, ConfigName)
	}
	return f
}

// configName is where the configuration is, or would be.
func (f *finder) configName() string {
	if f.configPath == "" {
		return ConfigName + " (there is no home folder)"
	}
	return f.configPath
}

// fromFile reads the token file.
func (f *finder) fromFile(found *Login) error {
	if f.tokenFile == "" {
		return nil
	}
	text, err := readFile(f.tokenFile)
	if err != nil {
		return fmt.Errorf("reading the access token: %w", err)
	}
	if found.Token, err = token(text); err != nil {
		return fmt.Errorf("reading the access token from %s: %w", f.tokenFile, err)
	}
	found.Origin = f.tokenFile
	found.Warnings = append(found.Warnings, readableByOthers(f.tokenFile)...)
	return nil
}

// fromEnvironment reads the variable.
func (f *finder) fromEnvironment(found *Login) error {
	text := f.getenv(EnvToken)
	if strings.TrimSpace(text) == "" {
		return nil
	}
	var err error
	if found.Token, err = token(text); err != nil {
		return fmt.Errorf("reading the access token from %s: %w", EnvToken, err)
	}
	found.Origin = EnvToken
	return nil
}

// fromConfig reads the configuration, if there is one.
func (f *finder) fromConfig(found *Login) error {
	c, err := f.config()
	if err != nil {
		return err
	}
	section, value, err := c.token(f.profile)
	if err != nil || value.text == "" {
		return err
	}
	if found.Token, err = token(value.text); err != nil {
		return fmt.Errorf("%s:%d: %w", f.configPath, value.line, err)
	}
	f.usedConfig = true
	found.Origin = fmt.Sprintf("%s [%s]", f.configPath, section)
	found.Warnings = append(found.Warnings, readableByOthers(f.configPath)...)
	return nil
}

// endpoint is the service's base URL, empty when none is named.
func (f *finder) endpoint() (string, error) {
	if address := strings.TrimSpace(f.getenv(EnvEndpoint)); address != "" {
		base, err := synapse.ParseEndpoint(address)
		if err != nil {
			return "", fmt.Errorf("%s: %w", EnvEndpoint, err)
		}
		return base.String(), nil
	}
	c, err := f.config()
	if err != nil {
		return "", err
	}
	return c.endpoint()
}

// config reads the configuration; a missing file is an empty one.
func (f *finder) config() (config, error) {
	if f.configPath == "" {
		return config{path: ConfigName}, nil
	}
	text, err := readFile(f.configPath)
	if errors.Is(err, fs.ErrNotExist) {
		return config{path: f.configPath}, nil
	}
	if err != nil {
		return config{}, err
	}
	return parseConfig(f.configPath, text)
}

// errNotAToken says no more, as the text may be a part of a secret.
var errNotAToken = errors.New("this is not an access token: " +
	"expected one word of letters, digits and -._~+/=")

// token checks that text is one bearer token (RFC 6750, section 2.1).
func token(text string) (synapse.Token, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", errors.New("no access token in it")
	}
	for _, c := range []byte(text) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && !strings.ContainsRune("-._~+/=", rune(c)) {
			return "", errNotAToken
		}
	}
	return synapse.Token(text), nil
}
