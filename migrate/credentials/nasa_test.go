package credentials

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"synapse-migrate/migrate/config"
)

// TestNASAsExamples reads the examples of /s3credentials as they stand in
// NASA's documentation: TEA's (github.com/asfadmin/thin-egress-app,
// docs/s3access.md) and Cumulus's (github.com/nasa/cumulus-distribution-api,
// content/s3credentials.md), both read in November 2026. The example of an
// event is a test of the package object.
func TestNASAsExamples(t *testing.T) {
	t.Setenv("JWT", "<your jwt token>")
	t.Setenv("BEARER", "ReplaceWithTheToken")
	tests := []struct {
		name, file string
		given      config.S3Credentials
		header     http.Header
		token      string // how the session token begins
	}{
		{"TEA", "testdata/nasa/tea.json",
			config.S3Credentials{AppName: "my-application", Cookie: config.Env("JWT")},
			http.Header{"App-Name": {"my-application"}, "Cookie": {"asf-urs=<your jwt token>"}},
			"LONGSTRINGOFCHARACTERS.../HJLg"},
		{"Cumulus", "testdata/nasa/cumulus.json",
			config.S3Credentials{Token: config.Env("BEARER")},
			http.Header{"App-Name": {"migrate"}, "Authorization": {"Bearer ReplaceWithTheToken"}},
			"LONGSTRINGOFCHARACTERSnBeo"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			body, err := os.ReadFile(tt.file)
			if err != nil {
				t.Fatal(err)
			}
			tt.given.URL = "https://your-tea-host/s3credentials"
			s := &script{answers: []answer{{status: 200, body: string(body)}}}
			p, err := S3Credentials(tt.given, &http.Client{Transport: s})
			if err != nil {
				t.Fatal(err)
			}
			c, err := p.Retrieve(t.Context())
			if err != nil || c.AccessKeyID != "AKIAIOSFODNN7EXAMPLE" || !strings.HasPrefix(c.SessionToken, tt.token) ||
				c.SecretAccessKey != "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" || !c.CanExpire || c.Expires.Second() == 0 {
				t.Errorf("got %s expiring %s, %v", c.AccessKeyID, c.Expires, err)
			}
			for name, want := range tt.header {
				if got := s.asked[0].Header.Get(name); got != want[0] {
					t.Errorf("%s: got %q, want %q", name, got, want[0])
				}
			}
		})
	}
}
