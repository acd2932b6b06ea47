// Package sts is an AWS Security Token Service for the sandbox: the query API
// with AssumeRole, GetFederationToken and GetCallerIdentity. It checks callers'
// signatures, and its answers, error codes and limits are those of AWS. All
// sessions can be made short-lived, to rehearse their expiry.
//
// Not included: the actions with SAML or web identities, session tags (accepted
// and ignored), multi-factor codes and managed policies (refused), presigned
// calls. A trust policy is a list of user ARNs.
package sts

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/rs/zerolog"

	"synapse-migrate/migrate/sandbox/identity"
)

// apiVersion is the only version of the query API.
const apiVersion = "2011-06-15"

// maxRequestBytes bounds a request; AWS's largest parameter has 2 KiB.
const maxRequestBytes = 64 << 10

// Options say how to serve. Identity is required.
type Options struct {
	Identity *identity.Store
	// Region is what requests must be signed for; empty is us-east-1.
	Region string
	// LongestLife cuts every session short, whoever asks; 0 or nil doesn't.
	LongestLife func() time.Duration
	Logger      zerolog.Logger
}

// Handler is the STS endpoint. It is safe for concurrent use.
type Handler struct{ options Options }

// New returns an endpoint.
func New(o Options) *Handler {
	if o.Region == "" {
		o.Region = "us-east-1"
	}
	if o.LongestLife == nil {
		o.LongestLife = func() time.Duration { return 0 }
	}
	return &Handler{o}
}

// ServeHTTP answers one call.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	result, action, err := h.answer(r)
	if err != nil {
		var refused *refusal
		if !errors.As(err, &refused) {
			refused = refuse(http.StatusInternalServerError, "InternalFailure", "%v", err)
		}
		h.options.Logger.Debug().Str("action", action).Str("code", refused.Code).Msg("sts refused")
		writeRefusal(w, refused)
		return
	}
	writeResult(w, action, result)
}

func (h *Handler) answer(r *http.Request) (result any, action string, err error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRequestBytes+1))
	if err != nil || len(body) > maxRequestBytes {
		return nil, "", refuse(http.StatusRequestEntityTooLarge, "RequestEntityTooLarge",
			"The request is too large.")
	}
	caller, err := authenticate(h.options.Identity, h.options.Region, r, body)
	if err != nil {
		return nil, "", err
	}
	form, err := parameters(r, body)
	if err != nil {
		return nil, "", err
	}
	action = form.Get("Action")
	result, err = h.act(caller, action, form)
	return result, action, err
}

// parameters are those of the query and of the form in the body.
func parameters(r *http.Request, body []byte) (url.Values, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "MalformedQueryString", "%v", err)
	}
	for name, values := range r.URL.Query() {
		form[name] = append(form[name], values...)
	}
	return form, nil
}

func (h *Handler) act(caller identity.Principal, action string, form url.Values) (any, error) {
	version := form.Get("Version")
	if version == apiVersion {
		switch action {
		case "AssumeRole":
			return h.assumeRole(caller, form)
		case "GetFederationToken":
			return h.federate(caller, form)
		case "GetCallerIdentity":
			return callerIdentity{ARN: caller.ARN, UserID: caller.UserID, Account: identity.Account}, nil
		}
	}
	return nil, refuse(http.StatusBadRequest, "InvalidAction",
		"Could not find operation %s for version %s", action, version)
}
