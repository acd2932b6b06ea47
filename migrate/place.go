package migrate

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"syscall"

	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
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

// Place is one side of a run, which is there or is down as a whole.
type Place struct {
	Party Party
	// Bucket is S3's; empty for Synapse, and for a source that is read by
	// other ways.
	Bucket string
}

// needs are the sides that an operation takes.
type needs string

const (
	needsSynapse     needs = "Synapse"
	needsSource      needs = "source"
	needsDestination needs = "destination"
	needsBoth        needs = "source and destination"
)

// places are the sides that an operation takes in a run to a destination.
func (o operation) places(to planner.Destination) []Place {
	destination := Place{PartyDestination, to.Bucket}
	switch o.needs {
	case needsSynapse:
		return []Place{{Party: PartySynapse}}
	case needsDestination:
		return []Place{destination}
	case needsBoth:
		return []Place{o.source, destination}
	}
	return []Place{o.source}
}

// from is the operation on an object of the source.
func (o operation) from(object planner.Object) operation {
	o.source = Place{Party: PartySource}
	if object.Download == nil && !strings.Contains(object.Bucket, "://") {
		o.source.Bucket = object.Bucket
	}
	return o
}

// placed is an error that names the bucket that it is about.
type placed interface {
	error
	Place() (bucket, key string)
}

// blamed is the place of several that an error is about: the destination only
// where the error names its bucket.
func blamed(err error, places []Place) Place {
	var at placed
	if len(places) > 1 && errors.As(err, &at) {
		bucket, _ := at.Place()
		if bucket == places[1].Bucket && bucket != places[0].Bucket {
			return places[1]
		}
	}
	return places[0]
}

// found is what the outcome of an effect says about a place that it is about.
func found(err error, at Place) finding {
	switch {
	case err == nil || answered(err):
		return foundUp
	case leaves(err):
		return foundNothing
	case closed(err), unreachable(err) && (at.known() || offline(err)):
		return foundDown
	}
	return foundBroken
}

// known reports whether a place is one server: a source may also be a list of
// URLs of many, of which one that can't be reached says nothing about the
// others.
func (p Place) known() bool { return p.Party != PartySource || p.Bucket != "" }

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
