package effect

import (
	"errors"
	"net"
	"net/http"
	"syscall"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/synapse"
)

// Party is who does what a run asks for.
type Party string

// The parties.
const (
	PartySynapse     Party = "Synapse"
	PartySource      Party = "source"
	PartyDestination Party = "destination"
)

// Service is what a run works with and that is there, or is down, as a whole.
type Service struct {
	Party Party
	// Bucket is S3's; empty for Synapse, and for a source that is read by
	// other ways.
	Bucket string
}

// placed is an error that names the bucket that it is about.
type placed interface {
	error
	Place() (bucket, key string)
}

// blamed is the service of several that an error is about: the destination only
// where the error names its bucket.
func blamed(err error, services []Service) Service {
	var at placed
	if len(services) > 1 && errors.As(err, &at) {
		bucket, _ := at.Place()
		if bucket == services[1].Bucket && bucket != services[0].Bucket {
			return services[1]
		}
	}
	return services[0]
}

// healthOf is what the outcome of an effect says about the service that it is
// about.
func healthOf(err error, at Service) health {
	switch {
	case err == nil || answered(err):
		return healthUp
	case Leaves(err):
		return healthUntold
	case closed(err), unreachable(err) && (at.known() || offline(err)):
		return healthDown
	}
	return healthUnclear
}

// known reports whether a service is one server: a source may also be a list of
// URLs of many, of which one that can't be reached says nothing about the
// others.
func (s Service) known() bool { return s.Party != PartySource || s.Bucket != "" }

// closed reports whether Synapse said that it is closed (StackStatusFilter,
// October 2024 snapshot), or that it can't answer anybody.
func closed(err error) bool {
	var answer *synapse.Error
	return errors.As(err, &answer) && answer.Status == http.StatusServiceUnavailable
}

// unreachable reports whether there was no connection, or no address to
// connect to.
func unreachable(err error) bool {
	var dial *net.OpError
	var name *net.DNSError
	return errors.As(err, &dial) && dial.Op == "dial" || errors.As(err, &name)
}

// offline reports whether it is this machine that reaches nobody.
func offline(err error) bool {
	var name *net.DNSError
	if errors.As(err, &name) {
		return !name.IsNotFound
	}
	return errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.ENETDOWN)
}

// answered reports whether an error is a server's own answer, and not that of
// a gateway before it. Errors of package transfer are made of answers, or
// found without asking.
func answered(err error) bool {
	if errors.Is(err, transfer.ErrThrottled) {
		return true
	}
	var answer *synapse.Error
	if errors.As(err, &answer) {
		return fromServer(answer.Status)
	}
	var status interface{ HTTPStatusCode() int }
	if errors.As(err, &status) && status.HTTPStatusCode() != 0 {
		return fromServer(status.HTTPStatusCode())
	}
	_, what := classify(err)
	return what == remedyGiveUp
}

// fromServer reports whether an error's status is one that a server gives that
// works: one of success is that of whatever came instead of its answer.
func fromServer(status int) bool {
	switch status {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return false
	}
	return status >= http.StatusMultipleChoices
}
