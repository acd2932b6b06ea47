package synapse

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestRealm(t *testing.T) {
	const other = `{"realmId":"7","anonymousUser":"71","publicGroup":"72","authenticatedUsers":"73"}`
	tests := []struct {
		name   string
		status int
		body   string
		want   Realm
		failed string
	}{
		{"another realm", 200, other, Realm{Public: 72, AuthenticatedUsers: 73, Anonymous: 71}, ""},
		{"a server without realms", 404, `{"reason":"GET was not found."}`, DefaultRealm(), ""},
		{"another answer", 200, `{"publicGroup":"72","authenticatedUsers":"x","anonymousUser":"1"}`, Realm{}, "reading the principals"},
		{"no right to ask", 403, `{"reason":"no"}`, Realm{}, "403 no"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/repo/v1/realm/principals" {
					t.Errorf("asked %s", r.URL.Path)
				}
				w.WriteHeader(tt.status)
				_, _ = w.Write([]byte(tt.body))
			}))
			defer server.Close()
			c, err := New(Options{Token: "t", Endpoint: server.URL})
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.Realm(context.Background())
			if got != tt.want || (err == nil) != (tt.failed == "") || err != nil && !strings.Contains(err.Error(), tt.failed) {
				t.Errorf("got %v, %v; want %v, %q", got, err, tt.want, tt.failed)
			}
		})
	}
}

// TestErrorCodes: an errorCode has its error beside that of the status.
func TestErrorCodes(t *testing.T) {
	for _, tt := range []struct {
		e    Error
		is   []error
		isnt []error
	}{
		{Error{Status: 403, Code: CodeTwoFactor}, []error{ErrTwoFactor, ErrForbidden}, []error{ErrStorageLimit}},
		{Error{Status: 400, Code: CodeStorageLimit}, []error{ErrStorageLimit}, []error{ErrTwoFactor, ErrForbidden}},
		{Error{Status: 403}, []error{ErrForbidden}, []error{ErrTwoFactor}},
	} {
		for _, target := range tt.is {
			if !errors.Is(&tt.e, target) {
				t.Errorf("%v is not %v", &tt.e, target)
			}
		}
		for _, target := range tt.isnt {
			if errors.Is(&tt.e, target) {
				t.Errorf("%v is %v", &tt.e, target)
			}
		}
	}
}
