package credentials

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"synapse-migrate/migrate/config"
)

// EarthdataVariable is the environment variable that usually holds a bearer
// token of NASA's Earthdata Login.
const EarthdataVariable = "EARTHDATA_TOKEN"

// earthdataLogin says how to get in.
const earthdataLogin = "put a valid token of Earthdata Login (https://urs.earthdata.nasa.gov, " +
	"Generate Token) into " + EarthdataVariable

// cookieName is the cookie by which TEA knows who is logged in.
const cookieName = "asf-urs"

// s3CredentialsLife is how long TEA's credentials last, where an answer
// doesn't say.
const s3CredentialsLife = time.Hour

// appName is what may stand in a role session's name (STS API reference,
// AssumeRole, November 2026). TEA puts USER@APP into it and cuts that at 64
// characters, so that a name of 32 leaves room for the user's.
var appName = regexp.MustCompile(`^[\w+=,.@-]{1,32}$`)

// s3Credentials asks an endpoint /s3credentials.
type s3Credentials struct{ issuer }

// S3Credentials provides what an endpoint /s3credentials gives, as NASA's
// Thin Egress App serves it (source: github.com/asfadmin/thin-egress-app,
// lambda/app.py, read November 2026): credentials for an hour, for reading
// and listing within the region of the buckets only. The token is sent as a
// bearer token, or else the cookie as asf-urs; without either, the token is
// that of EARTHDATA_TOKEN. A nil client is Go's own; redirects are never
// followed. Wrap the result in a Renewing.
func S3Credentials(o config.S3Credentials, client *http.Client) (aws.CredentialsProvider, error) {
	if o.AppName != "" && !appName.MatchString(o.AppName) {
		return nil, errors.New("s3credentials: the app name must be 1 to 32 letters, digits or any of _+=,.@-")
	}
	if o.Token.IsZero() && o.Cookie.IsZero() {
		o.Token = config.Env(EarthdataVariable)
	}
	i, err := newIssuer(o.URL, http.MethodGet, client)
	if err != nil {
		return nil, fmt.Errorf("s3credentials: %w", err)
	}
	i.login, i.headers = earthdataLogin, func() (http.Header, error) { return earthdataHeaders(o) }
	if !o.Token.IsZero() && o.Token != config.Env(EarthdataVariable) || !o.Cookie.IsZero() {
		i.login = "what is configured as its token or cookie is not valid; " + earthdataLogin
	}
	return s3Credentials{i}, nil
}

// Retrieve makes one call, and more where the endpoint is not available.
func (s s3Credentials) Retrieve(ctx context.Context) (aws.Credentials, error) {
	began := time.Now()
	body, err := s.ask(ctx)
	if err != nil {
		return aws.Credentials{}, err
	}
	c, err := parseAnswer(body, AnswerFields{})
	if err != nil {
		return aws.Credentials{}, s.failed(http.StatusOK, err.Error(), nil, err)
	}
	if !c.CanExpire {
		c.CanExpire, c.Expires = true, began.Add(s3CredentialsLife)
	}
	c.Source = "S3Credentials"
	return c, nil
}

// earthdataHeaders say who asks.
func earthdataHeaders(o config.S3Credentials) (http.Header, error) {
	h := http.Header{}
	if o.AppName != "" {
		h.Set("app-name", o.AppName)
	}
	if !o.Token.IsZero() {
		token, err := o.Token.Resolve()
		if err != nil {
			return nil, fmt.Errorf("no bearer token: %w: %s", err, earthdataLogin)
		}
		h.Set("Authorization", "Bearer "+token)
	}
	if !o.Cookie.IsZero() {
		cookie, err := o.Cookie.Resolve()
		if err != nil {
			return nil, fmt.Errorf("no %s cookie: %w", cookieName, err)
		}
		h.Set("Cookie", cookieName+"="+cookie)
	}
	return h, sendable(h)
}

// sendable refuses values that can't be sent, which Go would show.
func sendable(h http.Header) error {
	for name, values := range h {
		for _, v := range values {
			if strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r > '~' }) {
				return fmt.Errorf("the value for the header %s has characters that can't be sent", name)
			}
		}
	}
	return nil
}
