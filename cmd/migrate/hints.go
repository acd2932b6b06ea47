package main

import (
	"context"
	"errors"
	"net"
	"net/http"

	"synapse-migrate/migrate"
	"synapse-migrate/migrate/access"
	"synapse-migrate/migrate/binding"
	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/clean"
	"synapse-migrate/migrate/credentials"
	answerdoc "synapse-migrate/migrate/document"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/migrate/wholefile"
	"synapse-migrate/planner/listing"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/auth"
)

// again is the next step after what ends by itself or by a small repair.
const again = "give the same command again; it continues where it stopped"

// inItsPlace is the next step where the answer is somebody else's.
const inItsPlace = "something else answers in its place (a proxy, a login page of the network, the address of a website): " +
	"look at the endpoint and the proxy, and " + again

// hints say what to do next, by what went wrong; the first that fits is
// shown, with the clauses that fit the command (see fitting). What Synapse said stands before the credentials that it didn't
// give because of it.
var hints = []struct {
	is   error
	hint string
}{
	{auth.ErrNoToken, "make a personal access token in Synapse (Account Settings) with the scopes view, download and modify; " +
		"set SYNAPSE_AUTH_TOKEN or write it to ~/.synapseConfig"},
	{synapse.ErrAnonymous, "Synapse takes you for an anonymous visitor: the token was not sent or is empty"},
	{synapse.ErrUnauthorized, "the access token is wrong, expired or revoked; make a new one in Synapse (Account Settings) and " + again},
	{errUnavailable, "Synapse is down, in maintenance or overloaded (status.synapse.org); wait, and " + again},
	{migrate.ErrAllRefused, "compare the credentials with those that the plan was made with (--profile, AWS_PROFILE, --config), " +
		"correct them and give migrate resume --retry-failed; --max-errors says how many items may fail"},
	{synapse.ErrTwoFactor, "Synapse serves only users with two factor authentication: switch it on in your account settings " +
		"(Security), and " + again},
	{synapse.ErrStorageLimit, "the project stores all that it may in this storage location: make room, ask Synapse for more " +
		"(Project Settings, storage), or migrate to a folder of another project, and " + again},
	{synapse.ErrForbidden, "the token needs the scopes view, download and modify; you must have accepted Synapse's terms of use, " +
		"and may create, update, delete and download in the folder"},
	{migrate.ErrDestinationGone, "restore the folder from Synapse's trash can, and " + again},
	{synapse.ErrNotFound, "look for the folder in Synapse: it may be deleted, in the trash can, or not be shared with you"},
	{listing.ErrEmpty, "look at the prefix: it is compared letter by letter, and a slash at its end matters"},
	{clean.ErrOther, "uploads of that run could be in use; move the file away if it is not a run file"},
	{synapse.ErrPlainHTTP, "--allow-plain-http sends the access token in the clear"},
	{access.ErrPlainHTTP, "--allow-plain-http sends data and temporary credentials in the clear"},
	{access.ErrNotConfigured, "name credentials for it in the configuration file (--config); --dest-credentials config wants them there"},
	{synapse.ErrNotSynapse, inItsPlace}, {answerdoc.ErrOther, inItsPlace},
	{errUnreachable, "look at the network, the proxy and the endpoint, and " + again},
	{checkpoint.ErrNotFound, "migrate bucket, project, local and urls make one; --run names one elsewhere"},
	{checkpoint.ErrForeign, "if you trust it, make a copy of your own; --run names that"},
	{checkpoint.ErrLocked, "wait for the other process; migrate status shows how far it is"},
	{checkpoint.ErrFileSystem, "keep the run file on a disk of this machine, with --run, or work in a folder there; move one " +
		"that is here already, with its -wal file if there is one, when no process uses it"},
	{checkpoint.ErrDiskFull, "make room and " + again}, {wholefile.ErrFull, "make room, or write elsewhere, and give the same command again"},
	{checkpoint.ErrMoved, "put the run file back, or start again: what is at the destination already is found and kept"},
	{checkpoint.ErrFormat, "name another file with --run, or move this one away"},
	{checkpoint.ErrNotSealed, "migrate resume continues the listing"},
	{credentials.ErrPlainHTTP, "use https for it; --allow-plain-http lets the keys come in the clear"},
	{credentials.ErrRefused, "name an AWS profile with --profile or AWS_PROFILE, or renew the credentials " +
		"(for example: aws sso login; migrate config check tries those of the configuration), and " + again},
	{transfer.ErrCredentials, "renew the AWS credentials, or name others with --profile, and " + again},
	{transfer.ErrDenied, "allow these credentials to list the bucket and to read its objects (s3:ListBucket, s3:GetObject; " +
		"s3:PutObject too where --dest-credentials source lets them write), or name others with --profile; " +
		"a requester-pays bucket refuses so, too: agree to pay with requester-pays: true in migrate.yaml, or with --request-payer"},
	{transfer.ErrNotFound, "look at the bucket's name; --source-endpoint-url names an S3 that is not AWS; " +
		"--endpoint-url names an S3 that is not AWS"},
	{context.Canceled, again},
}

// What stands in hints for errors without a name of their own.
var (
	// errUnavailable is an answer that says: not now.
	errUnavailable = errors.New("synapse is not available")
	// errUnreachable is a service to which there was no connection.
	errUnreachable = errors.New("not reachable")
)

// unavailable are the statuses of a server that can't answer at present.
var unavailable = map[int]bool{
	http.StatusTooManyRequests: true, http.StatusBadGateway: true,
	http.StatusServiceUnavailable: true, http.StatusGatewayTimeout: true,
}

// hintFor is the next step after err; empty when there is nothing to add.
func hintFor(err error) string {
	var e *synapse.Error
	if errors.As(err, &e) && unavailable[e.Status] {
		err = errors.Join(err, errUnavailable)
	}
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		err = errors.Join(err, errUnreachable)
	}
	var bound *binding.Mismatch
	if errors.As(err, &bound) {
		return boundHint(bound)
	}
	for _, h := range hints {
		if errors.Is(err, h.is) {
			return h.hint
		}
	}
	return ""
}

// boundHint is the next step with a run file that is bound to something else.
func boundHint(m *binding.Mismatch) string {
	switch m.Kind {
	case binding.KindSynapse:
		return "--synapse-endpoint " + m.Then + " goes on there; what is to be migrated here needs another --run file"
	case binding.KindS3:
		return "set the S3 endpoint as it was (--source-endpoint-url, --dest-endpoint-url, the configuration, " +
			"AWS_ENDPOINT_URL_S3), or plan again with another --run file"
	case binding.KindAccount:
		return "this is another Synapse with equal IDs (a new sandbox, a copy): plan again with another --run file"
	case binding.KindUser:
		return "one user must register and own everything; use that user's token, or another --run file"
	}
	return "give the same arguments to continue, another --run file for another plan, or delete " + m.Path + " to plan again"
}
