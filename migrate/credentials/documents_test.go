package credentials

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awscredentials "github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"synapse-migrate/migrate/config"
	"synapse-migrate/migrate/document"
)

// What a proxy or a login sends with the status of success is no answer of
// STS, and asking again may help.
func TestSTSAnswersThatAreNone(t *testing.T) {
	answer := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(answer))
	}))
	t.Cleanup(server.Close)
	keys := NewRenewing("keys", awscredentials.NewStaticCredentialsProvider("AKID", "SECRET", ""), Options{})
	client := sts.New(sts.Options{
		Region: defaultSTSRegion, Credentials: keys, BaseEndpoint: &server.URL, APIOptions: documents,
		Retryer: aws.NopRetryer{},
	})
	role, err := AssumeRole(client, RoleOptions{ARN: "arn:aws:iam::1:role/r"})
	if err != nil {
		t.Fatal(err)
	}
	federated, err := federationToken(client, federationOptions{Policy: "{}"})
	if err != nil {
		t.Fatal(err)
	}
	for name, provider := range map[string]aws.CredentialsProvider{"AssumeRole": role, "GetFederationToken": federated} {
		for _, answer = range []string{
			"<!DOCTYPE html><html></html>", "", "<ListBucketResult/>", "<" + name + "Response>",
			"<" + name + "Response><" + name + "Result></" + name + "Result></" + name + "Response>",
		} {
			_, err := NewRenewing("it", provider, Options{}).Retrieve(t.Context())
			if err == nil {
				t.Errorf("%s: %q was taken for credentials", name, answer)
			}
			var refused *RefusedError
			if other := !strings.HasPrefix(answer, "<"+name); errors.Is(err, document.ErrOther) != other ||
				other && (!errors.As(err, &refused) || !refused.Temporary()) {
				t.Errorf("%s: %q: %v", name, answer, err)
			}
		}
	}
	answer = "<GetCallerIdentityResponse><GetCallerIdentityResult/></GetCallerIdentityResponse>"
	if who, err := Identity(t.Context(), keys, config.STSEndpoint{Endpoint: server.URL}, AWS{}); err == nil {
		t.Errorf("%q: got %q, want an error", answer, who)
	}
}
