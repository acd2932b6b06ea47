package credentials

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
)

// planted are the secrets that each provider holds in
// TestNoSecretIsWritten.
const planted = "hush-planted"

// Servers that repeat all that they were told, in every way to fail.
func echoes() map[string]http.HandlerFunc {
	told := func(r *http.Request) string {
		_ = r.ParseForm()
		return fmt.Sprint(r.Header, r.PostForm, r.URL.Query()) + planted
	}
	answer := func(status int, kind string, body func(string) string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			fmt.Fprint(w, body(told(r)))
		}
	}
	plain := func(s string) string { return s }
	field := func(name string) func(string) string {
		return func(s string) string {
			b, _ := json.Marshal(map[string]string{name: s, "accessKeyId": s, "Version": s})
			return string(b)
		}
	}
	return map[string]http.HandlerFunc{
		"refusal": answer(403, "text/plain", plain),
		"login":   answer(401, "text/html", plain),
		"bad":     answer(400, "application/json", field("message")),
		"terms": answer(403, "application/json", func(s string) string {
			return field("resolution_url")("https://a.org/" + url.PathEscape(s))
		}),
		"a page":   answer(200, "text/html", plain),
		"no JSON":  answer(200, "application/json", plain),
		"bad JSON": answer(200, "application/json", field("secretAccessKey")),
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://login.example.org/?"+planted, http.StatusFound)
		},
		"cut short": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"good": answer(200, "application/json", func(string) string {
			return `{"Version": 1, "accessKeyId": "A", "AccessKeyId": "A", "secretAccessKey": "` + planted +
				`", "SecretAccessKey": "` + planted + `", "Token": "` + planted +
				`", "expiration": "2099-01-01 00:00:00+00:00"}`
		}),
	}
}

// No secret of any provider stands in an error, a log of any level, or a
// printed value, whatever a server answers.
func TestNoSecretIsWritten(t *testing.T) {
	noAWS(t, "")
	t.Setenv("A", "AKID")
	t.Setenv("B", planted+"-static")
	t.Setenv(earthdataVariable, planted+"-earthdata")
	t.Setenv("HEADER", "Bearer "+planted+"-header")
	t.Setenv(containerToken, planted+"-container")
	for name, handler := range echoes() {
		service := httptest.NewServer(handler)
		defer service.Close()
		t.Setenv(containerFull, service.URL)
		at := "sts-endpoint: '" + service.URL + "', source: " + keysByEnv + "}"
		for _, provider := range []string{
			"{kind: s3credentials, url: '" + service.URL + "'}",
			"{kind: s3credentials, url: '" + service.URL + "', cookie: env:B}",
			"{kind: vending, url: '" + service.URL + "', headers: {Authorization: env:HEADER}, method: POST}",
			"{kind: instance}",
			"{kind: assume-role, role-arn: '" + testARN + "', external-id: env:B, " + at,
			"{kind: federation-token, " + at,
			"{kind: process, command: 'printf " + planted + "'}",
			"{kind: process, command: 'exit 1 # " + planted + "'}",
		} {
			kind := rule(t, provider).Credentials.Kind
			t.Run(name+" "+string(kind), func(t *testing.T) { writesNothing(t, provider) })
		}
	}
}

func writesNothing(t *testing.T, provider string) {
	var written bytes.Buffer
	r, _, err := FromRule(t.Context(), rule(t, provider), Deps{
		Needs: []Need{{Bucket: "lab", Read: true}},
		Options: Options{
			Logger:  zerolog.New(&written).Level(zerolog.TraceLevel),
			Timeout: 100 * time.Millisecond, // no more than the first of many attempts
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	c, err := r.Retrieve(t.Context())
	if err == nil {
		err = r.Refresh(t.Context(), c) // the same ones again
	}
	fmt.Fprintf(&written, "\n%v %+v %#v %s", r, r, r, r.Name())
	for ; err != nil; err = errors.Unwrap(err) {
		fmt.Fprintf(&written, "\n%v %+v", err, err)
	}
	if strings.Contains(written.String(), planted) {
		t.Errorf("a secret is in\n%s", written.String())
	}
}
