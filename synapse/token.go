package synapse

import (
	"fmt"
	"io"
	"log/slog"
)

// redacted is what a secret prints as.
const redacted = "REDACTED"

// Token is a Synapse access token. It prints, formats and marshals as
// REDACTED in every form; string(t) is the secret itself.
type Token string

// String hides the token.
func (Token) String() string { return redacted }

// Format hides the token whatever the verb.
func (Token) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, redacted) }

// MarshalText hides the token in JSON, YAML and the like.
func (Token) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue hides the token in structured logs.
func (Token) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format hides the secret whatever the verb.
func (STSCredentials) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, redacted) }

// LogValue hides the secret in structured logs.
func (STSCredentials) LogValue() slog.Value { return slog.StringValue(redacted) }
