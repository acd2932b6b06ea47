package synapse

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestErrorBodies(t *testing.T) {
	tests := []struct {
		name, body, reason, code string
	}{
		{"server's",
			`{"concreteType":"org.sagebionetworks.repo.model.ErrorResponse","reason":"No."}`, "No.", ""},
		{"with a code", `{"reason":"No.","errorCode":"TWO_FA_REQUIRED"}`, "No.", "TWO_FA_REQUIRED"},
		{"throttle's", throttled, "Requests are too frequent. Allowed 600 requests every 60 seconds.", ""},
		{"OAuth",
			`{"error":"insufficient_scope","error_description":"Lacks modify","reason":"insufficient_scope. Lacks modify"}`,
			"insufficient_scope. Lacks modify", "insufficient_scope"},
		{"OAuth without a reason", `{"error":"invalid_token","error_description":"Old."}`,
			"invalid_token. Old.", "invalid_token"},
		{"OAuth without a description", `{"error":"invalid_token"}`, "invalid_token", "invalid_token"},
		{"none", "", "", ""},
		{"null", "null", "", ""},
		{"text", "Bad Gateway", "", ""},
		{"cut", `{"reason":"N`, "", ""},
		{"other types", `{"reason":{"a":1}}`, "", ""},
		{"list", `["a"]`, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			reason, code := decodeErrorBody([]byte(tt.body))
			if reason != tt.reason || code != tt.code {
				t.Errorf("reason %q, code %q; want %q, %q", reason, code, tt.reason, tt.code)
			}
		})
	}
}

func TestErrorText(t *testing.T) {
	tests := []struct {
		name string
		err  Error
		want string
	}{
		{"reason", Error{Status: 404, Reason: "Gone.", Body: "x"}, "GET /p: 404 Gone."},
		{"no reason", Error{Status: 502, Body: "<html>\n"}, `GET /p: 502 "<html>\n"`},
		{"no body", Error{Status: 504}, "GET /p: 504 Gateway Timeout"},
		{"no answer", Error{Cause: errors.New("cut")}, "GET /p: cut"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.err.Method, tt.err.Path = "GET", "/p"
			if got := tt.err.Error(); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
	long := &Error{Status: 500, Body: strings.Repeat("é", 5000)}
	if got := len(long.Error()); got > 3*maxShownBytes {
		t.Errorf("message of %d bytes", got)
	}
}

func TestErrorOfAnAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := scripted(t, reply{status: 429, body: `{"reason":"` + strings.Repeat("é", 5000), retryAfter: "601"})
		_, err := c.STSCredentials(t.Context(), "syn1", STSReadOnly)
		var e *Error
		if !errors.As(err, &e) {
			t.Fatalf("got %v, want an Error", err)
		}
		if e.Method != "GET" || e.Path != "/repo/v1/entity/syn1/sts" || e.Status != 429 {
			t.Errorf("%s %s: %d, want GET of the path without its query, 429", e.Method, e.Path, e.Status)
		}
		if e.RetryAfter != 601*time.Second {
			t.Errorf("retry after %v, want 601s", e.RetryAfter)
		}
		if len(e.Body) > maxErrorBodyBytes || len(e.Body) < maxErrorBodyBytes-4 {
			t.Errorf("%d bytes of the body kept, want %d", len(e.Body), maxErrorBodyBytes)
		}
	})
}

func TestSentinels(t *testing.T) { synctest.Test(t, errorsMatch) }

func errorsMatch(t *testing.T) {
	all := []error{ErrUnauthorized, ErrForbidden, ErrNotFound, ErrConflict, ErrStale, ErrUnknownOutcome, ErrAnonymous}
	for status, want := range map[int]error{
		401: ErrUnauthorized, 403: ErrForbidden, 404: ErrNotFound, 409: ErrConflict, 412: ErrStale,
		400: nil, 500: nil,
	} {
		c, _ := scripted(t, reply{status: status, body: `{"reason":"No."}`})
		_, err := c.Entity(t.Context(), "syn1")
		for _, target := range all {
			if got := errors.Is(err, target); got != errors.Is(target, want) {
				t.Errorf("status %d is %v: %t", status, target, got)
			}
		}
	}
}
