package sandbox

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rclone/gofakes3"
	"github.com/rclone/gofakes3/s3mem"

	"synapse-migrate/migrate/sandbox/describe"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

func TestOtherS3IsCheckedBeforeAnythingIsStarted(t *testing.T) {
	keys := describe.Keys{AccessKeyID: "a", SecretAccessKey: "b"}
	tests := []struct {
		name string
		s3   OtherS3
		life time.Duration
		ok   bool
	}{
		{"usable", OtherS3{"http://127.0.0.1:9000", keys}, 0, true},
		{"short sessions", OtherS3{"https://s3.example.org", keys}, 15 * time.Minute, true},
		{"no URL", OtherS3{"127.0.0.1:9000", keys}, 0, false},
		{"no keys", OtherS3{Endpoint: "http://127.0.0.1:9000"}, 0, false},
		{"sessions shorter than STS gives", OtherS3{"http://127.0.0.1:9000", keys}, 20 * time.Second, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.s3.check(tt.life)
			if (err == nil) != tt.ok {
				t.Errorf("got %v, want it usable: %t", err, tt.ok)
			}
			if tt.ok {
				return
			}
			_, got := Start(t.Context(), Options{S3: &tt.s3, TokenLife: tt.life})
			if got == nil || !strings.Contains(got.Error(), err.Error()) {
				t.Errorf("starting: got %v, want %v", got, err)
			}
		})
	}
}

// lives is an STS that remembers the life that was asked for.
type lives struct{ asked time.Duration }

func (l *lives) AssumeRole(
	_ context.Context, _, _ string, life time.Duration,
) (emulator.Credentials, error) {
	l.asked = life
	return emulator.Credentials{AccessKeyID: "session", SessionToken: "token"}, nil
}

func TestOtherVendor(t *testing.T) {
	tests := []struct {
		name     string
		sessions describe.Sessions
		longest  time.Duration
		want     string
		asked    time.Duration
	}{
		{"as long as asked for", describe.SessionsScoped, 0, "session", 12 * time.Hour},
		{"shorter", describe.SessionsScoped, time.Hour, "session", time.Hour},
		{"no shorter than STS gives", describe.SessionsOpen, time.Second, "session", 15 * time.Minute},
		{"no STS", describe.SessionsNone, 0, "root", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sts := &lives{}
			v := otherVendor{sts, describe.Keys{AccessKeyID: "root"}, tt.sessions, func() time.Duration { return tt.longest }}
			got, err := v.AssumeRole(t.Context(), "name", "{}", 12*time.Hour)
			if err != nil || got.AccessKeyID != tt.want || sts.asked != tt.asked {
				t.Errorf("got %q for %s, %v, want %q for %s", got.AccessKeyID, sts.asked, err, tt.want, tt.asked)
			}
		})
	}
}

// TestOtherS3 uses an S3 without STS: its keys are what Synapse gives.
func TestOtherS3(t *testing.T) {
	server := httptest.NewServer(gofakes3.New(s3mem.New()).Server())
	defer server.Close()
	keys := describe.Keys{AccessKeyID: "root", SecretAccessKey: "secret"}
	s, err := Start(t.Context(), Options{S3: &OtherS3{Endpoint: server.URL + "/", Keys: keys}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	d := s.Describe()
	if d.S3Endpoint != server.URL || d.STSEndpoint != "" || d.Sessions != describe.SessionsNone ||
		d.OwnerKeys != keys || d.ETags != "" || d.ElsewhereRegion != d.Region {
		t.Errorf("got %+v", d)
	}
	var got synapse.STSCredentials
	err = s.as(d.Owner).call(t.Context(), "GET", "/repo/v1/entity/"+d.External.ID+"/sts?permission=read_write", nil, &got)
	if err != nil || got.AccessKeyID != "root" || got.SecretAccessKey != "secret" || got.SessionToken != "" ||
		got.Bucket != d.Destination {
		t.Errorf("got credentials %+v, %v, want the keys of S3", got, err)
	}
	s.resetS3Counts()
	if got := s.s3Counts(); len(got.Principals) != 0 {
		t.Errorf("somebody else's S3 was counted: %+v", got)
	}
}
