package credentials

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"synapse-migrate/migrate/config"
)

// earthdataVariable is the environment variable that usually holds a bearer
// token of NASA's Earthdata Login.
const earthdataVariable = "EARTHDATA_TOKEN"

// earthdataLogin says how to get in.
const earthdataLogin = "put a valid token of Earthdata Login (https://urs.earthdata.nasa.gov, " +
	"Generate Token) into " + earthdataVariable + ", or your name and password there into ~/.netrc"

// cookieName is the cookie by which TEA knows who is logged in.
const cookieName = "asf-urs"

// s3CredentialsLife is how long TEA's credentials last, where an answer
// doesn't say.
const s3CredentialsLife = time.Hour

// s3Credentials asks an endpoint /s3credentials.
type s3Credentials struct{ issuer }

// S3Credentials provides what an endpoint /s3credentials gives, as NASA's
// Thin Egress App serves it (source: github.com/asfadmin/thin-egress-app,
// lambda/app.py and docs/s3access.md, read November 2026): credentials for an
// hour, for reading and listing within the region of the buckets only. The
// token is sent as a bearer token, or else the cookie as asf-urs. Without
// either, the token is that of EARTHDATA_TOKEN, or one that Earthdata Login
// gives for the name and password in the netrc file. A nil client is Go's
// own; redirects are never followed. Wrap the result in a Renewing.
func S3Credentials(o config.S3Credentials, client *http.Client) (aws.CredentialsProvider, error) {
	if o.AppName == "" {
		o.AppName = config.DefaultAppName
	}
	if !config.ValidAppName(o.AppName) {
		return nil, fmt.Errorf("s3credentials: the app name must be %s", config.AppNameWords)
	}
	i, err := newIssuer(o.URL, http.MethodGet, client)
	if err != nil {
		return nil, fmt.Errorf("s3credentials: %w", err)
	}
	if o.Token.IsZero() {
		o.Token = config.Env(earthdataVariable)
	}
	i.login = earthdataLogin
	if o.Token != config.Env(earthdataVariable) || !o.Cookie.IsZero() {
		i.login = "what is configured as its token or cookie is not valid; " + earthdataLogin
	}
	i.headers = func(ctx context.Context) (http.Header, error) {
		return earthdataHeaders(ctx, o, client)
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
	c, err := parseAnswer(body, answerFields{})
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
func earthdataHeaders(ctx context.Context, o config.S3Credentials, client *http.Client) (http.Header, error) {
	h := http.Header{}
	h.Set("app-name", o.AppName)
	if !o.Cookie.IsZero() {
		cookie, err := o.Cookie.Resolve()
		if err != nil {
			return nil, fmt.Errorf("no %s cookie: %w", cookieName, err)
		}
		h.Set("Cookie", cookieName+"="+cookie)
		return h, sendable(h)
	}
	token, err := o.Token.Resolve()
	if errors.Is(err, config.ErrNoSecret) && o.Token == config.Env(earthdataVariable) {
		token, err = earthdataToken(ctx, client, err)
	}
	if err != nil {
		return nil, fmt.Errorf("no bearer token: %w", err)
	}
	h.Set("Authorization", "Bearer "+token)
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
