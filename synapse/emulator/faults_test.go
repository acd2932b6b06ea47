package emulator_test

import (
	"errors"
	"io"
	"net/http"
	"testing"

	"synapse-migrate/synapse/emulator"
)

func TestFaultChoosesCalls(t *testing.T) {
	s := newSite(t)
	for _, c := range []struct {
		name  string
		fault emulator.Fault
		want  []int
	}{
		{"once", emulator.Fault{}, []int{502, 200, 200}},
		{"twice after one", emulator.Fault{Skip: 1, Count: 2}, []int{200, 502, 502, 200}},
		{"always", emulator.Fault{Count: -1}, []int{502, 502, 502}},
		{"other method", emulator.Fault{Method: "PUT"}, []int{200}},
		{"endpoint", emulator.Fault{PathPattern: "/repo/v1/entity/{id}"}, []int{502, 200}},
		{"path", emulator.Fault{PathPattern: "/repo/v1/entity/" + s.project}, []int{502, 200}},
		{"prefix", emulator.Fault{PathPattern: "/repo/v1/*"}, []int{502, 200}},
		{"other path", emulator.Fault{PathPattern: "/repo/v1/entity"}, []int{200}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := s.in(t)
			c.fault.Status, c.fault.Reason = 502, "broken"
			s.InjectFault(c.fault)
			defer s.ClearFaults()
			for i, want := range c.want {
				a := s.do(s.owner, "GET", "/repo/v1/entity/"+s.project, nil)
				if a.status != want || want == 502 && a.str("reason") != "broken" {
					t.Errorf("call %d: %d %s, want %d", i, a.status, a.text, want)
				}
			}
		})
	}
}

func TestFaultsCutConnections(t *testing.T) {
	for _, c := range []struct {
		name     string
		fault    emulator.Fault
		executed bool
	}{
		{"lost request", emulator.Fault{LoseRequest: true}, false},
		{"lost reply", emulator.Fault{LoseReply: true}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t)
			s.InjectFault(c.fault)
			r, err := http.NewRequestWithContext(t.Context(), "DELETE", s.url+"/repo/v1/entity/"+s.project, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+s.owner.token)
			w, err := http.DefaultClient.Do(r)
			if err == nil {
				w.Body.Close()
				t.Error("the call was answered")
			}
			got := s.do(s.owner, "GET", "/repo/v1/entity/"+s.project, nil).status
			if gone := got == http.StatusNotFound; gone != c.executed {
				t.Errorf("the entity answers %d; executed should be %t", got, c.executed)
			}
		})
	}
}

func TestCutBodyEndsEarly(t *testing.T) {
	s := newSite(t)
	s.InjectFault(emulator.Fault{CutBody: true})
	r, err := http.NewRequestWithContext(t.Context(), "GET", s.url+"/repo/v1/entity/"+s.project, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.owner.token)
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Body.Close()
	if _, err := io.ReadAll(w.Body); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("reading the body: %v, want an unexpected end", err)
	}
}
