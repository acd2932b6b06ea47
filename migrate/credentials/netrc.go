package credentials

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"synapse-migrate/migrate/config"
)

// The way from a name and a password to a token (Earthdata Login, User Token
// Management, https://urs.earthdata.nasa.gov/documentation/for_users/user_token,
// read November 2026): it gives the user's token, or makes one.
const (
	earthdataHost   = "urs.earthdata.nasa.gov"
	earthdataTokens = "https://" + earthdataHost + "/api/users/find_or_create_token"
)

// netrcVariable names another netrc file, as it does for curl, Python's
// earthaccess and others.
const netrcVariable = "NETRC"

// earthdataToken is the token that Earthdata Login gives for the name and
// password in the netrc file. Unset says that there is no other token.
func earthdataToken(ctx context.Context, client *http.Client, unset error) (string, error) {
	path := netrcPath()
	text, err := config.File(path).Resolve()
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, config.ErrNoSecret) {
		return "", fmt.Errorf("%w: %s", unset, earthdataLogin)
	}
	if err != nil {
		return "", err
	}
	name, password := netrcEntry(text, earthdataHost)
	if name == "" || password == "" {
		return "", fmt.Errorf("%w, and %s has no name and password for %s: %s", unset, path, earthdataHost, earthdataLogin)
	}
	i, err := newIssuer(earthdataTokens, http.MethodPost, client)
	if err != nil {
		return "", err
	}
	i.login = fmt.Sprintf("the name or the password for %s in %s is wrong", earthdataHost, path)
	i.headers = func(context.Context) (http.Header, error) {
		h := http.Header{}
		h.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(name+":"+password)))
		return h, nil
	}
	body, err := i.ask(ctx)
	if err != nil {
		return "", err
	}
	var answer struct {
		Token string `json:"access_token"`
	}
	if json.Unmarshal(body, &answer) != nil || !signable(answer.Token) {
		return "", i.failed(http.StatusOK, "an answer without a token", nil, nil)
	}
	return answer.Token, nil
}

// netrcPath is where the netrc file is.
func netrcPath() string {
	if path := os.Getenv(netrcVariable); path != "" {
		return path
	}
	home, err := os.UserHomeDir()
	if err != nil {
		home = "."
	}
	if runtime.GOOS == "windows" {
		return filepath.Join(home, "_netrc")
	}
	return filepath.Join(home, ".netrc")
}

// netrcEntry is the name and password for a machine, empty where there are
// none (format: GNU inetutils, "The .netrc file", read November 2026; quotes
// and comments as curl and Python take them). An entry of the machine's own
// counts before default.
func netrcEntry(text, machine string) (name, password string) {
	words := netrcWords(text)
	type entry struct{ login, password string }
	entries := map[string]*entry{}
	var at *entry
	for i := 0; i < len(words); i++ {
		value := ""
		if i+1 < len(words) {
			value = words[i+1]
		}
		switch words[i] {
		case "default":
			at = &entry{}
			entries[""] = at
			continue
		case "machine":
			at = &entry{}
			if entries[value] == nil { // the first one counts
				entries[value] = at
			}
		case "login":
			if at != nil {
				at.login = value
			}
		case "password":
			if at != nil {
				at.password = value
			}
		case "account", "macdef":
		default:
			continue
		}
		i++
	}
	found := entries[machine]
	if found == nil {
		found = entries[""]
	}
	if found == nil {
		return "", ""
	}
	return found.login, found.password
}

// netrcWords splits a netrc file, without comments and the bodies of macros,
// which end at an empty line.
func netrcWords(text string) (words []string) {
	macro := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if macro = macro && line != ""; macro {
			continue
		}
		for line != "" && line[0] != '#' {
			var word string
			word, line = netrcWord(line)
			words = append(words, word)
			macro = macro || word == "macdef"
			line = strings.TrimSpace(line)
		}
	}
	return words
}

// netrcWord is the first word of a line, and the rest.
func netrcWord(line string) (word, rest string) {
	if line[0] != '"' {
		word, rest, _ = strings.Cut(strings.ReplaceAll(line, "\t", " "), " ")
		return word, rest
	}
	var b strings.Builder
	for i := 1; i < len(line); i++ {
		switch {
		case line[i] == '"':
			return b.String(), line[i+1:]
		case line[i] == '\\' && i+1 < len(line):
			i++
		}
		b.WriteByte(line[i])
	}
	return b.String(), ""
}
