package binding

import (
	"errors"
	"strings"
	"testing"
	"time"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

func TestCanonical(t *testing.T) {
	same := [][]string{
		{"https://s3.example.org", "https://s3.example.org/", "HTTPS://S3.Example.ORG:443", " https://s3.example.org "},
		{"http://127.0.0.1:9000", "http://127.0.0.1:9000/", "HTTP://127.0.0.1:9000//"},
		{"http://h", "http://h:80/"},
		{"https://h:80"}, {"http://h:443"}, {"https://h"},
		{"https://h/s3", "https://H/s3/"}, {"https://h/S3"},
		{""},
	}
	seen := map[string]int{}
	for i, writings := range same {
		for _, w := range writings {
			if at, other := seen[canonical(w)]; other && at != i {
				t.Errorf("%q is the same as one of %q", w, same[at])
			}
			seen[canonical(w)] = i
			if got, want := canonical(w), canonical(writings[0]); got != want {
				t.Errorf("%q: got %q, want %q", w, got, want)
			}
		}
	}
}

func TestSameS3(t *testing.T) {
	tests := []struct {
		name             string
		then, now        planner.Source
		thenDest, nowAt  string
		managed          bool
		wantNow, wantThe string
	}{
		{name: "AWS"},
		{name: "written otherwise", then: planner.Source{Endpoint: "https://s3.org"},
			now: planner.Source{Endpoint: "https://S3.org:443/"}, thenDest: "http://h", nowAt: "http://h:80"},
		{name: "source elsewhere", then: planner.Source{Endpoint: "https://s3.org"}, wantThe: "source at https://s3.org",
			wantNow: "now it is at AWS"},
		{name: "destination elsewhere", thenDest: "", nowAt: "http://127.0.0.1:9", wantThe: `bucket "b" at AWS`,
			wantNow: "now it is at http://127.0.0.1:9"},
		{name: "Synapse writes, never reached", managed: true, nowAt: "http://127.0.0.1:9"},
		{name: "Synapse writes, looked at", managed: true, thenDest: "http://127.0.0.1:8", nowAt: "http://127.0.0.1:9",
			wantThe: `bucket "b" at http://127.0.0.1:8`, wantNow: "http://127.0.0.1:9"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := planner.Header{Source: tt.then,
				Destination: planner.Destination{Bucket: "b", Endpoint: tt.thenDest, Managed: tt.managed}}
			err := Ends("x.migrate", h, tt.now, planner.Destination{Bucket: "b", Endpoint: tt.nowAt})
			if tt.wantNow == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if !errors.Is(err, ErrElsewhere) || !strings.Contains(err.Error(), tt.wantThe) || !strings.Contains(err.Error(), tt.wantNow) {
				t.Errorf("got %v, want that the %s is refused, %s", err, tt.wantThe, tt.wantNow)
			}
		})
	}
}

func TestSameUser(t *testing.T) {
	made := time.Date(2026, 11, 1, 2, 3, 4, 567_000_000, time.UTC)
	then := planner.Caller{UserID: "7", UserName: "ada", CreatedOn: made}
	tests := []struct {
		name string
		then planner.Caller
		me   synapse.UserProfile
		says string
	}{
		{"the same", then, synapse.UserProfile{OwnerID: "7", CreatedOn: synapse.NewTime(made.In(time.FixedZone("x", 3600)))}, ""},
		{"another user", then, synapse.UserProfile{OwnerID: "8", CreatedOn: synapse.NewTime(made)}, "belongs to Synapse user ada"},
		{"another Synapse", then, synapse.UserProfile{OwnerID: "7", CreatedOn: synapse.NewTime(made.Add(time.Millisecond))},
			"another server"},
		{"the server doesn't say", then, synapse.UserProfile{OwnerID: "7"}, ""},
		{"the file doesn't say", planner.Caller{UserID: "7"}, synapse.UserProfile{OwnerID: "7", CreatedOn: synapse.NewTime(made)}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := planner.Header{Caller: tt.then}
			err := errors.Join(User("x.migrate", h, tt.me), Synapse("x.migrate", h, "", tt.me))
			if (err != nil) != (tt.says != "") || err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %q", err, tt.says)
			}
		})
	}
}
