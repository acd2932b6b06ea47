package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"synapse-migrate/planner"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/auth"
)

// The formats of credentials.
const (
	formatProcess   = "process"
	formatEnv       = "env"
	formatJSON      = "json"
	formatAWSConfig = "aws-config"
)

// text is what the command prints.
func (c *credentialsCommand) text(
	ctx context.Context, found auth.Login, got synapse.STSCredentials, log zerolog.Logger,
) (string, error) {
	switch c.format {
	case formatEnv:
		return shellText(c.shell, got)
	case formatJSON:
		return jsonText(c.entity, synapse.STSPermission(c.permission), got)
	case formatAWSConfig:
		return c.profile(ctx, found, got, log)
	}
	return processText(got)
}

// processCredentials is what a credential_process prints (source: AWS SDKs
// and tools reference guide, process credential provider, November 2026).
type processCredentials struct {
	Version                                   int
	AccessKeyID                               string `json:"AccessKeyId"`
	SecretAccessKey, SessionToken, Expiration string
}

func processText(got synapse.STSCredentials) (string, error) {
	return document(processCredentials{
		Version: 1, AccessKeyID: got.AccessKeyID, SecretAccessKey: got.SecretAccessKey,
		SessionToken: got.SessionToken, Expiration: got.Expiration.UTC().Format(time.RFC3339),
	})
}

// credentialsDocument is --format json. Fields may be added; Format changes
// when one is taken away or means something else.
type credentialsDocument struct {
	// Format is the version of this document.
	Format int `json:"format"`
	// Entity is the ID that was asked for, Permission what for.
	Entity     string                `json:"entity"`
	Permission synapse.STSPermission `json:"permission"`
	// Location is where the credentials are good, as s3://BUCKET/BASEKEY/;
	// Bucket and BaseKey are its parts. BaseKey is empty for a whole bucket.
	Location        string `json:"location"`
	Bucket          string `json:"bucket"`
	BaseKey         string `json:"baseKey"`
	AccessKeyID     string `json:"accessKeyId"`
	SecretAccessKey string `json:"secretAccessKey"`
	SessionToken    string `json:"sessionToken"`
	// Expiration is RFC 3339, UTC.
	Expiration string `json:"expiration"`
}

func jsonText(entity string, p synapse.STSPermission, got synapse.STSCredentials) (string, error) {
	location := "s3://" + got.Bucket + "/" + planner.UnderBase(got.BaseKey, "")
	return document(credentialsDocument{
		Format: 1, Entity: entity, Permission: p,
		Location: location, Bucket: got.Bucket, BaseKey: got.BaseKey,
		AccessKeyID: got.AccessKeyID, SecretAccessKey: got.SecretAccessKey,
		SessionToken: got.SessionToken, Expiration: got.Expiration.UTC().Format(time.RFC3339),
	})
}

// document is a value as JSON, with & and < as they are.
func document(value any) (string, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(value)
	return text.String(), err
}

// The shells that --shell names.
const (
	shellSh         = "sh"
	shellFish       = "fish"
	shellPowerShell = "powershell"
	shellCmd        = "cmd"
)

// variable is one assignment.
type variable struct{ name, value string }

// variables are what the AWS tools read, and where the credentials are good.
func variables(got synapse.STSCredentials) []variable {
	return []variable{
		{"AWS_ACCESS_KEY_ID", got.AccessKeyID},
		{"AWS_SECRET_ACCESS_KEY", got.SecretAccessKey},
		{"AWS_SESSION_TOKEN", got.SessionToken},
		{"AWS_CREDENTIAL_EXPIRATION", got.Expiration.UTC().Format(time.RFC3339)},
		{"SYNAPSE_STS_BUCKET", got.Bucket},
		{"SYNAPSE_STS_BASE_KEY", got.BaseKey},
	}
}

// shellText are assignments that a shell takes as they are meant, whatever
// stands in the values.
func shellText(shell string, got synapse.STSCredentials) (string, error) {
	var text strings.Builder
	for _, v := range variables(got) {
		line, err := assignment(shell, v)
		if err != nil {
			return "", err
		}
		text.WriteString(line + "\n")
	}
	return text.String(), nil
}

// assignment is one of them. No shell is trusted with control characters,
// and cmd has no way to quote what it expands and splits at. Errors name the
// variable, and hold nothing of its value.
func assignment(shell string, v variable) (string, error) {
	if strings.ContainsFunc(v.value, isControl) {
		return "", fmt.Errorf("%s has control characters in it; use --format json", v.name)
	}
	switch shell {
	case shellFish:
		return fmt.Sprintf("set -gx %s '%s'", v.name,
			strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(v.value)), nil
	case shellPowerShell:
		return fmt.Sprintf("$Env:%s = '%s'", v.name, doubled(v.value)), nil
	case shellCmd:
		if strings.ContainsAny(v.value, "\"%!^&|<>") {
			return "", fmt.Errorf("%s can't be written for cmd; use --format json, or another --shell", v.name)
		}
		return fmt.Sprintf(`set "%s=%s"`, v.name, v.value), nil
	}
	return fmt.Sprintf("export %s=%s", v.name, quotedSh(v.value)), nil
}

// quotedSh is text in single quotes, as POSIX shells read them.
func quotedSh(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// doubled doubles what PowerShell takes for a single quote: the curly ones
// too (source: about_Quoting_Rules and the tokenizer's
// CharTraits.IsSingleQuote, November 2026).
func doubled(text string) string {
	var out strings.Builder
	for _, r := range text {
		if strings.ContainsRune("'\u2018\u2019\u201a\u201b", r) {
			out.WriteRune(r)
		}
		out.WriteRune(r)
	}
	return out.String()
}

// isControl reports whether a character could end a line or move a cursor.
func isControl(r rune) bool {
	return r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u2028' || r == '\u2029'
}
