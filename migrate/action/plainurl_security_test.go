package action

import (
	"strings"
	"testing"
)

func TestPresignedURLsAreEncrypted(t *testing.T) {
	tests := []struct {
		name, url string
		allow, ok bool
	}{
		{"https", "https://s3.test/k?SECRET", false, true},
		{"this machine", "http://127.0.0.1:9000/k?SECRET", false, true},
		{"this machine by name", "http://localhost/k?SECRET", false, true},
		{"this machine, IPv6", "http://[::1]/k?SECRET", false, true},
		{"plain", "http://s3.test/k?SECRET", false, false},
		{"plain, allowed", "http://s3.test/k?SECRET", true, true},
		{"metadata service", "http://169.254.169.254/latest?SECRET", false, false},
		{"like this machine", "http://localhost.test/k?SECRET", false, false},
		{"another scheme", "ftp://s3.test/k?SECRET", true, false},
		{"a file", "file:///etc/passwd?SECRET", true, false},
		{"unreadable", "http://%zz?SECRET", true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := Deps{AllowPlainHTTP: tt.allow}.mayUse(tt.url)
			if (err == nil) != tt.ok {
				t.Errorf("got %v, may be used: %v", err, tt.ok)
			}
			if err != nil && strings.Contains(err.Error(), "SECRET") {
				t.Errorf("the error %q shows the query", err)
			}
		})
	}
}
