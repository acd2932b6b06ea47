package effect

import (
	"errors"
	"strings"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// Phase is what an item is being worked on for.
type Phase string

// The phases. An item that waits for the call budget is in PhaseSynapse.
const (
	PhaseCheck   Phase = "check"
	PhaseHash    Phase = "hash"
	PhaseCopy    Phase = "copy"
	PhaseStream  Phase = "stream"
	PhaseUpload  Phase = "upload"
	PhaseSynapse Phase = "synapse"
	PhaseRecord  Phase = "record"
)

// needs are the services that an operation takes.
type needs string

const (
	needsNone        needs = ""
	needsSynapse     needs = "Synapse"
	needsSource      needs = "source"
	needsDestination needs = "destination"
	needsBoth        needs = "source and destination"
)

// Operation is one kind of outside effect or look-up. It is named in the
// service's own words.
type Operation struct {
	name  string
	phase Phase
	needs needs
	// side is where a failure is booked.
	side checkpoint.Side
	// source is where the object lies, for those that need the source.
	source Service
}

// OnSynapse is a call to Synapse.
func OnSynapse(name string) Operation {
	return Operation{name, PhaseSynapse, needsSynapse, checkpoint.SideDestination, Service{}}
}

// OnSource reads the source; From says which of its buckets.
func OnSource(p Phase, name string) Operation {
	return Operation{name, p, needsSource, checkpoint.SideSource, Service{}}
}

// OnDestination works in the destination's bucket.
func OnDestination(p Phase, name string) Operation {
	return Operation{name, p, needsDestination, checkpoint.SideDestination, Service{}}
}

// OnBoth reads the source and writes to the destination's bucket.
func OnBoth(p Phase, name string) Operation {
	return Operation{name, p, needsBoth, checkpoint.SideSource, Service{}}
}

// OnNone asks nobody outside: it is a name for an error, booked to the source.
func OnNone(name string) Operation {
	return Operation{name, "", needsNone, checkpoint.SideSource, Service{}}
}

// BookedToSource is the operation whose failures are mostly the source's.
func (o Operation) BookedToSource() Operation {
	o.side = checkpoint.SideSource
	return o
}

// From is the operation on an object of the source.
func (o Operation) From(object planner.Object) Operation {
	o.source = Service{Party: PartySource}
	if object.Download == nil && !strings.Contains(object.Bucket, "://") {
		o.source.Bucket = object.Bucket
	}
	return o
}

// services are what the operation takes in a run to a bucket.
func (o Operation) services(bucket string) []Service {
	destination := Service{PartyDestination, bucket}
	switch o.needs {
	case needsSynapse:
		return []Service{{Party: PartySynapse}}
	case needsDestination:
		return []Service{destination}
	case needsBoth:
		return []Service{o.source, destination}
	}
	return []Service{o.source}
}

// Error is an operation's error.
type Error struct {
	operation Operation
	err       error
}

// Fail is the error of an operation that came to err.
func Fail(o Operation, err error) error { return &Error{o, err} }

// Error names the operation and the cause.
func (e *Error) Error() string { return e.operation.name + ": " + e.err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.err }

// Operation is the name of what failed, in the service's words.
func (e *Error) Operation() string { return e.operation.name }

// Of reports whether it is that operation's.
func (e *Error) Of(o Operation) bool { return e.operation.name == o.name }

// booked is the side that the error is booked to: that of the operation, but
// for a stream which its destination refused.
func (e *Error) booked() checkpoint.Side {
	var at placed
	if e.operation.needs == needsBoth && errors.As(e.err, &at) {
		if bucket, _ := at.Place(); bucket != e.operation.source.Bucket {
			return checkpoint.SideDestination
		}
	}
	return e.operation.side
}

// SideOf is where an error belongs: to the side that only one service can
// mean, else where its operation is booked, and otherwise to the destination.
func SideOf(err error) checkpoint.Side {
	switch {
	case errors.Is(err, transfer.ErrChanged), errors.Is(err, transfer.ErrArchived):
		return checkpoint.SideSource
	case errors.Is(err, transfer.ErrExists), errors.Is(err, transfer.ErrMismatch):
		return checkpoint.SideDestination
	}
	var failed *Error
	if errors.As(err, &failed) {
		return failed.booked()
	}
	return checkpoint.SideDestination
}
