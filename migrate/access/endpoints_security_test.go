package access

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"synapse-migrate/migrate/credentials"
)

func TestS3EndpointsAreEncrypted(t *testing.T) {
	nobody := Principal{Credentials: credentials.NewRenewing("nobody", aws.AnonymousCredentials{}, credentials.Options{})}
	tests := []struct {
		endpoint  string
		allow, ok bool
	}{
		{"", false, true},
		{"https://s3.example.org", false, true},
		{"http://127.0.0.1:9000", false, true},
		{"http://localhost:9000", false, true},
		{"http://[::1]:9000", false, true},
		{"http://s3.example.org", false, false},
		{"http://s3.example.org", true, true},
		{"HTTP://s3.example.org", false, false},
		{"http://169.254.169.254", false, false},
		{"http://localhost.example.org", false, false},
		{"http://127.0.0.1@s3.example.org", false, false},
	}
	for _, tt := range tests {
		t.Run(tt.endpoint, func(t *testing.T) {
			o := New(Options{AllowPlainHTTP: tt.allow})
			_, err := o.Open(t.Context(), Way{Bucket: "b", Endpoint: tt.endpoint, Region: "r", Principal: nobody})
			if errors.Is(err, ErrPlainHTTP) == tt.ok || (err == nil) != tt.ok {
				t.Errorf("got %v, may be used: %v", err, tt.ok)
			}
		})
	}
}
