package main

import "testing"

func TestS3EndpointsAreEncrypted(t *testing.T) {
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
			if err := (opener{allowHTTP: tt.allow}).checkTLS(tt.endpoint); (err == nil) != tt.ok {
				t.Errorf("got %v, may be used: %v", err, tt.ok)
			}
		})
	}
}
