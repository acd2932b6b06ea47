package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"synapse-migrate/migrate"
	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/credentials"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/synapse"
)

func TestHintsNameTheNextStep(t *testing.T) {
	trash := &synapse.Error{Status: 404, Reason: "Entity syn1 is in trash can."}
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"maintenance", &synapse.Error{Status: 503}, "in maintenance"},
		{"throttled", &synapse.Error{Status: 429}, "overloaded"},
		{"no rights", &synapse.Error{Status: 403}, "scopes view, download and modify"},
		{"none of the first allowed", errors.Join(migrate.ErrAllRefused, transfer.ErrDenied), "--retry-failed"},
		{"no network", &net.OpError{Op: "dial", Err: errors.New("refused")}, "network"},
		{"broken connection", &net.OpError{Op: "read", Err: errors.New("reset")}, ""},
		{"no AWS credentials", credentials.ErrRefused, "--profile"},
		{"credentials for a folder in the trash", errors.Join(transfer.ErrCredentials, trash), "trash can"},
		{"no run file", checkpoint.ErrNotFound, "migrate bucket, project, local and urls make one"},
		{"unfinished plan", checkpoint.ErrNotSealed, "migrate resume"},
		{"no bucket", transfer.ErrNotFound, "bucket's name"},
		{"plain HTTP", synapse.ErrPlainHTTP, "--allow-plain-http"},
		{"cancelled", context.Canceled, "goes on where it stopped"},
		{"anything else", errors.New("else"), ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := hintFor(fmt.Errorf("doing it: %w", test.err))
			if !strings.Contains(got, test.want) || test.want == "" && got != "" {
				t.Errorf("got hint %q, want one with %q", got, test.want)
			}
		})
	}
}
