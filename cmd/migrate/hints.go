package main

import (
	"context"
	"errors"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/credentials"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/auth"
)

// hints say what to do next, by what went wrong; the first that fits is
// shown.
var hints = []struct {
	is   error
	hint string
}{
	{auth.ErrNoToken, "make a personal access token in Synapse (Account Settings) with the scopes view, download and modify; " +
		"set SYNAPSE_AUTH_TOKEN or write it to ~/.synapseConfig"},
	{synapse.ErrAnonymous, "Synapse takes you for an anonymous visitor: the token was not sent or is empty"},
	{synapse.ErrUnauthorized, "the access token is wrong, expired or revoked; make a new one in Synapse (Account Settings)"},
	{checkpoint.ErrLocked, "wait for the other process; migrate status shows how far it is"},
	{checkpoint.ErrDiskFull, "make room and give the same command again; it goes on where it stopped"},
	{credentials.ErrRefused, "renew the credentials (for example: aws sso login) and give the same command again; it goes on where it stopped"},
	{transfer.ErrCredentials, "renew the credentials and give the same command again; it goes on where it stopped"},
	{context.Canceled, "give the same command again; it goes on where it stopped"},
}

// hintFor is the next step after err; empty when there is nothing to add.
func hintFor(err error) string {
	for _, h := range hints {
		if errors.Is(err, h.is) {
			return h.hint
		}
	}
	return ""
}
