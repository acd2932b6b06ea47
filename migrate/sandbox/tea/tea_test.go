package tea_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"synapse-migrate/migrate/sandbox/tea"
)

// assumer notes what it was asked, and gives keys.
type assumer struct {
	asked *sts.AssumeRoleInput
	err   error
}

func (a *assumer) AssumeRole(
	_ context.Context, in *sts.AssumeRoleInput, _ ...func(*sts.Options),
) (*sts.AssumeRoleOutput, error) {
	a.asked = in
	return &sts.AssumeRoleOutput{Credentials: &types.Credentials{
		AccessKeyId: aws.String("ASIA1"), SecretAccessKey: aws.String("secret"),
		SessionToken: aws.String("token"),
		Expiration:   aws.Time(time.Date(2021, 1, 27, 0, 50, 9, 0, time.UTC)),
	}}, a.err
}

func options(a tea.Assumer) tea.Options {
	return tea.Options{STS: a, RoleARN: "arn:role", Policy: "{}", Users: map[string]tea.User{
		"good": {ID: "rachel"}, "new": {ID: "new", NoTerms: true}, "shut": {ID: "shut", NoData: true},
	}}
}

func ask(h http.Handler, method, path string, headers map[string]string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestAnswers(t *testing.T) {
	tests := []struct {
		name         string
		method, path string
		headers      map[string]string
		status       int
		contentType  string
		want         string // in the body or the Location
	}{
		{"bearer", "GET", tea.Path, map[string]string{"Authorization": "Bearer good"}, 200,
			"application/json", `"expiration":"2021-01-27 00:50:09+00:00"`},
		{"lower case", "GET", tea.Path, map[string]string{"Authorization": "bearer good"}, 200,
			"application/json", `"sessionToken":"token"`},
		{"cookie", "GET", tea.Path, map[string]string{"Cookie": "asf-urs=good"}, 200,
			"application/json", `"accessKeyId":"ASIA1"`},
		{"nobody", "GET", tea.Path, nil, 302, "", "https://urs.earthdata.nasa.gov/oauth/authorize?client_id="},
		{"wrong token", "GET", tea.Path, map[string]string{"Authorization": "Bearer bad"}, 302, "",
			"state=%2Fs3credentials"},
		{"basic", "GET", tea.Path, map[string]string{"Authorization": "Basic good"}, 302, "", "response_type=code"},
		{"no terms", "GET", tea.Path, map[string]string{"Authorization": "Bearer new"}, 403,
			"application/json", `"resolution_url":"https://urs.earthdata.nasa.gov/`},
		{"no data", "GET", tea.Path, map[string]string{"Authorization": "Bearer shut"}, 403, "text/html",
			"You do not have permission to access any data."},
		{"elsewhere", "GET", "/", nil, 404, "text/html", "not found"},
		{"post", "POST", tea.Path, map[string]string{"Authorization": "Bearer good"}, 405, "application/json",
			"MethodNotAllowedError"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := ask(tea.New(options(&assumer{})), tt.method, tt.path, tt.headers)
			if w.Code != tt.status || w.Header().Get("Content-Type") != tt.contentType {
				t.Errorf("got %d %q, want %d %q", w.Code, w.Header().Get("Content-Type"), tt.status, tt.contentType)
			}
			if got := w.Body.String() + w.Header().Get("Location"); !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q in it", got, tt.want)
			}
		})
	}
}

func TestSessionOfTheRole(t *testing.T) {
	a := &assumer{}
	ask(tea.New(options(a)), "GET", tea.Path, map[string]string{
		"Authorization": "Bearer good", "app-name": "migrate",
	})
	in := a.asked
	if *in.RoleSessionName != "rachel@migrate" || *in.ExternalId != "rachel" || *in.RoleArn != "arn:role" ||
		*in.DurationSeconds != 3600 || *in.Policy != "{}" {
		t.Errorf("asked for %+v", in)
	}
}

func TestSTSOutOfOrder(t *testing.T) {
	w := ask(tea.New(options(&assumer{err: errors.New("no")})), "GET", tea.Path,
		map[string]string{"Authorization": "Bearer good"})
	var document map[string]string
	if err := json.Unmarshal(w.Body.Bytes(), &document); err != nil || w.Code != 500 ||
		document["Code"] != "InternalServerError" || len(document) != 2 {
		t.Errorf("got %d %v, %v", w.Code, document, err)
	}
}

func TestSessionName(t *testing.T) {
	tests := []struct{ user, app, want string }{
		{"rachel", "", "rachel@"},
		{"rachel", "migrate", "rachel@migrate"},
		{strings.Repeat("u", 60), "migrate", strings.Repeat("u", 60) + "@mig"},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			if got := tea.SessionName(tt.user, tt.app); got != tt.want {
				t.Errorf("got %q", got)
			}
		})
	}
}
