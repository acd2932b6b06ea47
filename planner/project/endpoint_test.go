package project

import (
	"strings"
	"testing"

	"synapse-migrate/planner"
)

func TestObjectStoresAreReachedAtTheirOwnEndpoint(t *testing.T) {
	tests := []struct {
		name, service, handle, reached string
		kept                           bool
	}{
		{"the same", planner.ServiceObjectStore, "https://s3.lab.org", "https://s3.lab.org/", true},
		{"the same port", planner.ServiceObjectStore, "https://S3.lab.org:443", "https://s3.lab.org", true},
		{"without a scheme", planner.ServiceObjectStore, "s3.lab.org", "https://s3.lab.org", true},
		{"another port", planner.ServiceObjectStore, "http://127.0.0.1:9000", "http://127.0.0.1:9001", false},
		{"another host", planner.ServiceObjectStore, "https://s3.lab.org", "https://s3.other.org", false},
		{"AWS, not there", planner.ServiceObjectStore, "https://s3.lab.org", "", false},
		{"AWS", planner.ServiceObjectStore, "https://s3.eu-west-1.amazonaws.com", "", true},
		{"a name like AWS", planner.ServiceObjectStore, "https://amazonaws.com.lab.org", "", false},
		{"AWS's own handle", planner.ServiceS3, "", "https://s3.lab.org", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			reach := planner.Reach{Endpoint: test.reached, Credentials: "keys", Readable: true, Copyable: true}
			got := atEndpoint(planner.Place{Service: test.service, Endpoint: test.handle}, reach)
			if test.kept && got != reach {
				t.Errorf("got %+v, want it as it was", got)
			}
			if !test.kept && (got.Readable || got.Copyable || !strings.Contains(got.Refusal, "configuration")) {
				t.Errorf("got %+v, want a refusal that names the configuration", got)
			}
		})
	}
}
