package credentials

import (
	"context"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"

	"synapse-migrate/migrate/config"
)

// vendingEndpoint asks any endpoint.
type vendingEndpoint struct {
	issuer
	fields answerFields
}

// vendingProvider provides what any endpoint gives that answers credentials in
// JSON. The headers' values are read anew for each call. A nil client is
// Go's own; redirects are never followed. Wrap the result in a Renewing.
func vendingProvider(o config.Vending, client *http.Client) (aws.CredentialsProvider, error) {
	if o.Method == "" {
		o.Method = http.MethodGet
	}
	i, err := newIssuer(o.URL, o.Method, client)
	if err != nil {
		return nil, fmt.Errorf("vending: %w", err)
	}
	i.login = "check the headers that the configuration names"
	i.headers = func(context.Context) (http.Header, error) { return vendingHeaders(o.Headers) }
	return vendingEndpoint{i, answerFields(o.Fields)}, nil
}

// Retrieve makes one call, and more where the endpoint is not available.
func (v vendingEndpoint) Retrieve(ctx context.Context) (aws.Credentials, error) {
	body, err := v.ask(ctx)
	if err != nil {
		return aws.Credentials{}, err
	}
	c, err := parseAnswer(body, v.fields)
	if err != nil {
		return aws.Credentials{}, v.failed(http.StatusOK, err.Error(), nil, err)
	}
	c.Source = "Vending"
	return c, nil
}

// vendingHeaders reads the headers' values.
func vendingHeaders(references map[string]config.Reference) (http.Header, error) {
	h := http.Header{}
	for name, r := range references {
		value, err := r.Resolve()
		if err != nil {
			return nil, fmt.Errorf("header %s: %w", name, err)
		}
		h.Set(name, value)
	}
	return h, sendable(h)
}
