package bench

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParsePeers(t *testing.T) {
	got, err := ParsePeers(" mc=/b/mc s5cmd=/b/s5cmd\taws=/usr/bin/aws ")
	want := []Peer{{"s5cmd", "/b/s5cmd"}, {"mc", "/b/mc"}, {"aws", "/usr/bin/aws"}}
	if diff := cmp.Diff(got, want); err != nil || diff != "" {
		t.Errorf("error %v, peers (-got +want):\n%s", err, diff)
	}
	for _, bad := range []string{"s3cmd=/b/s3cmd", "mc", "mc="} {
		if _, err := ParsePeers(bad); !errors.Is(err, ErrPeer) {
			t.Errorf("%q: got %v, want %v", bad, err, ErrPeer)
		}
	}
}

// TestPeersCommandLines holds what every peer must keep to: the work names
// its buckets and the secret is in the environment alone.
func TestPeersCommandLines(t *testing.T) {
	site := Site{
		Endpoint: "http://127.0.0.1:9000", Region: "here", AccessKeyID: "key", Secret: "hidden",
		Folder: "/folder", Scratch: "/scratch", Path: "/bin",
	}
	for name := range peers {
		p := Peer{name, "/b/" + name}
		for work, steps := range map[string]func() ([]Step, error){
			"copy":   func() ([]Step, error) { return p.Copy(site, "from", "to") },
			"stream": func() ([]Step, error) { return p.Stream(site, "from", "to") },
			"list":   func() ([]Step, error) { return p.List(site, "from") },
		} {
			t.Run(name+" "+work, func(t *testing.T) {
				list, err := steps()
				if err != nil {
					t.Fatal(err)
				}
				checkSteps(t, list, p.Program, work)
			})
		}
	}
}

func checkSteps(t *testing.T, steps []Step, program, work string) {
	t.Helper()
	var words, env string
	for _, s := range steps {
		if s.Args[0] != program {
			t.Errorf("program %q, want %q", s.Args[0], program)
		}
		words += strings.Join(s.Args, " ") + "\n"
		env += strings.Join(s.Env, "\n")
	}
	if !strings.Contains(words, "from") || strings.Contains(words, "/to") != (work != "list") &&
		strings.Contains(words, ":to") != (work != "list") {
		t.Errorf("buckets missing in %q", words)
	}
	if strings.Contains(words, "hidden") || !strings.Contains(env, "hidden") {
		t.Errorf("the secret belongs into the environment: %q", words)
	}
	if !strings.Contains(words+env, "127.0.0.1:9000") {
		t.Errorf("no endpoint in %q", words)
	}
}

func TestStreamingPeersUseTwoNames(t *testing.T) {
	for name, want := range map[string][]string{
		"mc":     {"a/from/", "b/to/"},
		"rclone": {"a:from", "b:to"},
	} {
		steps, err := Peer{name, "x"}.Stream(Site{}, "from", "to")
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range want {
			if !slices.Contains(steps[0].Args, word) {
				t.Errorf("%s: no %q in %q", name, word, steps[0].Args)
			}
		}
	}
}
