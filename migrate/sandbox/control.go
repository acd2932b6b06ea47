package sandbox

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"synapse-migrate/migrate/sandbox/describe"
	"synapse-migrate/synapse/emulator"
)

// handler is Synapse, with the sandbox's own endpoints beside it. Synapse
// must see every other path as it was sent, which http.ServeMux would clean.
func (s *Sandbox) handler() http.Handler {
	own := s.controls()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == describe.PathDescription ||
			strings.HasPrefix(r.URL.Path, describe.PathDescription+"/") {
			own.ServeHTTP(w, r)
			return
		}
		s.synapse.ServeHTTP(w, r)
	})
}

// controls are the sandbox's own endpoints.
func (s *Sandbox) controls() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+describe.PathDescription, answer(func() any { return s.description }))
	mux.HandleFunc("GET "+describe.PathSnapshot, answer(func() any { return s.synapse.Snapshot() }))
	mux.HandleFunc("GET "+describe.PathCalls, answer(func() any {
		return describe.Calls(s.synapse.CallStats())
	}))
	mux.HandleFunc("DELETE "+describe.PathCalls, act(s.synapse.ResetCalls))
	mux.HandleFunc("GET "+describe.PathS3, answer(func() any { return s.s3Counts() }))
	mux.HandleFunc("DELETE "+describe.PathS3, act(s.resetS3Counts))
	mux.HandleFunc("POST "+describe.PathFaults, take(func(f describe.Fault) error {
		s.synapse.InjectFault(emulator.Fault(f))
		return nil
	}))
	mux.HandleFunc("DELETE "+describe.PathFaults, act(s.synapse.ClearFaults))
	mux.HandleFunc("POST "+describe.PathThrottle, take(func(t describe.Throttle) error {
		s.synapse.SetThrottle(t.On)
		return nil
	}))
	mux.HandleFunc("POST "+describe.PathStatus, take(s.setStatus))
	mux.HandleFunc("POST "+describe.PathTokenLife, take(func(l describe.TokenLife) error {
		s.setTokenLife(l.Life)
		return nil
	}))
	mux.HandleFunc("GET "+describe.PathProject, answer(func() any { return s.samples.Load() }))
	mux.HandleFunc("POST "+describe.PathProject, s.postProject)
	return mux
}

// postProject makes a sample project.
func (s *Sandbox) postProject(w http.ResponseWriter, r *http.Request) {
	var request describe.SampleRequest
	decoder := json.NewDecoder(io.LimitReader(r.Body, maxControlBytes))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&request); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	made, err := s.addSample(r.Context(), request)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answer(func() any { return made })(w, r)
}

func (s *Sandbox) setStatus(status describe.Status) error {
	switch set := emulator.Status(status.Status); set {
	case emulator.StatusReadWrite, emulator.StatusReadOnly, emulator.StatusDown:
		s.synapse.SetStatus(set, status.Message)
		return nil
	}
	return fmt.Errorf("unknown status %q", status.Status)
}

// answer sends a document.
func answer(document func() any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(document())
	}
}

// act does something and answers 204.
func act(do func()) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		do()
		w.WriteHeader(http.StatusNoContent)
	}
}

// maxControlBytes bounds a document that is sent to the sandbox.
const maxControlBytes = 1 << 20

// take reads a document, does something with it and answers 204, or 400
// for one that can't be read or used.
func take[T any](do func(T) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var document T
		decoder := json.NewDecoder(io.LimitReader(r.Body, maxControlBytes))
		decoder.DisallowUnknownFields()
		err := decoder.Decode(&document)
		if err == nil {
			err = do(document)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
}
