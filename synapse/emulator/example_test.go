package emulator_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"synapse-migrate/synapse/emulator"
)

// An Emulator is an http.Handler: any client of Synapse's REST API can be
// pointed at a server made of it.
func ExampleNew() {
	e := emulator.New(emulator.Options{Storage: unused{}, Bucket: "synapse", Throttle: true})
	server := httptest.NewServer(e)
	defer server.Close()
	user := e.AddUser(emulator.User{Name: "curator", Certified: true})
	token := e.AddToken(user, nil, 0)

	r, err := http.NewRequest("GET", server.URL+"/repo/v1/userProfile", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	r.Header.Set("Authorization", "Bearer "+token)
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer w.Body.Close()
	_, _ = io.Copy(io.Discard, w.Body)
	fmt.Println(w.StatusCode, e.Calls())
	// Output: 200 map[GET /repo/v1/userProfile:1]
}
