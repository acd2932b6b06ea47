package credentials

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"synapse-migrate/migrate/config"
)

func TestNetrcEntry(t *testing.T) {
	tests := []struct{ name, text, login, password string }{
		{"one line", "machine urs.earthdata.nasa.gov login rachel password hush", "rachel", "hush"},
		{"lines", "machine urs.earthdata.nasa.gov\n\tlogin rachel\n\tpassword hush\n", "rachel", "hush"},
		{"among others", "machine a login x password y\n" +
			"machine urs.earthdata.nasa.gov login rachel account z password hush\n" +
			"machine b login x password y", "rachel", "hush"},
		{"the first", "machine urs.earthdata.nasa.gov login rachel password hush\n" +
			"machine urs.earthdata.nasa.gov login x password y", "rachel", "hush"},
		{"default", "machine a login x password y\ndefault login rachel password hush", "rachel", "hush"},
		{"before default", "default login x password y\nmachine urs.earthdata.nasa.gov login rachel password hush",
			"rachel", "hush"},
		{"quotes", `machine urs.earthdata.nasa.gov login rachel password "hush \"hush\" # hush"`, "rachel",
			`hush "hush" # hush`},
		{"comments", "# machine urs.earthdata.nasa.gov login x password y\n" +
			"machine urs.earthdata.nasa.gov login rachel password hush # mine", "rachel", "hush"},
		{"macros", "macdef init\nmachine urs.earthdata.nasa.gov login x password y\n\n" +
			"machine urs.earthdata.nasa.gov login rachel password hush", "rachel", "hush"},
		{"CRLF", "machine urs.earthdata.nasa.gov\r\nlogin rachel\r\npassword hush\r\n", "rachel", "hush"},
		{"cut", "machine urs.earthdata.nasa.gov login rachel password", "rachel", ""},
		{"another machine", "machine uat.urs.earthdata.nasa.gov login x password y", "", ""},
		{"empty", "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			login, password := netrcEntry(tt.text, earthdataHost)
			if login != tt.login || password != tt.password {
				t.Errorf("got %q, %q, want %q, %q", login, password, tt.login, tt.password)
			}
		})
	}
}

func FuzzNetrc(f *testing.F) {
	f.Add(`machine urs.earthdata.nasa.gov login a password "b`)
	f.Add("macdef x\n\n\"\\")
	f.Fuzz(func(_ *testing.T, text string) { netrcEntry(text, earthdataHost) })
}

// TestEarthdataTokenFromNetrc asks Earthdata Login for a token with what a
// netrc file holds, before the endpoint.
func TestEarthdataTokenFromNetrc(t *testing.T) {
	const mine = "machine urs.earthdata.nasa.gov login rachel password hush-password"
	token := answer{status: 200, body: `{"access_token": "hush-token", "expiration_date": "01/27/2027"}`}
	keys := answer{status: 200, body: good}
	tests := []struct {
		name, netrc string
		mode        os.FileMode
		variable    string
		answers     []answer
		want        string // in the error; empty is none
		asked       []string
	}{
		{"netrc", mine, 0o600, "", []answer{token, keys}, "",
			[]string{"POST urs.earthdata.nasa.gov Basic cmFjaGVsOmh1c2gtcGFzc3dvcmQ=", "GET tea.example.org Bearer hush-token"}},
		{"the variable first", mine, 0o600, "hush-variable", []answer{keys}, "",
			[]string{"GET tea.example.org Bearer hush-variable"}},
		{"wrong password", mine, 0o600, "", []answer{{status: 401}}, "the name or the password for " + earthdataHost,
			[]string{"POST urs.earthdata.nasa.gov Basic cmFjaGVsOmh1c2gtcGFzc3dvcmQ="}},
		{"no token", mine, 0o600, "", []answer{{status: 200, body: `{"hush": 1}`}}, "an answer without a token",
			[]string{"POST urs.earthdata.nasa.gov Basic cmFjaGVsOmh1c2gtcGFzc3dvcmQ="}},
		{"open to others", mine, 0o644, "", nil, "chmod 600", nil},
		{"of others", "machine a login b password c", 0o600, "", nil, "has no name and password for", nil},
		{"none", "", 0, "", nil, "EARTHDATA_TOKEN is not set: put a valid token", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "netrc")
			if tt.netrc != "" {
				if err := os.WriteFile(path, []byte(tt.netrc), tt.mode); err != nil {
					t.Fatal(err)
				}
			}
			t.Setenv(netrcVariable, path)
			t.Setenv(earthdataVariable, tt.variable)
			s := &script{answers: tt.answers}
			p, err := S3Credentials(config.S3Credentials{URL: "https://tea.example.org/s3credentials"},
				&http.Client{Transport: s})
			if err != nil {
				t.Fatal(err)
			}
			_, err = p.Retrieve(t.Context())
			switch {
			case tt.want == "" && err != nil, tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got %v, want %q", err, tt.want)
			case err != nil && (strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), "cmFj")):
				t.Errorf("a secret is in %v", err)
			}
			var asked []string
			for _, r := range s.asked {
				asked = append(asked, r.Method+" "+r.URL.Host+" "+r.Header.Get("Authorization"))
			}
			if strings.Join(asked, "\n") != strings.Join(tt.asked, "\n") {
				t.Errorf("asked %q, want %q", asked, tt.asked)
			}
			if tt.name == "wrong password" && !errors.Is(err, ErrLogin) {
				t.Errorf("got %v", err)
			}
		})
	}
}
