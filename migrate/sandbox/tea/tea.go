// Package tea stands in for NASA's Thin Egress App (TEA): the endpoint
// /s3credentials, which gives users who are logged in with Earthdata Login keys
// that read the data in S3 for an hour.
//
// It follows the real one (github.com/asfadmin/thin-egress-app, lambda/app.py,
// read November 2026). The session's name is USER@APP, cut at 64 characters. The
// user's name is the role's external ID. The expiration is Python's text of a
// time. A missing or wrong token is redirected to a login page. A user who hasn't
// agreed to the terms of use is refused in JSON, and one who may see no data is
// refused in HTML. The keys are real: they are a role's session from STS.
//
// Not included: the login itself, downloads, and the rule that the keys work only
// within one region.
package tea

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
)

// Path is the endpoint.
const Path = "/s3credentials"

// lifeSeconds is how long TEA asks a session to last, and cut how much it
// keeps of a session's name.
const (
	lifeSeconds = int32(3600)
	cut         = 64
)

// expirationLayout is Python's str of a time in UTC.
const expirationLayout = "2006-01-02 15:04:05-07:00"

// cookieName is the cookie of those who have logged in with a browser.
const cookieName = "asf-urs"

// Assumer gives sessions of roles; sts.Client does.
type Assumer interface {
	AssumeRole(context.Context, *sts.AssumeRoleInput, ...func(*sts.Options)) (*sts.AssumeRoleOutput, error)
}

// User is somebody with an Earthdata login.
type User struct {
	// ID is the user's name, which is the external ID by which the role is
	// assumed.
	ID string
	// NoTerms is true for one who hasn't agreed to the terms of use.
	NoTerms bool
	// NoData is true for one who may see no data.
	NoData bool
}

// Options say whom to serve and how. STS and RoleARN are required.
type Options struct {
	// STS is asked for the sessions, with TEA's own keys.
	STS     Assumer
	RoleARN string
	// Policy narrows each session down (JSON); empty doesn't.
	Policy string
	// Users are those who may log in, by bearer token or value of the cookie
	// asf-urs.
	Users map[string]User
	// LoginURL is where others are sent; empty is Earthdata Login.
	LoginURL string
}

// Handler is the endpoint. It is safe for concurrent use.
type Handler struct{ options Options }

// New returns an endpoint.
func New(o Options) *Handler {
	if o.LoginURL == "" {
		o.LoginURL = "https://urs.earthdata.nasa.gov/oauth/authorize"
	}
	return &Handler{o}
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != Path {
		page(w, http.StatusNotFound, "File not found")
		return
	}
	if r.Method != http.MethodGet {
		writeJSON(w, http.StatusMethodNotAllowed, map[string]string{
			"Code": "MethodNotAllowedError", "Message": "Unsupported method: " + r.Method,
		})
		return
	}
	user, known := h.user(r)
	switch {
	case !known:
		h.redirect(w, r)
	case user.NoTerms:
		writeJSON(w, http.StatusForbidden, map[string]any{
			"status_code": http.StatusForbidden, "error_description": "EULA Acceptance Failure",
			"resolution_url": h.options.LoginURL + "?client_id=sandbox",
		})
	case user.NoData:
		page(w, http.StatusForbidden, "You do not have permission to access any data.")
	default:
		h.vend(w, r, user)
	}
}

// user is who is logged in: the cookie comes first.
func (h *Handler) user(r *http.Request) (User, bool) {
	if c, err := r.Cookie(cookieName); err == nil {
		if user, found := h.options.Users[c.Value]; found {
			return user, true
		}
	}
	method, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(method, "bearer") {
		return User{}, false
	}
	user, found := h.options.Users[token]
	return user, found
}

// redirect sends to the login page, which leads back here.
func (h *Handler) redirect(w http.ResponseWriter, r *http.Request) {
	query := url.Values{
		"client_id": {"sandbox"}, "response_type": {"code"},
		"redirect_uri": {"http://" + r.Host + "/login"}, "state": {Path},
	}
	w.Header().Set("Location", h.options.LoginURL+"?"+query.Encode())
	w.WriteHeader(http.StatusFound)
}

// vend gives the keys.
func (h *Handler) vend(w http.ResponseWriter, r *http.Request, user User) {
	session, life := SessionName(user.ID, r.Header.Get("app-name")), lifeSeconds
	in := &sts.AssumeRoleInput{
		RoleArn: &h.options.RoleARN, RoleSessionName: &session, ExternalId: &user.ID,
		DurationSeconds: &life,
	}
	if h.options.Policy != "" {
		in.Policy = &h.options.Policy
	}
	out, err := h.options.STS.AssumeRole(r.Context(), in)
	if err != nil || out.Credentials == nil {
		// What the real one's framework makes of an exception.
		writeJSON(w, http.StatusInternalServerError, map[string]string{
			"Code": "InternalServerError", "Message": "An internal server error occurred.",
		})
		return
	}
	writeJSON(w, http.StatusOK, answer(out.Credentials))
}

// SessionName is the name of the session that a user's program gets.
func SessionName(user, app string) string {
	name := user + "@" + app
	return name[:min(len(name), cut)]
}

// answer is the document of some credentials.
func answer(c *types.Credentials) map[string]string {
	var expiration time.Time
	if c.Expiration != nil {
		expiration = c.Expiration.UTC()
	}
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	return map[string]string{
		"accessKeyId": text(c.AccessKeyId), "secretAccessKey": text(c.SecretAccessKey),
		"sessionToken": text(c.SessionToken), "expiration": expiration.Format(expirationLayout),
	}
}

func writeJSON(w http.ResponseWriter, status int, document any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(document)
}

// page answers a page for people.
func page(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	_, _ = w.Write([]byte("<!DOCTYPE html><title>Could not access data</title><p>" + text + "</p>\n"))
}
